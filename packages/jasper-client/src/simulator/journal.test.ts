import { describe, expect, it } from "vitest"
import type { JournalEntry, SimulatorJournal } from "./journal.ts"
import { createSimulator } from "./simulator.ts"
import { createManualClock, openCaller, searchPath, type Caller } from "./testing/caller.ts"

/** A journal in memory, which goes through text as a file does. */
function createMemoryJournal(lines: string[] = []): SimulatorJournal & { readonly lines: string[] } {
  return {
    lines,
    entries: lines.map((line) => JSON.parse(line) as JournalEntry),
    append: (entry) => void lines.push(JSON.stringify(entry)),
  }
}

const OPTIONS = { seed: 9, devices: 500, faults: "default" } as const

/** A fixed list of calls: pages and writes in turn. */
function callsOf(iccids: readonly string[]): readonly ((caller: Caller) => Promise<unknown>)[] {
  return iccids.flatMap((iccid, i) => [
    (caller: Caller) => caller.get(searchPath(1 + (i % 10))),
    (caller: Caller) => caller.put(iccid, { deviceID: `pump-${i}`, status: "DEACTIVATED" }),
  ])
}

describe("journal", () => {
  it("brings a simulator back to where it was, at every point where it can be killed", async () => {
    const clock = createManualClock()
    const whole = createMemoryJournal()
    const first = openCaller({ ...OPTIONS, journal: whole }, clock)
    const iccids = [...first.simulator.state].slice(0, 40).map((device) => device.iccid)
    for (const call of callsOf(iccids)) {
      clock.pass(250)
      await call(first).catch(() => undefined)
      const again = createSimulator({ ...OPTIONS, clock, journal: createMemoryJournal([...whole.lines]) })
      expect([...again.state]).toEqual([...first.simulator.state])
      expect(again.writes).toEqual(first.simulator.writes)
      expect(again.stats.injected).toEqual(first.simulator.stats.injected)
    }
    expect(first.simulator.writes.length).toBeGreaterThan(30)
    expect(first.simulator.stats.injected.drifted).toBeGreaterThan(0)
  })

  it("shows the same pages after a replay", async () => {
    const clock = createManualClock()
    const journal = createMemoryJournal()
    const first = openCaller({ ...OPTIONS, faults: "off", journal }, clock)
    for (const { iccid } of [...first.simulator.state].slice(100, 180)) {
      clock.pass(1)
      await first.put(iccid, { deviceID: "x" })
    }
    const second = openCaller({ ...OPTIONS, faults: "off", journal: createMemoryJournal(journal.lines) }, clock)
    for (let page = 1; page <= 10; page++) {
      expect((await second.get(searchPath(page))).text).toBe((await first.get(searchPath(page))).text)
    }
  })

  it("does not let a drift step happen twice", async () => {
    const clock = createManualClock()
    const journal = createMemoryJournal()
    const readAll = async (caller: Caller) => {
      for (let page = 1; page <= 10; page++) await caller.get(searchPath(page)).catch(() => undefined)
    }
    await readAll(openCaller({ ...OPTIONS, journal }, clock))
    const after = openCaller({ ...OPTIONS, journal: createMemoryJournal(journal.lines) }, clock)
    const { drifted } = after.simulator.stats.injected
    expect(drifted).toBe(6)
    await readAll(after)
    expect(after.simulator.stats.injected.drifted).toBe(drifted)
  })

  it("remembers a write that was still late when the simulator was killed", async () => {
    const clock = createManualClock()
    const journal = createMemoryJournal()
    const faults = { rules: [{ fault: "lateRead" }] } as const
    const first = openCaller({ devices: 50, faults, journal }, clock)
    const [device] = [...first.simulator.state]
    await first.put(device!.iccid, { deviceID: "pump" })
    const second = openCaller({ devices: 50, faults, journal: createMemoryJournal(journal.lines) }, clock)
    expect((await second.get(`/devices/${device!.iccid}`)).json().deviceID).toBe("pump")
  })

  it("keeps the fleet's dates, whenever the simulator is started again", () => {
    const journal = createMemoryJournal()
    const early = createSimulator({ devices: 20, journal, clock: createManualClock(1_000_000) })
    const late = createSimulator({ devices: 20, journal: createMemoryJournal(journal.lines) })
    expect([...late.state]).toEqual([...early.state])
  })

  it("remembers acts, messages, jumps of the clock and a revoked key", async () => {
    const clock = createManualClock()
    const journal = createMemoryJournal()
    const rules = [{ fault: "keyRevoked", on: "echo" }] as const
    const first = openCaller({ devices: 50, journal, faults: { rules } }, clock)
    const [one, two, three] = [...first.simulator.state]
    first.simulator.operator.leave(one!.iccid)
    first.simulator.operator.change(two!.iccid, { status: "RETIRED" })
    const entered = first.simulator.operator.enter(three!.dateUpdated)
    await first.post(`/devices/${two!.iccid}/smsMessages`, JSON.stringify({ messageText: "hello" }))
    await first.put(two!.iccid, { deviceID: "soon", effectiveDate: "2026-03-12" })
    first.simulator.clock.jump(3 * 86_400_000)

    const second = openCaller({ devices: 50, journal: createMemoryJournal(journal.lines), faults: { rules } }, clock)
    expect(second.simulator.clock.now()).toBe(first.simulator.clock.now())
    expect([...second.simulator.state]).toEqual([...first.simulator.state])
    expect(second.simulator.state.get(entered)).toBeDefined()
    expect((await second.get("/smsMessages/700001")).json().messageText).toBe("hello")
    expect((await second.get(`/devices/${two!.iccid}`)).json().deviceID).toBe("soon")
    expect((await second.get("/echo/hi")).status).toBe(401)
    const third = openCaller({ devices: 50, journal: createMemoryJournal(journal.lines), faults: { rules } }, clock)
    expect((await third.get(`/devices/${two!.iccid}`)).status).toBe(401)
  })

  it("refuses the journal of another fleet", () => {
    const journal = createMemoryJournal()
    createSimulator({ devices: 20, seed: 1, journal })
    const open = (options: { devices: number; seed: number }) =>
      createSimulator({ ...options, journal: createMemoryJournal(journal.lines) })
    expect(() => open({ devices: 20, seed: 2 })).toThrow(
      "Cannot replay the simulator journal: it belongs to a fleet with seed 1, got 2",
    )
    expect(() => open({ devices: 21, seed: 1 })).toThrow("with devices 20, got 21")
    expect(() => createSimulator({ journal: createMemoryJournal(['{"type":"fault"}']) })).toThrow("first line")
  })
})
