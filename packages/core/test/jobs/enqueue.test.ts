import { describe, expect, it } from "vitest"
import { enqueueJob, findJob } from "../../src/jobs/mod.ts"
import { jobFixture, START } from "./fixture.ts"

const nothing = async () => ({})

describe("enqueueJob()", () => {
  it("refuses what does not fit, by field, before anything is written", async () => {
    const { runtime, type } = await jobFixture(nothing)
    const request = { type, tenantId: "t1", payload: { name: "x" } }
    const refused = (more: object) => () => enqueueJob(runtime, { ...request, ...more })
    for (const priority of [0, 11, 1.5, Number.NaN]) {
      expect(refused({ priority })).toThrowError(expect.objectContaining({ code: "input.invalid", field: "priority" }))
    }
    expect(refused({ runAt: 1.5 })).toThrowError(expect.objectContaining({ field: "runAt" }))
    expect(refused({ target: "" })).toThrowError(expect.objectContaining({ field: "target" }))
    expect(refused({ after: ["a"] })).toThrowError(expect.objectContaining({ field: "after" }))
    expect(refused({ payload: { name: 7 } })).toThrowError(
      expect.objectContaining({ code: "job.payload_invalid", field: "name" }),
    )
  })

  it("adds a job once for its dedupe key while it is ready or leased, and again when it is done", async () => {
    const seen: string[] = []
    const { enqueue, run, jobs } = await jobFixture(async ({ name }) => {
      seen.push(name)
      return {}
    })
    await enqueue({ name: "first", dedupeKey: "k" }, { name: "second", dedupeKey: "k" })
    await enqueue({ name: "other tenant", dedupeKey: "k", tenantId: "t2" })
    expect(await jobs()).toHaveLength(2)
    await run()
    await enqueue({ name: "third", dedupeKey: "k" })
    await run()
    expect(seen).toEqual(["first", "other tenant", "third"])
  })

  it("lets a job hand its dedupe key to the job that follows it", async () => {
    const { enqueue, run, type } = await jobFixture(async ({ name }, { tenantId }) => ({
      next: name === "1" ? [{ type: type as never, tenantId, payload: { name: "2" }, dedupeKey: "k" }] : [],
    }))
    await enqueue({ name: "1", dedupeKey: "k" })
    expect(await run()).toMatchObject({ completed: 2 })
  })

  it("does nothing for an id that is there", async () => {
    const { enqueue, host, jobs } = await jobFixture(nothing)
    await enqueue({ id: "a", name: "first" })
    await enqueue({ id: "a", name: "second" })
    expect(await jobs()).toHaveLength(1)
    expect(await findJob(host, "t1", "a")).toMatchObject({ payload: '{"name":"first"}', state: "ready", priority: 5 })
    expect(await findJob(host, "t2", "a")).toBeUndefined()
  })
})

describe("the order of jobs", () => {
  it("is priority 1 first, then run-at, then id; and nothing before its run-at", async () => {
    const seen: string[] = []
    const { enqueue, run, clock } = await jobFixture(async ({ name }) => {
      seen.push(name)
      return {}
    })
    await enqueue(
      { id: "a", priority: 10 },
      { id: "b" },
      { id: "c", priority: 1, runAt: START + 60_000 },
      { id: "d", runAt: START - 5 },
      { id: "e", priority: 2 },
      { id: "f", priority: 2 },
    )
    expect(await run({ claimSize: 4 })).toMatchObject({ completed: 5, nextDueAt: START + 60_000 })
    expect(seen).toEqual(["e", "f", "d", "b", "a"])
    await clock.advance(59_999)
    expect(await run()).toMatchObject({ completed: 0, nextDueAt: START + 60_000 })
    await clock.advance(1)
    expect(await run()).toMatchObject({ completed: 1, nextDueAt: null })
  })

  it("goes through the parents of a job first, and past those that are gone", async () => {
    const seen: string[] = []
    let isFailing = true
    const { enqueue, run, clock } = await jobFixture(async ({ name }) => {
      if (name === "b" && isFailing) throw new RangeError("not yet")
      seen.push(name)
      return {}
    })
    await enqueue({ id: "a" }, { id: "b" }, { id: "c", priority: 1, after: ["a", "b", "never-there"] })
    await enqueue({ id: "d", priority: 1, after: ["c"], runAt: START + 500 })
    await run()
    expect(seen).toEqual(["a"])
    isFailing = false
    await clock.advance(1_000)
    expect(await run()).toMatchObject({ completed: 3, nextDueAt: null })
    expect(seen).toEqual(["a", "b", "c", "d"])
    await enqueue({ id: "e", after: ["a", "d"] })
    expect(await run()).toMatchObject({ completed: 1 })
  })
})
