import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { CoreError } from "../../src/errors/mod.ts"
import { redriveDeadJob } from "../../src/jobs/mod.ts"
import { jobFixture } from "./fixture.ts"

/** What the handler was asked to do, in order; names that begin with `!` fail, those with `?` are refused. */
async function laneFixture() {
  const ran: string[] = []
  const failing = new Set<string>()
  const fixture = await jobFixture(async ({ name }) => {
    ran.push(name)
    if (failing.has(name)) throw new CoreError("carrier.unavailable", "not now")
    if (name.startsWith("?")) throw new CoreError("input.invalid", "never")
    return {}
  })
  return { ...fixture, ran, failing }
}

describe("jobs of a lane", () => {
  it("run in the order they were added, also while the first one is retried", async () => {
    const { enqueue, run, ran, failing, clock, store } = await laneFixture()
    failing.add("a")
    await enqueue({ id: "b", lane: "l", payload: { name: "a" } })
    await enqueue({ id: "a", lane: "l", payload: { name: "b" }, priority: 1 })
    await enqueue({ id: "c", lane: "other", payload: { name: "c" } })
    await run()
    expect(ran).toEqual(["a", "c"])
    failing.clear()
    await clock.advance(1_000)
    await run()
    expect(ran).toEqual(["a", "c", "a", "b"])
    store.close()
  })

  it("go on after one was given up, and a redriven one runs at once", async () => {
    const { enqueue, run, ran, host, store } = await laneFixture()
    await enqueue({ id: "1", lane: "l", payload: { name: "?a" } })
    await enqueue({ id: "2", lane: "l", payload: { name: "b" } })
    await run()
    expect(ran).toEqual(["?a", "b"])
    await redriveDeadJob(host, "t1", "1")
    await run()
    expect(ran).toEqual(["?a", "b", "?a"])
    store.close()
  })

  it("run one at a time, however many workers there are", async () => {
    let running = 0
    let most = 0
    const ran: string[] = []
    const { enqueue, run, store, clock } = await jobFixture(async ({ name }) => {
      most = Math.max(most, ++running)
      for (let turns = 0; turns < 20; turns++) await clock.yield()
      ran.push(name)
      running--
      return {}
    })
    for (let i = 0; i < 5; i++) await enqueue({ lane: "l", payload: { name: String(i) } })
    await Promise.all([run({ concurrency: 2, claimSize: 3 }), run({ concurrency: 2 })])
    for (let i = 0; i < 5; i++) await run()
    expect(ran).toEqual(["0", "1", "2", "3", "4"])
    expect(most).toBe(1)
    store.close()
  })

  it("run to the end of a long one, in its order, also where many are claimed at once", async () => {
    const { enqueue, run, ran, store } = await laneFixture()
    const count = 100
    await enqueue(...Array.from({ length: count }, (_, i) => ({ lane: "l", payload: { name: String(i) } })))
    expect(await run({ claimSize: 10 })).toMatchObject({ completed: count })
    expect(ran).toEqual(Array.from({ length: count }, (_, i) => String(i)))
    const waiting = await store.rows(sql`SELECT 1 FROM job WHERE heirs = 2`)
    expect(waiting).toEqual([])
    store.close()
  })

  it("wait no longer after their worker died between the end of one and the next", async () => {
    const { enqueue, run, ran, store } = await laneFixture()
    await enqueue({ id: "1", lane: "l", payload: { name: "a" } }, { id: "2", lane: "l", payload: { name: "b" } })
    await enqueue({ id: "3", payload: { name: "c" }, after: ["1"] })
    // As a worker leaves it that did not know of the child when it claimed the parent.
    await store.unit({ name: "test.end" }, [
      sql`UPDATE job SET state = 'done', finished_at = 1, heirs = min(2 * heirs, 2) WHERE id = '1'`,
    ])
    await run()
    expect(ran.sort()).toEqual(["b", "c"])
    store.close()
  })

  it("need a name", async () => {
    const { enqueue, store } = await laneFixture()
    await expect(enqueue({ lane: "", payload: { name: "x" } })).rejects.toMatchObject({ field: "lane" })
    store.close()
  })
})
