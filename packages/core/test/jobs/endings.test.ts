import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { CoreError, ERROR_CODES, type ErrorCode } from "../../src/errors/mod.ts"
import {
  type JobEndedEvent,
  listDeadJobs,
  redriveDeadJob,
  redriveDeadJobs,
  releaseAllLeases,
  runDueJobs,
} from "../../src/jobs/mod.ts"
import { faultPlan, faultyStore } from "../../src/testing/mod.ts"
import { jobFixture, jobType, mark, marks, START } from "./fixture.ts"

describe("a job that succeeds", () => {
  it("writes its result, its completion and what follows in one unit, or none of it", async () => {
    // Together with the next claim, and then for itself.
    let refusals = 2
    const plan = faultPlan({
      onPoint(point) {
        if (point === "before:jobs.complete" && refusals-- > 0) throw new CoreError("store.unavailable", "Gone")
      },
    })
    const fixture = await jobFixture(async ({ name }, { tenantId }) => ({
      statements: [mark(name)],
      next: name === "first" ? [{ type: jobType("test.job") as never, tenantId, payload: { name: "second" } }] : [],
    }))
    const host = { ...fixture.host, store: faultyStore(fixture.store, plan) }
    await fixture.enqueue({ name: "first" })
    expect(await runDueJobs(host)).toMatchObject({ completed: 0, retried: 1 })
    expect(await fixture.store.rows(marks)).toEqual([])
    await fixture.clock.advance(1_000)
    expect(await runDueJobs(host)).toMatchObject({ completed: 2 })
    expect(await fixture.store.rows(marks)).toEqual([{ id: "first" }, { id: "second" }])
  })

  it("takes effect once when the answer to its completion is lost", async () => {
    const plan = faultPlan({ failAt: { point: "after:jobs.complete", occurrence: 1 } })
    const fixture = await jobFixture(async ({ name }) => ({ statements: [mark(name)] }))
    await fixture.enqueue({ name: "first" })
    const host = { ...fixture.host, store: faultyStore(fixture.store, plan) }
    expect(await runDueJobs(host)).toMatchObject({ completed: 0, lost: 1, nextDueAt: null })
    expect(await fixture.store.rows(marks)).toEqual([{ id: "first" }])
    expect(await fixture.jobs()).toMatchObject([{ state: "done" }])
  })

  it("may go on in a chain of any length: only its own failures are its attempts", async () => {
    const attempts = new Set<number>()
    const { enqueue, run, type } = await jobFixture(async ({ name }, { tenantId, attempt }) => {
      attempts.add(attempt)
      const slice = Number(name)
      return { next: slice < 200 ? [{ type: type as never, tenantId, payload: { name: String(slice + 1) } }] : [] }
    })
    await enqueue({ name: "1" })
    expect(await run()).toMatchObject({ completed: 200, dead: 0 })
    expect([...attempts]).toEqual([1])
  })
})

describe("jobs that are claimed together", () => {
  it("end in one unit", async () => {
    const plan = faultPlan()
    const fixture = await jobFixture(async ({ name }) => ({ statements: [mark(name)] }))
    await fixture.enqueue({ id: "a" }, { id: "b" }, { id: "c" })
    const host = { ...fixture.host, store: faultyStore(fixture.store, plan) }
    expect(await runDueJobs(host, { claimSize: 3, maxJobs: 3 })).toMatchObject({ completed: 3 })
    expect(plan.trace.filter((point) => point.startsWith("before:"))).toEqual([
      "before:jobs.claim",
      "before:jobs.complete",
    ])
    expect(await fixture.store.rows(marks)).toHaveLength(3)
  })

  it("end each for itself where one spoils it: a constraint, a lost lease, a follower that does not fit", async () => {
    const { enqueue, run, store, jobs } = await jobFixture(async ({ name }, context) => {
      if (name === "b") return { statements: [mark("x"), mark("x")] }
      if (name === "c")
        await context.store.unit({ name: "test.other" }, [
          sql`UPDATE job_claim SET seqs = json_remove(seqs, '$[2]')`,
          sql`INSERT INTO job_claim SELECT 'y', ${START}, 30000, ${START + 30_000}, json_array(seq) FROM job WHERE id = 'c'`,
        ])
      if (name === "d") return { next: [{ type: jobType("test.job") as never, tenantId: "t1", payload: 7 }] }
      if (name === "e") throw new CoreError("input.invalid", "Never")
      return { statements: [mark(name)] }
    })
    await enqueue(...["a", "b", "c", "d", "e", "f"].map((id) => ({ id })))
    expect(await run({ claimSize: 6, maxJobs: 6 })).toMatchObject({ completed: 2, dead: 3, lost: 1 })
    expect(await store.rows(marks)).toEqual([{ id: "a" }, { id: "f" }])
    expect((await jobs()).map(({ state, errorCode }) => errorCode ?? state)).toEqual([
      "done",
      "store.constraint",
      "leased",
      "job.payload_invalid",
      "input.invalid",
      "done",
    ])
  })
})

describe("a job that fails", () => {
  it.each(Object.entries(ERROR_CODES).filter(([code]) => code !== "job.lease_lost"))(
    "with %s is retried or buried as its code says",
    async (code, { retryable }) => {
      const { enqueue, run, jobs } = await jobFixture(async () => {
        throw new CoreError(code as ErrorCode, "Cannot do it")
      })
      await enqueue({ id: "a" })
      expect(await run()).toMatchObject(retryable ? { retried: 1, dead: 0 } : { retried: 0, dead: 1 })
      expect(await jobs()).toMatchObject([{ state: retryable ? "ready" : "dead", attempts: 1, errorCode: code }])
    },
  )

  it("by a defect is retried, and its text, which may hold anything, is not kept", async () => {
    const { enqueue, run, host, clock } = await jobFixture(async () => {
      throw new TypeError("secret of ICCID 8901…")
    })
    await enqueue({ id: "a" })
    for (let i = 0; i < 3; i++) {
      await run()
      await clock.advance(1_000)
    }
    expect(await listDeadJobs(host, "t1")).toMatchObject([
      { id: "a", attempts: 3, errorCode: "unexpected", errorMessage: "Unexpected TypeError" },
    ])
  })

  it("waits as its rule says, and longer or shorter where the other side says so", async () => {
    const waits: (number | undefined)[] = [undefined, 7_000.5]
    const { enqueue, run, job } = await jobFixture(async () => {
      const retryAfterMs = waits.shift()
      throw new CoreError("carrier.unavailable", "Busy", { ...(retryAfterMs !== undefined && { retryAfterMs }) })
    })
    await enqueue({ id: "a" }, { id: "b" })
    expect(await run()).toMatchObject({ nextDueAt: START + 1_000 })
    expect((await job("a"))?.runAt).toBe(START + 1_000)
    expect((await job("b"))?.runAt).toBe(START + 7_001)
  })

  it("is buried with the reason when its attempts are used up, and tells its room in the same unit", async () => {
    const events: JobEndedEvent[] = []
    const { enqueue, run, clock, store, host, type } = await jobFixture(
      async ({ name }) => {
        if (name === "report") return { statements: [mark("reported")] }
        throw new CoreError("carrier.unavailable", "No answer")
      },
      {
        gaveUp: ({ name }, failure, { tenantId }) => ({
          statements: [mark(`gave up ${name}: ${failure.code}`)],
          next: [{ type: type as never, tenantId, payload: { name: "report" } }],
        }),
      },
    )
    await enqueue({ id: "a", name: "work" })
    for (let i = 0; i < 3; i++) {
      await run({ onJobEnded: (event) => events.push(event) })
      await clock.advance(1_000)
    }
    expect(events.map(({ ending }) => ending)).toEqual(["retried", "retried", "dead", "completed"])
    expect(events[2]?.failure).toMatchObject({ code: "carrier.unavailable", message: "No answer" })
    expect(events.map(({ error }) => (error as Error | undefined)?.message)).toEqual([
      "No answer",
      "No answer",
      "No answer",
      undefined,
    ])
    expect(await store.rows(marks)).toEqual([{ id: "gave up work: carrier.unavailable" }, { id: "reported" }])
    expect(await listDeadJobs(host, "t1")).toMatchObject([{ id: "a", state: "dead", attempts: 3 }])
    expect(await listDeadJobs(host, "t2")).toEqual([])
  })

  it("is buried also where what its room wants to tell cannot be written", async () => {
    const { enqueue, run, host, store } = await jobFixture(
      async () => {
        throw new CoreError("input.invalid", "Never")
      },
      { gaveUp: () => ({ statements: [mark("x"), mark("x")] }) },
    )
    await enqueue({ id: "a" })
    expect(await run()).toMatchObject({ dead: 1 })
    expect(await listDeadJobs(host, "t1")).toMatchObject([{ errorCode: "input.invalid" }])
    expect(await store.rows(marks)).toEqual([])
  })

  it("is buried where its payload is none, without being run", async () => {
    const { enqueue, run, store, jobs } = await jobFixture(async () => {
      throw new Error("must not run")
    })
    await enqueue({ id: "a" }, { id: "b" })
    await store.unit({ name: "test.break" }, [
      sql`UPDATE job SET payload = '{"name":7}' WHERE id = 'a'`,
      sql`UPDATE job SET payload = 'no json' WHERE id = 'b'`,
    ])
    expect(await run()).toMatchObject({ dead: 2 })
    expect(await jobs()).toMatchObject([{ errorCode: "job.payload_invalid" }, { errorCode: "job.payload_invalid" }])
  })

  it("does not stop the jobs after it, whatever cannot be written of it", async () => {
    const plan = faultPlan({
      onPoint(point) {
        if (["before:jobs.retry", "before:jobs.bury"].includes(point)) throw new CoreError("store.unavailable", "Gone")
      },
    })
    const fixture = await jobFixture(async ({ name }) => {
      if (name === "retry") throw new CoreError("carrier.unavailable", "Busy")
      if (name === "bury") throw new CoreError("input.invalid", "Never")
      return {}
    })
    await fixture.enqueue({ id: "1", name: "retry" }, { id: "2", name: "bury" }, { id: "3", name: "good" })
    const result = await runDueJobs({ ...fixture.host, store: faultyStore(fixture.store, plan) })
    expect(result).toMatchObject({ lost: 2, completed: 1, nextDueAt: START + 30_000 })
    await fixture.clock.advance(30_000)
    expect(await fixture.run()).toMatchObject({ retried: 1, dead: 1 })
  })

  it("throws where no job can be claimed at all", async () => {
    const fixture = await jobFixture(async () => ({}))
    await fixture.enqueue({ id: "a" })
    const plan = faultPlan({ failAt: { point: "before:jobs.claim", occurrence: 1 } })
    await expect(runDueJobs({ ...fixture.host, store: faultyStore(fixture.store, plan) })).rejects.toMatchObject({
      code: "store.unavailable",
    })
  })
})

describe("dead letters", () => {
  const failing = async () => {
    throw new CoreError("input.invalid", "Never")
  }

  it("are put back in line by id, with all their attempts", async () => {
    const { enqueue, run, host, job } = await jobFixture(failing)
    await enqueue({ id: "a" })
    await run()
    await expect(redriveDeadJob(host, "t2", "a")).rejects.toMatchObject({ code: "input.not_found", field: "id" })
    await redriveDeadJob(host, "t1", "a")
    expect(await job("a")).toMatchObject({ state: "ready", attempts: 0 })
    await expect(redriveDeadJob(host, "t1", "a")).rejects.toMatchObject({ code: "input.not_found" })
  })

  it("are put back in line by filter, but for those whose place was taken", async () => {
    const { enqueue, run, host, jobs } = await jobFixture(failing)
    await enqueue({ id: "a", dedupeKey: "k" }, { id: "b" }, { id: "c", tenantId: "t2" }, { id: "d" })
    await run()
    await enqueue({ id: "e", dedupeKey: "k" })
    expect(await redriveDeadJobs(host, "t1", { errorCode: "store.busy" })).toBe(0)
    expect(await redriveDeadJobs(host, "t1", { queue: "test", type: "test.job", errorCode: "input.invalid" })).toBe(2)
    expect((await jobs()).map(({ state }) => state)).toEqual(["dead", "ready", "dead", "ready", "ready"])
  })

  it("are listed page by page", async () => {
    const { enqueue, run, host } = await jobFixture(failing)
    await enqueue({ id: "a" }, { id: "b" }, { id: "c" })
    await run()
    const first = await listDeadJobs(host, "t1", { limit: 2 })
    const second = await listDeadJobs(host, "t1", { limit: 2, after: first.at(-1)?.id ?? "" })
    expect([first, second].map((page) => page.map(({ id }) => id))).toEqual([["a", "b"], ["c"]])
  })
})

describe("a host that stops", () => {
  it("returns the running job uncounted and those it holds, and claims no more", async () => {
    const stop = new AbortController()
    const { enqueue, run, jobs } = await jobFixture(async (_payload, { signal }) => {
      stop.abort(new Error("SIGTERM"))
      signal.throwIfAborted()
      return {}
    })
    await enqueue({ id: "a" }, { id: "b" }, { id: "c" })
    expect(await run({ signal: stop.signal, claimSize: 2 })).toMatchObject({
      returned: 2,
      retried: 0,
      nextDueAt: START,
    })
    for (const row of await jobs()) expect(row).toMatchObject({ state: "ready", attempts: 0, errorCode: null })
    expect(await run({ signal: stop.signal })).toMatchObject({ completed: 0, returned: 0 })
  })

  it("keeps the work of a handler that ends in time", async () => {
    const stop = new AbortController()
    const { enqueue, run } = await jobFixture(async () => {
      stop.abort()
      return {}
    })
    await enqueue({ id: "a" }, { id: "b" })
    expect(await run({ signal: stop.signal })).toMatchObject({ completed: 1 })
  })

  it("stops at its limits of jobs and time", async () => {
    const { enqueue, run } = await jobFixture(async (_payload, { runtime }) => {
      await runtime.clock.sleep(1_000)
      return {}
    })
    await enqueue(...Array.from({ length: 8 }, () => ({})))
    expect(await run({ maxJobs: 3, claimSize: 2 })).toMatchObject({ completed: 3 })
    expect(await run({ deadlineMs: 1_500 })).toMatchObject({ completed: 2 })
    expect(await run({ concurrency: 3 })).toMatchObject({ completed: 3 })
  })

  it("takes all leases back after a crash when it is alone, and their attempts count", async () => {
    const ran: string[] = []
    const { host, enqueue, store, job, run } = await jobFixture(async ({ name }) => {
      ran.push(name)
      return {}
    })
    await enqueue({ id: "a" }, { id: "b" })
    // A job that kills its process at each start must not do so for ever.
    for (let start = 1; start <= 3; start++) {
      await store.unit({ name: "test.crash" }, [
        sql`INSERT INTO job_claim SELECT 'x', ${START}, 30000, ${START + 30_000}, json_array(seq) FROM job WHERE id = 'a'`,
      ])
      await releaseAllLeases(host)
      expect(await job("a")).toMatchObject({ state: "ready", attempts: start, leaseUntil: null })
    }
    expect(await run()).toMatchObject({ dead: 1, completed: 1 })
    expect(ran).toEqual(["b"])
    expect(await listDeadJobs(host, "t1")).toMatchObject([{ id: "a", errorCode: "job.abandoned" }])
  })
})
