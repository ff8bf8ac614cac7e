import { describe, expect, test } from "vitest"
import { formatCarrierDate, parseCarrierDate } from "./carrier-date.ts"

describe("parseCarrierDate", () => {
  test.each([
    ["2026-03-01 08:00:00.250+0000", Date.UTC(2026, 2, 1, 8, 0, 0, 250)],
    ["2026-03-01 08:00:00.250 +0000", Date.UTC(2026, 2, 1, 8, 0, 0, 250)],
    ["2026-03-01 09:30:00.250+0130", Date.UTC(2026, 2, 1, 8, 0, 0, 250)],
    ["2026-02-28 16:00:00.000-0800", Date.UTC(2026, 2, 1)],
    ["2026-03-01T08:00:00.250Z", Date.UTC(2026, 2, 1, 8, 0, 0, 250)],
    ["2026-03-01T08:00:00Z", Date.UTC(2026, 2, 1, 8)],
    ["2026-03-01T08:00:00.5+00:00", Date.UTC(2026, 2, 1, 8, 0, 0, 500)],
    ["2026-03-01T08:00:00.123456789Z", Date.UTC(2026, 2, 1, 8, 0, 0, 123)],
    [1_772_352_000_000, 1_772_352_000_000],
    ["2026-03-01", undefined],
    ["2026-03-01T08:00:00", undefined],
    ["2026-02-31T08:00:00Z", undefined],
    ["2026-03-01T25:00:00Z", undefined],
    ["1772352000000", undefined],
    ["", undefined],
    [1.5, undefined],
  ])("%j is %s", (value, expected) => {
    expect(parseCarrierDate(value)).toBe(expected)
  })
})

describe("formatCarrierDate", () => {
  test.each([
    [new Date("2026-03-01T08:00:00.999Z"), "2026-03-01T08:00:00Z"],
    [Date.UTC(2026, 2, 1, 8), "2026-03-01T08:00:00Z"],
    ["2026-03-01T09:00:00.250+01:00", "2026-03-01T08:00:00Z"],
    ["2026-03-01 08:00:00.250+0000", "2026-03-01T08:00:00Z"],
  ])("%s is %s", (instant, expected) => {
    expect(formatCarrierDate(instant)).toBe(expected)
  })

  test.each([new Date(Number.NaN), Number.POSITIVE_INFINITY, "yesterday", "2026-03-01"])("refuses %s", (instant) => {
    expect(() => formatCarrierDate(instant)).toThrow(RangeError)
  })
})
