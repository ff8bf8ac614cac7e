/** Micro-units in one currency unit. All money is an integer number of micro-units. */
export const MICRO_UNITS = 1_000_000

/**
 * Reads a price as a carrier writes it ("2.50", 2.5) into micro-units.
 *
 * @throws {RangeError} If it is no plain decimal number, has more than six decimals, or is not a safe integer of micro-units.
 */
export function parseMicroUnits(price: string | number): number {
  const match = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(String(price).trim())
  const micro = match ? Number(`${match[1]}${match[2]}${(match[3] ?? "").padEnd(6, "0")}`) : Number.NaN
  if (!Number.isSafeInteger(micro)) {
    throw new RangeError(`Cannot read the price: expected a decimal with at most six decimals, got "${price}"`)
  }
  // Without the minus of "-0".
  return micro + 0
}

/**
 * Writes micro-units for people: two decimals, thousands separated, rounded half away from zero.
 *
 * @example
 * ```ts
 * import { formatMoney } from "@altaworx/core/domain"
 *
 * console.log(formatMoney(1_234_567_890n)) // "1,234.57"
 * ```
 */
export function formatMoney(micro: bigint | number): string {
  const value = BigInt(micro)
  const cents = ((value < 0n ? -value : value) + 5_000n) / 10_000n
  const units = (cents / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",")
  return `${value < 0n && cents > 0n ? "-" : ""}${units}.${(cents % 100n).toString().padStart(2, "0")}`
}
