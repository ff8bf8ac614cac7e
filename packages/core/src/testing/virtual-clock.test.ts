import { describe, expect, it } from "vitest"
import { seededRandom } from "./seeded-random.ts"
import { testRuntime } from "./test-runtime.ts"
import { virtualClock } from "./virtual-clock.ts"

describe("virtualClock()", () => {
  it("stands still until it is advanced, and wakes sleepers at their instants in order", async () => {
    const clock = virtualClock(1_000)
    const log: string[] = []
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms)
      log.push(`${name}@${clock.now()}`)
    }
    const all = Promise.all([sleeper("c", 30), sleeper("a", 10), sleeper("b", 20), sleeper("b2", 20)])
    await clock.settle()
    expect([clock.now(), clock.nextWakeAt(), log]).toEqual([1_000, 1_010, []])
    await clock.advance(20)
    expect(log).toEqual(["a@1010", "b@1020", "b2@1020"])
    await clock.advance(100)
    await all
    expect([log.at(-1), clock.now()]).toEqual(["c@1030", 1_120])
  })

  it("wakes what begins to sleep while it advances", async () => {
    const clock = virtualClock(0)
    const woken: number[] = []
    void (async () => {
      for (let i = 0; i < 5; i++) {
        await clock.sleep(10)
        woken.push(clock.now())
      }
    })()
    await clock.advance(35)
    expect(woken).toEqual([10, 20, 30])
  })

  it("shows whole milliseconds, however long a sleep was asked for", async () => {
    const clock = virtualClock(0, { autoAdvance: true })
    await clock.sleep(0.25)
    expect(clock.now()).toBe(1)
    await clock.sleep(2.5)
    expect(clock.now()).toBe(4)
  })

  it("jumps to the next sleeper when all is idle, and waits for chunks that yield", async () => {
    const clock = virtualClock(0, { autoAdvance: true })
    const log: string[] = []
    const worker = async () => {
      for (let i = 0; i < 50; i++) await clock.yield()
      log.push(`worked@${clock.now()}`)
    }
    const sleeper = async () => {
      await clock.sleep(86_400_000)
      log.push(`slept@${clock.now()}`)
    }
    await Promise.all([sleeper(), worker()])
    expect(log).toEqual(["worked@0", "slept@86400000"])
  })

  it("does not jump while something outside of time is held", async () => {
    const clock = virtualClock(0, { autoAdvance: true })
    const outside = clock.hold(new Promise<number>((resolve) => setTimeout(() => resolve(clock.now()), 30)))
    await clock.sleep(5_000)
    expect([await outside, clock.now()]).toEqual([0, 5_000])
  })

  it("rejects a sleeper with the signal's reason, and forgets it", async () => {
    const clock = virtualClock(0)
    const stop = new AbortController()
    const sleeping = clock.sleep(10, stop.signal)
    const reason = new Error("stopped")
    stop.abort(reason)
    await expect(sleeping).rejects.toBe(reason)
    await expect(clock.sleep(10, stop.signal)).rejects.toBe(reason)
    expect(clock.nextWakeAt()).toBeUndefined()
  })
})

describe("seededRandom()", () => {
  it("repeats itself for a seed, differs between seeds, and fills [0, 1) evenly", () => {
    const first = (seed: number) => Array.from({ length: 5 }, seededRandom(seed))
    expect(first(1)).toEqual(first(1))
    expect(new Set([0, 1, 2, -1, 2 ** 32, 2 ** 53 - 1].map((seed) => first(seed)[0])).size).toBe(6)
    const random = seededRandom(42)
    const buckets = new Map<number, number>()
    for (let i = 0; i < 160_000; i++) {
      const bucket = Math.floor(random() * 16)
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1)
    }
    expect(buckets.size).toBe(16)
    for (const count of buckets.values()) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })
})

describe("testRuntime()", () => {
  it("gives the same identifiers and instants for the same seed", async () => {
    const run = async () => {
      const runtime = testRuntime({ seed: 3, startAt: Date.UTC(2026, 0, 1) })
      await runtime.clock.sleep(runtime.random() * 1_000)
      return [runtime.newId(), runtime.newId(), runtime.clock.now()]
    }
    expect(await run()).toEqual(await run())
    await expect(testRuntime({ seed: 1, startAt: 0 }).fetch("https://example.com")).rejects.toThrow("no network")
  })
})
