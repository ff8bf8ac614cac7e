import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { nextFireAt, parseCron } from "./cron.ts"

const next = (cron: string, after: string, timeZone = "UTC") => {
  const at = nextFireAt(parseCron(cron), timeZone, Date.parse(after))
  return at === undefined ? undefined : new Date(at).toISOString()
}

describe("nextFireAt()", () => {
  it.each([
    ["* * * * *", "2026-01-01T00:00:00Z", "UTC", "2026-01-01T00:01:00.000Z"],
    ["*/15 * * * *", "2026-01-01T00:14:59.999Z", "UTC", "2026-01-01T00:15:00.000Z"],
    ["0 6 * * 1-5", "2026-11-20T06:00:00Z", "UTC", "2026-11-23T06:00:00.000Z"],
    ["30 5/6 * * *", "2026-01-01T12:00:00Z", "UTC", "2026-01-01T17:30:00.000Z"],
    ["0 0 31 * *", "2026-01-31T00:00:00Z", "UTC", "2026-03-31T00:00:00.000Z"],
    ["0 0 29 2 *", "2096-03-01T00:00:00Z", "UTC", "2104-02-29T00:00:00.000Z"],
    ["0 0 13 * 5", "2026-11-01T00:00:00Z", "UTC", "2026-11-06T00:00:00.000Z"],
    ["0 0 * * 7", "2026-11-21T12:00:00Z", "UTC", "2026-11-22T00:00:00.000Z"],
    ["0 22 * * *", "2026-07-01T00:00:00Z", "America/New_York", "2026-07-01T02:00:00.000Z"],
    ["0 22 * * *", "2026-12-01T00:00:00Z", "America/New_York", "2026-12-01T03:00:00.000Z"],
    ["30 2 * * *", "2026-03-08T06:00:00Z", "America/New_York", "2026-03-08T07:30:00.000Z"],
    ["0 0 30 2 *", "2026-01-01T00:00:00Z", "UTC", undefined],
  ])("%s after %s in %s", (cron, after, timeZone, expected) => {
    expect(next(cron, after, timeZone)).toBe(expected)
  })

  it("is the first minute that fits, as a search minute by minute finds it", () => {
    const field = (min: number, max: number) =>
      fc.oneof(
        fc.constant("*"),
        fc.integer({ min, max }).map(String),
        fc.integer({ min: 1, max: 20 }).map((n) => `*/${n}`),
      )
    const rules = fc.tuple(field(0, 59), field(0, 23)).map(([minute, hour]) => `${minute} ${hour} * * *`)
    fc.assert(
      fc.property(rules, fc.integer({ min: 0, max: 2_000_000_000_000 }), (cron, after) => {
        const rule = parseCron(cron)
        let at = Math.floor(after / 60_000) * 60_000 + 60_000
        const fits = (date: Date) =>
          rule.minutes.includes(date.getUTCMinutes()) && rule.hours.includes(date.getUTCHours())
        while (!fits(new Date(at))) at += 60_000
        expect(nextFireAt(rule, "UTC", after)).toBe(at)
      }),
      { numRuns: 100 },
    )
  })
})

describe("parseCron()", () => {
  it.each([
    "",
    "* * * *",
    "* * * * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 8",
    "5-1 * * * *",
    "*/0 * * * *",
    "x * * * *",
    "1,,2 * * * *",
  ])("refuses %s", (cron) => {
    expect(() => parseCron(cron)).toThrowError(expect.objectContaining({ code: "input.invalid", field: "cron" }))
  })
})
