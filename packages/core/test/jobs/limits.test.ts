import { describe, expect, it } from "vitest"
import { CoreError } from "../../src/errors/mod.ts"
import { archiveJobs, countJobsByState, pauseJobs, resumeJobs, runDueJobs, setJobLimit } from "../../src/jobs/mod.ts"
import { jobFixture, START } from "./fixture.ts"

const many = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, i) => ({ id: `${String(i).padStart(3, "0")}`, ...more }))

/** A fixture whose handler records when each job starts, and how many run at once. */
async function paced(workMs = 0) {
  const starts: { readonly target: string; readonly at: number }[] = []
  let running = 0
  let most = 0
  const fixture = await jobFixture(async ({ name }, { runtime }) => {
    starts.push({ target: name, at: runtime.clock.now() - START })
    most = Math.max(most, ++running)
    if (workMs > 0) await runtime.clock.sleep(workMs)
    running--
    return {}
  })
  /** Calls `runDueJobs` as a host does: again when the next job is due. */
  const drain = async (options = {}) => {
    for (;;) {
      const { nextDueAt } = await runDueJobs(fixture.host, options)
      if (nextDueAt === null) return
      const wait = nextDueAt - fixture.clock.now()
      expect(wait).toBeGreaterThan(0)
      await fixture.clock.sleep(wait)
    }
  }
  return { ...fixture, starts, drain, most: () => most }
}

describe("a rate limit", () => {
  it.each([1, 10])("lets a burst pass and then one in each interval, claimed by %i", async (claimSize) => {
    const { host, enqueue, drain, starts } = await paced()
    await setJobLimit(host, { tenantId: "t1", target: "account", intervalMs: 1_000, burst: 5 })
    await enqueue(...many(12, { target: "account" }))
    await drain({ claimSize })
    expect(starts.map(({ at }) => at)).toEqual([0, 0, 0, 0, 0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000])
  })

  it("holds for its target only, and for all of a tenant where no target is named", async () => {
    const { host, enqueue, drain, starts } = await paced()
    await setJobLimit(host, { tenantId: "t1", target: "slow", intervalMs: 1_000 })
    await setJobLimit(host, { tenantId: "t2", intervalMs: 500 })
    await enqueue(
      ...many(3, { target: "slow", name: "slow", priority: 1 }),
      ...many(3, { target: "fast", name: "fast" }).map((job) => ({ ...job, id: `f${job.id}` })),
      ...many(3, { name: "t2", tenantId: "t2" }),
    )
    await drain({ claimSize: 4 })
    const of = (target: string) => starts.filter((start) => start.target === target).map(({ at }) => at)
    expect([of("slow"), of("fast"), of("t2")]).toEqual([
      [0, 1_000, 2_000],
      [0, 0, 0],
      [0, 500, 1_000],
    ])
  })

  it("moves with the pause that the other side asks for, which is no failed attempt", async () => {
    let isBusy = true
    const { enqueue, run, jobs, clock } = await jobFixture(async () => {
      if (isBusy) throw new CoreError("carrier.unavailable", "Too many calls", { retryAfterMs: 60_000 })
      return {}
    })
    await enqueue(...many(5, { target: "account" }), { id: "other", target: "elsewhere", runAt: START + 1 })
    expect(await run()).toMatchObject({ retried: 1, completed: 0, nextDueAt: START + 1 })
    expect((await jobs()).map(({ attempts }) => attempts)).toEqual([0, 0, 0, 0, 0, 0])
    isBusy = false
    await clock.advance(1)
    expect(await run()).toMatchObject({ completed: 1, nextDueAt: START + 60_000 })
    await clock.advance(59_999)
    expect(await run({ claimSize: 5 })).toMatchObject({ completed: 5, nextDueAt: null })
  })
})

describe("a concurrency limit", () => {
  it.each([1, 10])("holds over lanes and workers, claimed by %i", async (claimSize) => {
    const { host, enqueue, starts, most, clock } = await paced(1_000)
    await setJobLimit(host, { tenantId: "t1", target: "account", maxInFlight: 2 })
    await enqueue(...many(6, { target: "account" }))
    const worker = async () => {
      for (let i = 0; i < 60; i++) {
        await runDueJobs(host, { concurrency: 3, claimSize })
        await clock.sleep(100)
      }
    }
    await Promise.all([worker(), worker()])
    expect(starts).toHaveLength(6)
    // What is claimed together runs one after the other, and is in flight together.
    expect(most()).toBe(claimSize === 1 ? 2 : 1)
  })

  it("refuses numbers that are none", async () => {
    const { host } = await paced()
    for (const more of [{ maxInFlight: 0 }, { intervalMs: 0.5 }, { burst: -1 }]) {
      await expect(setJobLimit(host, { tenantId: "t1", ...more })).rejects.toMatchObject({ code: "input.invalid" })
    }
  })
})

describe("a limit of a queue", () => {
  it("holds for all tenants together, beside those of each", async () => {
    const { host, enqueue, run } = await paced()
    await setJobLimit(host, { queue: "test", intervalMs: 1_000, burst: 3 })
    await setJobLimit(host, { tenantId: "t1", queue: "test", intervalMs: 1_000 })
    await enqueue(...many(4), ...many(4, { tenantId: "t2" }))
    // Three of the queue, of which one may be the first tenant's.
    expect(await run()).toMatchObject({ completed: 3, nextDueAt: START + 1_000 })
    expect(await countJobsByState(host, "t1")).toContainEqual({ queue: "test", state: "done", count: 1 })
  })

  it("limits what runs at once, and does not touch other queues", async () => {
    const { host, enqueue, starts, most, clock } = await paced(1_000)
    await setJobLimit(host, { queue: "test", maxInFlight: 2 })
    await setJobLimit(host, { queue: "other", maxInFlight: 1 })
    await enqueue(...many(3), ...many(3, { tenantId: "t2" }))
    const worker = async () => {
      for (let i = 0; i < 60; i++) {
        await runDueJobs(host, { concurrency: 3 })
        await clock.sleep(100)
      }
    }
    await Promise.all([worker(), worker()])
    expect([starts.length, most()]).toEqual([6, 2])
  })
})

describe("a pause", () => {
  it.each([
    ["a queue", { queue: "test" }, ["d"]],
    ["a tenant", { tenantId: "t1" }, ["c"]],
    ["a target", { target: "account" }, ["b", "d"]],
    ["a tenant's target", { tenantId: "t1", target: "account" }, ["b", "c", "d"]],
    ["everything", {}, []],
  ] as const)("of %s keeps the others going, and ends", async (_what, scope, go) => {
    const ran: string[] = []
    const { host, enqueue, type } = await jobFixture(async ({ name }) => {
      ran.push(name)
      return {}
    })
    const other = { ...type, queue: "other" }
    await enqueue({ id: "a", target: "account" }, { id: "b" }, { id: "c", tenantId: "t2", target: "account" })
    await enqueue({ id: "d", type: other as never })
    await pauseJobs(host, scope)
    await pauseJobs(host, scope)
    const options = { queues: ["test", "other"] }
    const expected = "target" in scope || "queue" in scope || !("tenantId" in scope) ? go : ["c"]
    expect(await runDueJobs(host, options)).toMatchObject({ completed: expected.length, nextDueAt: null })
    expect(ran.toSorted()).toEqual(expected)
    await resumeJobs(host, scope)
    expect(await runDueJobs(host, options)).toMatchObject({ completed: 4 - expected.length })
  })
})

describe("a paused queue", () => {
  it("is not claimed from until it is resumed, for one tenant or for all", async () => {
    const { host, enqueue, run } = await paced()
    await enqueue({ id: "a" }, { id: "b", tenantId: "t2" })
    await pauseJobs(host, { queue: "test" })
    await pauseJobs(host, { queue: "test", tenantId: "t1" })
    expect(await run()).toMatchObject({ completed: 0, nextDueAt: null })
    await resumeJobs(host, { queue: "test" })
    expect(await run()).toMatchObject({ completed: 1, nextDueAt: null })
    await resumeJobs(host, { queue: "test", tenantId: "t1" })
    expect(await run()).toMatchObject({ completed: 1 })
    expect(await countJobsByState(host, "t1")).toEqual([{ queue: "test", state: "done", count: 1 }])
  })
})

describe("a claim", () => {
  it("keeps to the queues and the tenant it is asked for", async () => {
    const { enqueue, run } = await paced()
    await enqueue({ id: "a" }, { id: "b", tenantId: "t2" })
    expect(await run({ queues: ["other"] })).toMatchObject({ completed: 0, nextDueAt: null })
    expect(await run({ queues: [] })).toMatchObject({ completed: 0, nextDueAt: null })
    expect(await run({ tenantId: "t2" })).toMatchObject({ completed: 1, nextDueAt: null })
    expect(await run({ tenantId: "t3" })).toMatchObject({ completed: 0, nextDueAt: null })
    expect(await run()).toMatchObject({ completed: 1, nextDueAt: null })
  })
})

describe("archiveJobs()", () => {
  it("moves done jobs out of the way after a time, and forgets them after a longer one", async () => {
    const { host, enqueue, run, jobs, clock } = await paced()
    await enqueue(...many(1_200))
    await run({ maxJobs: 1_199, claimSize: 100 })
    await clock.advance(86_400_000)
    expect(await archiveJobs(host)).toMatchObject({ archived: 0, forgotten: 0 })
    await clock.advance(1)
    expect(await archiveJobs(host, { maxJobs: 700 })).toMatchObject({ archived: 700, forgotten: 0 })
    expect(await archiveJobs(host)).toMatchObject({ archived: 499, forgotten: 0 })
    expect(await jobs()).toHaveLength(1)
    await clock.advance(90 * 86_400_000)
    expect(await archiveJobs(host)).toMatchObject({ archived: 0, forgotten: 1_199 })
  })
})
