/** Both written styles: `2026-03-01 08:00:00.250+0000` and `2026-03-01T08:00:00.250Z`, with or without fractions. */
const WRITTEN = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?\s*(Z|[+-]\d{2}:?\d{2})$/

/**
 * Reads an instant in any of the carrier's three styles. Own parser: the first style is not ISO 8601, and engines
 * differ on it.
 *
 * @param value Text of either written style, or epoch milliseconds.
 * @returns Epoch milliseconds, UTC; undefined when it is none of the three.
 */
export function parseCarrierDate(value: string | number): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : undefined
  const match = WRITTEN.exec(value.trim())
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = "", zone = "Z"] = match
  const ms = Number(fraction.padEnd(3, "0").slice(0, 3))
  const parts = [year, month, day, hour, minute, second].map(Number) as [number, number, number, number, number, number]
  const at = Date.UTC(parts[0], parts[1] - 1, parts[2], parts[3], parts[4], parts[5], ms)
  // Date.UTC rolls 31 February over into March instead of refusing it.
  const back = new Date(at)
  if (back.getUTCMonth() !== parts[1] - 1 || back.getUTCDate() !== parts[2] || parts[3] > 23) return undefined
  return at - offsetMs(zone)
}

/** `Z`, `+0000` or `+00:00`, in milliseconds. */
function offsetMs(zone: string): number {
  if (zone === "Z") return 0
  const digits = zone.replace(":", "").slice(1)
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4))
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000
}

/**
 * Writes an instant the way requests take it: whole seconds, rounded down, with `Z`. Never with an offset: a raw `+`
 * in a query reaches the carrier as a blank.
 *
 * @param instant A `Date`, epoch milliseconds, or ISO 8601 text with a zone.
 * @throws {RangeError} If it is not an instant.
 */
export function formatCarrierDate(instant: Date | number | string): string {
  const at = typeof instant === "string" ? (parseCarrierDate(instant) ?? Number.NaN) : Number(instant)
  if (!Number.isFinite(at) || Math.abs(at) > 8.64e15) {
    throw new RangeError(
      "Cannot write the date: need a Date, epoch milliseconds, or ISO 8601 text with seconds and zone",
    )
  }
  return `${new Date(Math.floor(at / 1_000) * 1_000).toISOString().slice(0, 19)}Z`
}
