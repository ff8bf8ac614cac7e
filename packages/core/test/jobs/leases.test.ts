import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { CoreError } from "../../src/errors/mod.ts"
import { listDeadJobs, runDueJobs } from "../../src/jobs/mod.ts"
import { faultPlan, faultyStore } from "../../src/testing/mod.ts"
import { jobFixture, leaseTo, mark, marks, START } from "./fixture.ts"

const takeOver = (by: string, until: number) => sql`UPDATE job_claim SET token = ${by} || token, lease_until = ${until}`

describe("a lease", () => {
  it("lasts as long as the job's own type says, and is taken over when it lapsed", async () => {
    const { enqueue, run, store, job, clock } = await jobFixture(async () => ({ statements: [mark("done")] }))
    await enqueue({ id: "a" })
    await store.unit({ name: "test.gone" }, [leaseTo("gone", START + 30_000)])
    expect(await run()).toMatchObject({ completed: 0, nextDueAt: START + 30_000 })
    await clock.advance(30_000)
    expect(await run()).toMatchObject({ completed: 1 })
    expect(await job("a")).toMatchObject({ state: "done", attempts: 2 })
  })

  it("is renewed while a handler waits, so that nobody takes the job", async () => {
    const { enqueue, run, host, job, clock } = await jobFixture(async (_payload, { runtime }) => {
      await runtime.clock.sleep(10 * 60_000)
      return {}
    })
    await enqueue({ id: "a" })
    const running = run()
    await clock.sleep(5 * 60_000)
    const row = await job("a")
    expect(row?.leaseUntil).toBeGreaterThan(clock.now())
    expect(row?.leaseUntil).toBeLessThanOrEqual(clock.now() + 30_000)
    expect(await runDueJobs(host)).toMatchObject({ completed: 0 })
    expect(await running).toMatchObject({ completed: 1, lost: 0 })
  })

  it("is renewed for jobs that were claimed together and wait for their turn", async () => {
    const seen: string[] = []
    const { enqueue, run, host, clock } = await jobFixture(async ({ name }, { runtime }) => {
      seen.push(name)
      await runtime.clock.sleep(40_000)
      return {}
    })
    await enqueue({ id: "a" }, { id: "b" }, { id: "c" })
    const running = run({ claimSize: 3 })
    await clock.sleep(70_000)
    expect(await runDueJobs(host)).toMatchObject({ completed: 0 })
    expect(await running).toMatchObject({ completed: 3 })
    expect(seen).toEqual(["a", "b", "c"])
  })

  it("that is lost aborts the handler, and nothing of it is written", async () => {
    const { enqueue, run, store, job, clock } = await jobFixture(async (_payload, context) => {
      await context.store.unit({ name: "test.other" }, [takeOver("other", START + 10 * 60_000)])
      await context.runtime.clock.sleep(5 * 60_000, context.signal)
      return { statements: [mark("never")] }
    })
    await enqueue({ id: "a" })
    expect(await run()).toMatchObject({ lost: 1, completed: 0, retried: 0, dead: 0 })
    // At the first renewal, and not only when the lease must have lapsed.
    expect(clock.now()).toBe(START + 10_000)
    expect(await store.rows(marks)).toEqual([])
    expect(await job("a")).toMatchObject({ state: "leased", attempts: 1, leaseUntil: START + 10 * 60_000 })
  })

  it("that is lost is noticed by the handler's own units, its completion and its failure", async () => {
    const outcomes: unknown[] = []
    const { enqueue, run, store } = await jobFixture(async ({ name }, context) => {
      await context.store.unit({ name: "test.other" }, [takeOver("other", START + 60_000)])
      if (name === "unit") {
        await context.unit("test.mark", [mark("never")]).catch((error: CoreError) => outcomes.push(error.code))
        outcomes.push(context.signal.aborted)
      }
      if (name === "failure") throw new CoreError("input.invalid", "Never")
      return { statements: [mark("never")] }
    })
    await enqueue({ id: "a", name: "unit" }, { id: "b", name: "completion" }, { id: "c", name: "failure" })
    expect(await run()).toMatchObject({ lost: 3 })
    expect(outcomes).toEqual(["job.lease_lost", true])
    expect(await store.rows(marks)).toEqual([])
  })

  it("outlives renewals that the database refuses, while there is time", async () => {
    let isDown = false
    const plan = faultPlan({
      onPoint(point) {
        if (isDown && point === "before:jobs.renew") throw new CoreError("store.unavailable", "Down")
      },
    })
    const fixture = await jobFixture(async (_payload, { runtime, signal }) => {
      isDown = true
      await runtime.clock.sleep(25_000, signal)
      isDown = false
      await runtime.clock.sleep(60_000, signal)
      return {}
    })
    const host = { ...fixture.host, store: faultyStore(fixture.store, plan) }
    await fixture.enqueue({ id: "a" })
    expect(await runDueJobs(host)).toMatchObject({ completed: 1 })
  })

  it("that could not be renewed until it lapsed counts as lost", async () => {
    const plan = faultPlan({
      onPoint(point) {
        if (point === "before:jobs.renew") throw new CoreError("store.unavailable", "Down")
      },
    })
    const fixture = await jobFixture(async (_payload, { runtime, signal }) => {
      await runtime.clock.sleep(120_000, signal)
      return {}
    })
    await fixture.enqueue({ id: "a" })
    const result = await runDueJobs({ ...fixture.host, store: faultyStore(fixture.store, plan) }, { maxJobs: 1 })
    expect(result).toMatchObject({ lost: 1, completed: 0 })
  })

  it("that lapses in the last attempt buries the job, and tells its room", async () => {
    const { enqueue, run, store, host, clock } = await jobFixture(
      async () => {
        throw new Error("must not run")
      },
      { gaveUp: (_payload, { code }) => ({ statements: [mark(code)] }) },
    )
    await enqueue({ id: "a" })
    await store.unit({ name: "test.gone" }, [sql`UPDATE job SET attempts = 2`, leaseTo("gone", START + 1)])
    await clock.advance(1)
    expect(await run()).toMatchObject({ dead: 1 })
    expect(await listDeadJobs(host, "t1")).toMatchObject([{ errorCode: "job.abandoned" }])
    expect(await store.rows(marks)).toEqual([{ id: "job.abandoned" }])
  })

  it("is kept while native calls let no timer run, by those calls themselves", async () => {
    // A clock whose time passes while a call blocks, and whose timers never fire: the loop is blocked for ten leases.
    const { enqueue, host, store, runtime, job } = await jobFixture(async (_payload, context) => {
      for (let call = 0; call < 100; call++) {
        blockedMs += 3_000
        await context.store.rows(sql`SELECT 1`)
        // Another worker looks for lapsed leases all the while.
        await runDueJobs(other, { maxJobs: 1 })
      }
      return { statements: [mark("once")] }
    })
    let blockedMs = 0
    const never = () => new Promise<never>(() => {})
    const clock = { ...runtime.clock, now: () => START + blockedMs }
    const sleep = (_ms: number, signal?: AbortSignal) =>
      Promise.race([never(), new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()))])
    const blocked = { ...runtime, clock: { ...clock, sleep, yield: async () => {} } }
    const other = { ...host, runtime: blocked }
    await enqueue({ id: "a" })
    expect(await runDueJobs({ ...host, runtime: blocked })).toMatchObject({ completed: 1, lost: 0 })
    expect(blockedMs).toBe(300_000)
    expect(await job("a")).toMatchObject({ state: "done", attempts: 1 })
    expect(await store.rows(marks)).toEqual([{ id: "once" }])
  })
})
