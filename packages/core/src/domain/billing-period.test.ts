import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type BillingSchedule, billingPeriodAt, daysIn } from "./billing-period.ts"

const iso = (at: number) => new Date(at).toISOString().replace(".000Z", "Z")

describe("billingPeriodAt()", () => {
  // Computed independently, by Python 3 with zoneinfo (fold 0).
  it.each([
    ["2026-02-10T00:00:00Z", 18, 22, "UTC", "2026-01-18T22:00:00Z", "2026-02-18T22:00:00Z"],
    ["2026-02-18T22:00:00Z", 18, 22, "UTC", "2026-02-18T22:00:00Z", "2026-03-18T22:00:00Z"],
    ["2026-02-18T21:59:59Z", 18, 22, "UTC", "2026-01-18T22:00:00Z", "2026-02-18T22:00:00Z"],
    ["2026-02-27T00:00:00Z", 31, 0, "UTC", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"],
    ["2028-02-29T00:00:00Z", 31, 0, "UTC", "2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z"],
    ["2026-12-31T23:00:00Z", 31, 23, "UTC", "2026-12-31T23:00:00Z", "2027-01-31T23:00:00Z"],
    ["2026-01-01T00:00:00Z", 1, 0, "UTC", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
    ["2026-03-08T12:00:00Z", 8, 2, "America/New_York", "2026-03-08T07:00:00Z", "2026-04-08T06:00:00Z"],
    ["2026-03-08T06:59:00Z", 8, 2, "America/New_York", "2026-02-08T07:00:00Z", "2026-03-08T07:00:00Z"],
    ["2026-11-01T12:00:00Z", 1, 1, "America/New_York", "2026-11-01T05:00:00Z", "2026-12-01T06:00:00Z"],
    ["2026-11-01T05:30:00Z", 1, 1, "America/New_York", "2026-11-01T05:00:00Z", "2026-12-01T06:00:00Z"],
    ["2026-03-20T00:00:00Z", 18, 22, "America/Chicago", "2026-03-19T03:00:00Z", "2026-04-19T03:00:00Z"],
    ["2026-11-01T00:00:00Z", 18, 22, "America/Chicago", "2026-10-19T03:00:00Z", "2026-11-19T04:00:00Z"],
    ["2026-03-29T12:00:00Z", 29, 2, "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-04-29T00:00:00Z"],
    ["2026-10-25T12:00:00Z", 25, 2, "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-11-25T01:00:00Z"],
    ["2026-04-05T00:00:00Z", 5, 2, "Australia/Lord_Howe", "2026-04-04T15:30:00Z", "2026-05-04T15:30:00Z"],
    ["2026-10-04T00:00:00Z", 4, 2, "Australia/Lord_Howe", "2026-10-03T15:30:00Z", "2026-11-03T15:00:00Z"],
    ["2026-06-15T00:00:00Z", 30, 23, "Asia/Kathmandu", "2026-05-30T17:15:00Z", "2026-06-30T17:15:00Z"],
    ["2026-07-01T00:00:00Z", 1, 0, "Pacific/Kiritimati", "2026-06-30T10:00:00Z", "2026-07-31T10:00:00Z"],
    ["2026-07-01T00:00:00Z", 31, 0, "Pacific/Pago_Pago", "2026-06-30T11:00:00Z", "2026-07-31T11:00:00Z"],
    ["2011-12-30T12:00:00Z", 30, 0, "Pacific/Apia", "2011-12-30T10:00:00Z", "2012-01-29T10:00:00Z"],
  ])("at %s, ending on day %i at %i in %s", (at, endDay, endHour, timeZone, startsAt, endsAt) => {
    const period = billingPeriodAt({ endDay, endHour, timeZone }, Date.parse(at))
    expect([iso(period.startsAt), iso(period.endsAt), period.timeZone]).toEqual([startsAt, endsAt, timeZone])
  })

  it("covers time without a gap or an overlap, in every zone", () => {
    const zones = [
      "UTC",
      "America/New_York",
      "Europe/Berlin",
      "Australia/Lord_Howe",
      "Asia/Kathmandu",
      "Africa/Casablanca",
    ]
    const schedules: fc.Arbitrary<BillingSchedule> = fc.record({
      endDay: fc.integer({ min: 1, max: 31 }),
      endHour: fc.integer({ min: 0, max: 23 }),
      timeZone: fc.constantFrom(...zones),
    })
    const instants = fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2040, 0, 1) })
    fc.assert(
      fc.property(schedules, instants, (schedule, at) => {
        const period = billingPeriodAt(schedule, at)
        expect(period.startsAt).toBeLessThanOrEqual(at)
        expect(period.endsAt).toBeGreaterThan(at)
        expect(billingPeriodAt(schedule, period.startsAt)).toEqual(period)
        expect(billingPeriodAt(schedule, period.endsAt - 1)).toEqual(period)
        expect(billingPeriodAt(schedule, period.endsAt).startsAt).toBe(period.endsAt)
        expect(daysIn(period)).toBeGreaterThanOrEqual(28)
        expect(daysIn(period)).toBeLessThanOrEqual(31)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    { endDay: 0, endHour: 0, timeZone: "UTC" },
    { endDay: 32, endHour: 0, timeZone: "UTC" },
    { endDay: 1.5, endHour: 0, timeZone: "UTC" },
    { endDay: 1, endHour: 24, timeZone: "UTC" },
    { endDay: 1, endHour: -1, timeZone: "UTC" },
    { endDay: 1, endHour: 0, timeZone: "Mars/Olympus" },
  ])("refuses %o", (schedule) => {
    expect(() => billingPeriodAt(schedule, 0)).toThrow(RangeError)
  })

  it("refuses an instant that is none", () => {
    expect(() => billingPeriodAt({ endDay: 1, endHour: 0, timeZone: "UTC" }, Number.NaN)).toThrow(RangeError)
  })
})

describe("daysIn()", () => {
  it("counts days of 23 and 25 hours as days", () => {
    const march = billingPeriodAt({ endDay: 1, endHour: 0, timeZone: "America/New_York" }, Date.UTC(2026, 2, 15))
    const november = billingPeriodAt({ endDay: 2, endHour: 0, timeZone: "America/New_York" }, Date.UTC(2026, 10, 1))
    expect([daysIn(march), daysIn(november), daysIn({ startsAt: 0, endsAt: 1, timeZone: "UTC" })]).toEqual([31, 31, 1])
  })
})
