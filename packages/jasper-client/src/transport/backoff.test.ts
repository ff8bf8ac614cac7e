import { describe, expect, test } from "vitest"
import { nextDelayMs, resolveBackoff } from "./backoff.ts"
import { parseRetryAfter } from "./retry-after.ts"

const NOW = Date.UTC(2026, 9, 21, 7, 28, 0)

describe("parseRetryAfter", () => {
  test.each([
    ["3", 3_000],
    [" 120 ", 120_000],
    ["0", 0],
    ["0.5", 500],
    ["Wed, 21 Oct 2026 07:28:05 GMT", 5_000],
    ["Wed, 21 Oct 2026 07:00:00 GMT", 0],
    ["-5", undefined],
    ["soon", undefined],
    ["", undefined],
    [null, undefined],
  ])("%j is %s ms", (value, expected) => {
    expect(parseRetryAfter(value, NOW)).toBe(expected)
  })
})

describe("nextDelayMs", () => {
  const backoff = resolveBackoff({ baseMs: 1_000, maxMs: 60_000 })

  test.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [7, 60_000],
    [1_000, 60_000],
  ])("failure %i: full jitter up to %i ms", (failures, most) => {
    expect(nextDelayMs(failures, undefined, backoff, () => 0)).toBe(0)
    expect(nextDelayMs(failures, undefined, backoff, () => 0.5)).toBe(most / 2)
    expect(nextDelayMs(failures, undefined, backoff, () => 0.999_999)).toBeCloseTo(most, -1)
  })

  test("the server's word is never undercut, gets a small spread, and is capped at an hour", () => {
    expect(nextDelayMs(1, 5_000, backoff, () => 0)).toBe(5_000)
    expect(nextDelayMs(6, 5_000, backoff, () => 0.5)).toBe(5_500)
    expect(nextDelayMs(1, 1e12, backoff, () => 0)).toBe(3_600_000)
  })

  test.each([
    { baseMs: -1 },
    { baseMs: 10, maxMs: 5 },
    { maxAttempts: 0 },
    { maxAttempts: 1.5 },
    { baseMs: Number.NaN },
  ])("refuses %j", (options) => {
    expect(() => resolveBackoff(options)).toThrow(RangeError)
  })
})
