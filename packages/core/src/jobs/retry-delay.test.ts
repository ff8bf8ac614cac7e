import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { retryDelayMs } from "./retry-delay.ts"

describe("retryDelayMs()", () => {
  it("waits the same each time where the rule is fixed", () => {
    const rule = { kind: "fixed", baseMs: 300_000, maxMs: 300_000 } as const
    expect([1, 2, 7].map((attempt) => retryDelayMs(rule, attempt, 0.99))).toEqual([300_000, 300_000, 300_000])
  })

  it("waits anything up to a ceiling that doubles, up to the maximum", () => {
    const rule = { kind: "exponential", baseMs: 1_000, maxMs: 60_000 } as const
    const almostOne = 1 - 2 ** -53
    expect([1, 2, 3, 6, 7, 8, 1_000].map((attempt) => retryDelayMs(rule, attempt, almostOne))).toEqual([
      1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000,
    ])
    expect(retryDelayMs(rule, 5, 0)).toBe(0)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: almostOne, noNaN: true }),
        (attempt, random) => {
          const wait = retryDelayMs(rule, attempt, random)
          expect(Number.isInteger(wait)).toBe(true)
          expect(wait).toBeGreaterThanOrEqual(0)
          expect(wait).toBeLessThanOrEqual(Math.min(60_000, 1_000 * 2 ** (attempt - 1)))
        },
      ),
    )
  })
})
