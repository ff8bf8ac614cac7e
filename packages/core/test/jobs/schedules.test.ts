import { describe, expect, it } from "vitest"
import { enqueueScheduledJobs, type JobSchedule } from "../../src/jobs/mod.ts"
import { jobFixture, START } from "./fixture.ts"

const HOUR = 3_600_000

describe("enqueueScheduledJobs()", () => {
  it("fires each time once, over processes that all look, and makes up for missed times by one", async () => {
    const { host, type, run, jobs, clock } = await jobFixture(async () => ({}))
    const schedule = (cron: string): JobSchedule => ({
      name: "nightly",
      cron,
      job: { type: type as never, tenantId: "t1", payload: { name: "x" } },
    })
    const look = (cron = "0 * * * *") =>
      Promise.all([1, 2, 3].map(() => enqueueScheduledJobs(host, [schedule(cron)]))).then(([first]) => first?.nextAt)
    expect(await look()).toBe(START + HOUR)
    expect(await jobs()).toEqual([])
    await clock.advance(HOUR)
    expect(await look()).toBe(START + 2 * HOUR)
    expect(await jobs()).toMatchObject([{ id: `nightly@${START + HOUR}`, runAt: START + HOUR }])
    expect(await run()).toMatchObject({ completed: 1 })
    await clock.advance(5.5 * HOUR)
    expect(await look()).toBe(START + 7 * HOUR)
    expect(await run()).toMatchObject({ completed: 1 })
    expect(await look("30 * * * *")).toBe(START + 7.5 * HOUR)
    expect(await run()).toMatchObject({ completed: 0 })
    expect(await enqueueScheduledJobs(host, [])).toEqual({ nextAt: null })
    await expect(look("0 0 30 2 *")).rejects.toMatchObject({ code: "input.invalid", field: "cron" })
  })
})
