// Products up to here leave room for doubling and adding a divisor without losing an integer.
const SAFE_PRODUCT = 2 ** 51

/**
 * `round(amount * part / whole)`, halves upwards, exact for safe integers of any size.
 *
 * @param amount 0 or more.
 * @param part 0 or more.
 * @param whole 1 or more.
 * @returns An integer; above 2^53 the nearest double to it.
 */
export function shareHalfUp(amount: number, part: number, whole: number): number {
  const product = amount * part
  if (product <= SAFE_PRODUCT && whole <= SAFE_PRODUCT) return quotient(2 * product + whole, 2 * whole)
  return Number((2n * BigInt(amount) * BigInt(part) + BigInt(whole)) / (2n * BigInt(whole)))
}

/** `floor(amount * part / whole)`, exact for safe integers of any size. */
export function shareFloor(amount: number, part: number, whole: number): number {
  const product = amount * part
  if (product <= SAFE_PRODUCT) return quotient(product, whole)
  return Number((BigInt(amount) * BigInt(part)) / BigInt(whole))
}

// Division rounds to the nearest double, which can land on the next integer; the remainder tells.
function quotient(dividend: number, divisor: number): number {
  const guess = Math.floor(dividend / divisor)
  const rest = dividend - guess * divisor
  return rest < 0 ? guess - 1 : rest >= divisor ? guess + 1 : guess
}
