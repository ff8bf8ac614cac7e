import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { enqueueScheduledJobs, type JobSchedule, runDueJobs } from "../../src/jobs/mod.ts"
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

  // Each round is some dozen commits to a real file, which a busy disk makes slow.
  it("fires each time once over processes on one file, whose clocks differ", { timeout: 20_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "altaworx-schedules-"))
    const url = `file:${join(folder, "test.db")}`
    const ran: string[] = []
    const workers = await Promise.all(
      [0, 1, 400, 999].map((skew) =>
        jobFixture(async (_payload, { jobId }) => ({ statements: ran.push(jobId) > 0 ? [] : [] }), {
          url,
          runtime: { startAt: START + skew },
        }),
      ),
    )
    try {
      for (let minute = 0; minute <= 4; minute++) {
        await Promise.all(
          workers.map(async ({ host, type, clock }, i) => {
            const job = { type: type as never, tenantId: "t1", payload: { name: "x" } }
            // One of them sleeps through most of it.
            if (i < 3 || minute > 3) await enqueueScheduledJobs(host, [{ name: "often", cron: "* * * * *", job }])
            await runDueJobs(host)
            await clock.advance(60_000)
          }),
        )
      }
      expect(ran.toSorted()).toEqual([...new Set(ran)].toSorted())
      expect(ran).toHaveLength(4)
    } finally {
      for (const { store } of workers) store.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
