import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { billingPeriodAt } from "../../src/domain/mod.ts"
import { enqueueScheduledJobs } from "../../src/jobs/mod.ts"
import { optimizationSchedule } from "../../src/optimization/mod.ts"
import { daysToLastDay, isLastDay, isScheduled } from "../../src/optimization/start/billing-clock.ts"
import { openWorkflow } from "./workflow-world.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe("isScheduled()", () => {
  const schedule = { endDay: 18, endHour: 0, timeZone: "America/New_York" }
  // Ends on 18 March 2026, 0:00 in New York, 4:00 UTC: clocks went forward on the 8th.
  const period = billingPeriodAt(schedule, Date.UTC(2026, 2, 10))

  it.each([
    // The last day is the 17th, so the first of the last eight is the 10th, which begins at 4:00 UTC.
    [Date.UTC(2026, 2, 10, 3, 59), false],
    [Date.UTC(2026, 2, 10, 9, 59), false],
    [Date.UTC(2026, 2, 10, 10, 0), true],
    [Date.UTC(2026, 2, 11, 3, 59), true],
    [Date.UTC(2026, 2, 11, 4, 0), false],
    [Date.UTC(2026, 2, 17, 10, 0), true],
    [Date.UTC(2026, 2, 18, 3, 59), true],
    [Date.UTC(2026, 2, 18, 4, 0), false],
  ])("from six in the morning in New York, at %i", (now, due) => {
    expect(isScheduled(period, 6, now)).toBe(due)
  })

  it("never without a start hour", () => {
    for (let now = period.startsAt; now < period.endsAt; now += HOUR) expect(isScheduled(period, null, now)).toBe(false)
  })

  it("is on eight days of every period, the last one among them, in every zone", { timeout: 30_000 }, () => {
    const zones = ["UTC", "America/New_York", "Pacific/Auckland", "Asia/Kolkata", "Australia/Lord_Howe"]
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 31 }),
        fc.integer({ min: 0, max: 23 }),
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 0) }),
        (endDay, endHour, timeZone, at) => {
          const one = billingPeriodAt({ endDay, endHour, timeZone }, at)
          const days = new Set<string>()
          for (let now = one.startsAt; now < one.endsAt; now += HOUR) {
            if (!isScheduled(one, 0, now)) continue
            days.add(new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(now))
          }
          expect(days.size).toBe(8)
          expect(isLastDay(one, one.endsAt - 1)).toBe(true)
          expect(daysToLastDay(one, one.endsAt - 1 - 3 * DAY)).toBeGreaterThanOrEqual(2)
        },
      ),
      { numRuns: 15 },
    )
  })
})

describe("optimizationSchedule()", { timeout: 60_000 }, () => {
  it("starts one session a day on the last eight days, across the end of a month", async () => {
    // Ends on 3 March: its last eight days begin in February.
    const world = await openWorkflow({
      now: Date.UTC(2026, 1, 20),
      provider: { billingPeriodEndDay: 3, optimizationStartHour: 6, timeZone: "Europe/Berlin" },
    })
    const schedules = [optimizationSchedule(world.tenantId, "0 * * * *")]
    const end = Date.UTC(2026, 2, 4)
    for (;;) {
      await enqueueScheduledJobs(world.core, schedules)
      await world.drain(world.runtime.clock.now())
      if (world.runtime.clock.now() >= end) break
      await world.runtime.clock.advance(HOUR)
    }
    const sessions = await world.sessions()
    const started = sessions.map(({ startedAt }) => new Date(startedAt).toISOString().slice(0, 13)).toSorted()
    // Six in Berlin is five in UTC. The last day before 3 March, 0:00 is 2 March.
    expect(started).toEqual(
      [
        "2026-02-23",
        "2026-02-24",
        "2026-02-25",
        "2026-02-26",
        "2026-02-27",
        "2026-02-28",
        "2026-03-01",
        "2026-03-02",
      ].map((day) => `${day}T05`),
    )
    expect(new Set(sessions.map(({ billingPeriodId }) => billingPeriodId))).toEqual(new Set([world.period.id]))
    expect(sessions.every(({ status }) => status === "CompleteWithSuccess")).toBe(true)
  })

  it("starts nothing for a provider without a start hour", async () => {
    const world = await openWorkflow({ now: Date.UTC(2026, 1, 17, 12) })
    await enqueueScheduledJobs(world.core, [optimizationSchedule(world.tenantId, "* * * * *")])
    await world.runtime.clock.advance(HOUR)
    await enqueueScheduledJobs(world.core, [optimizationSchedule(world.tenantId, "* * * * *")])
    await world.drain()
    expect(await world.sessions()).toEqual([])
  })
})
