/** The carrier's style A (device details, sessions): a blank for the T, and no colon in the offset. */
export function formatStyleA(instant: number): string {
  return new Date(instant).toISOString().replace("T", " ").replace("Z", "+0000")
}

/** The carrier's style B (audit, rate plans, zone usage): ISO 8601 with milliseconds. */
export function formatStyleB(instant: number): string {
  return new Date(instant).toISOString()
}

const REQUEST_DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:?\d{2})$/

/**
 * Parses a date-time of a request: ISO 8601 with seconds and an offset or `Z`.
 *
 * A raw `+` in a query arrives as a blank and is refused here, as the carrier refuses it.
 *
 * @returns Epoch milliseconds, or undefined if the text is no such date-time.
 */
export function parseRequestDateTime(text: string): number | undefined {
  if (!REQUEST_DATE_TIME.test(text)) return undefined
  const instant = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"))
  return Number.isNaN(instant) ? undefined : instant
}
