// Below 2^52 the quotient of two integers is never rounded up to the next one, so its floor is exact.
const SAFE = 2 ** 52

/**
 * `round(amount * part / whole)`, halves upwards, exact for safe integers of any size.
 *
 * @param amount 0 or more.
 * @param part 0 or more.
 * @param whole 1 or more.
 * @returns An integer; above 2^53 the nearest double to it.
 */
export function shareHalfUp(amount: number, part: number, whole: number): number {
  const dividend = 2 * amount * part + whole
  if (dividend < SAFE) return Math.floor(dividend / (2 * whole))
  return Number((2n * BigInt(amount) * BigInt(part) + BigInt(whole)) / (2n * BigInt(whole)))
}

/** `floor(amount * part / whole)`, exact for safe integers of any size. */
export function shareFloor(amount: number, part: number, whole: number): number {
  const product = amount * part
  if (product < SAFE) return Math.floor(product / whole)
  return Number((BigInt(amount) * BigInt(part)) / BigInt(whole))
}
