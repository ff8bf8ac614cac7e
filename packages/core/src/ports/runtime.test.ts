import { afterEach, describe, expect, it, vi } from "vitest"
import { systemRuntime, timeOrderedIds } from "./runtime.ts"

afterEach(() => vi.useRealTimers())

describe("timeOrderedIds()", () => {
  it("gives identifiers that sort in the order they were made, whatever the clock does", () => {
    const instants = [1_000, 1_000, 1_000, 999, 5, 1_001, 1_001]
    let i = 0
    const newId = timeOrderedIds({ now: () => instants[i++] ?? 2_000 }, () => 0.999999)
    const ids = Array.from({ length: 20 }, newId)
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(20)
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]{21}$/)
  })

  it("keeps length and order when more are made in a millisecond than the counter holds", { timeout: 30_000 }, () => {
    const newId = timeOrderedIds({ now: () => 1_000 }, () => 0)
    let last = ""
    for (let i = 0; i < 36 ** 4 + 2; i++) {
      const id = newId()
      if (id <= last || id.length !== 21) throw new Error(`${id} after ${last}`)
      last = id
    }
  })
})

describe("the system's clock", () => {
  it("sleeps longer than a timer of the host holds", async () => {
    vi.useFakeTimers()
    const { clock } = systemRuntime()
    const days = 60 * 86_400_000
    let isOver = false
    const sleeping = clock.sleep(days).then(() => (isOver = true))
    await vi.advanceTimersByTimeAsync(days - 1)
    expect(isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await sleeping
    expect(isOver).toBe(true)
  })

  it("wakes with the signal's reason, at once and later", async () => {
    const { clock } = systemRuntime()
    const stop = new AbortController()
    const sleeping = clock.sleep(60_000, stop.signal)
    const reason = new Error("stopped")
    stop.abort(reason)
    await expect(sleeping).rejects.toBe(reason)
    await expect(clock.sleep(1, stop.signal)).rejects.toBe(reason)
  })

  it.each([true, false])("lets timers run when it yields (host has setImmediate: %s)", async (hasImmediate) => {
    const immediate = globalThis.setImmediate
    if (!hasImmediate) Reflect.deleteProperty(globalThis, "setImmediate")
    try {
      const { clock } = systemRuntime()
      let ran = false
      setTimeout(() => (ran = true), 0)
      for (let i = 0; i < 1_000 && !ran; i++) await clock.yield()
      expect(ran).toBe(true)
    } finally {
      globalThis.setImmediate = immediate
    }
  })
})
