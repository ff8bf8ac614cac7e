/**
 * Reads a `Retry-After` header, in both its forms.
 *
 * @param value Seconds (`3`) or an HTTP date (`Wed, 21 Oct 2026 07:28:00 GMT`).
 * @param nowMs The clock the date is compared with, epoch milliseconds.
 * @returns Milliseconds from now, 0 for a date that has passed; undefined when absent or not readable.
 */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined
  const text = value.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000)
  // Without a letter it is no HTTP date, whatever the engine's own date parser makes of it ("-5").
  if (!/[a-z]/i.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}
