import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { CoreError } from "../../src/errors/mod.ts"
import { archiveJobs, listJobAttempts, redriveDeadJob } from "../../src/jobs/mod.ts"
import { jobFixture, leaseTo, START } from "./fixture.ts"

describe("the log of attempts", () => {
  it("has one row for each: begin, end, outcome, code, worker", async () => {
    const behaviour = ["fail", "stop", "refuse", "succeed"]
    let stop = new AbortController()
    const { enqueue, run, host, clock, store } = await jobFixture(async (_payload, context) => {
      await context.runtime.clock.sleep(700)
      const next = behaviour.shift()
      if (next === "fail") throw new CoreError("carrier.unavailable", "Busy")
      if (next === "stop") stop.abort(new Error("SIGTERM"))
      context.signal.throwIfAborted()
      if (next === "refuse") throw new CoreError("input.invalid", "Never")
      return {}
    })
    await enqueue({ id: "a" })
    await run({ worker: "w1" })
    await clock.advance(1_000)
    await run({ worker: "w2", signal: stop.signal })
    stop = new AbortController()
    // A worker that is gone without a word.
    await store.unit({ name: "test.gone" }, [leaseTo("w3/x", clock.now() + 10, clock.now())])
    await clock.advance(50)
    await run({ worker: "w4" })
    await redriveDeadJob(host, "t1", "a")
    await run({ worker: "w5/odd" })
    const log = await listJobAttempts(host, "t1", "a")
    expect(log.map(({ attempt, outcome, errorCode, worker }) => [attempt, outcome, errorCode, worker])).toEqual([
      [1, "retried", "carrier.unavailable", "w1"],
      [2, "returned", null, "w2"],
      [2, "lapsed", null, "w3"],
      [3, "dead", "input.invalid", "w4"],
      [1, "completed", null, "w5/odd"],
    ])
    expect(log.map(({ durationMs }) => durationMs)).toEqual([700, 700, 50, 700, 700])
    expect(log[0]).toMatchObject({ startedAt: START, endedAt: START + 700 })
    expect(await listJobAttempts(host, "t2", "a")).toEqual([])
  })

  it("is kept with the job in the archive, and forgotten with it", async () => {
    let isBusy = true
    const { enqueue, run, host, clock, store } = await jobFixture(async () => {
      if (isBusy) throw new CoreError("carrier.unavailable", "Busy")
      return {}
    })
    await enqueue({ id: "a" })
    await run()
    isBusy = false
    await clock.advance(1_000)
    await run()
    const before = await listJobAttempts(host, "t1", "a")
    expect(before.map(({ outcome }) => outcome)).toEqual(["retried", "completed"])
    await clock.advance(86_400_001)
    expect(await archiveJobs(host)).toMatchObject({ archived: 1 })
    expect(await listJobAttempts(host, "t1", "a")).toEqual(before)
    await clock.advance(90 * 86_400_000)
    expect(await archiveJobs(host)).toMatchObject({ forgotten: 1 })
    expect(await store.rows(sql`SELECT * FROM job_attempt`)).toEqual([])
  })
})
