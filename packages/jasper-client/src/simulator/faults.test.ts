import { describe, expect, it } from "vitest"
import type { FaultPlan } from "./fault-plan.ts"
import { createFaultSchedule } from "./fault-schedule.ts"
import { openCaller, searchPath, type Caller } from "./testing/caller.ts"

/** Calls until the answer is one, as a client that repeats itself would. */
async function insist(caller: Caller, attempt: () => Promise<{ status: number; json(): any }>) {
  for (;;) {
    caller.clock.pass(10)
    const answer = await attempt().catch(() => undefined)
    if (answer?.status === 200) return answer.json()
  }
}

/** A pipeline in small: a sync, usage, and one hundred plan changes with their read-backs. */
async function runPipeline(caller: Caller, puts: number): Promise<void> {
  const { simulator } = caller
  const pages = Math.ceil(simulator.state.size / 50)
  for (let page = pages; page >= 1; page--) await insist(caller, () => caller.get(searchPath(page)))
  let left = puts
  for (const { iccid } of simulator.state) {
    if (left-- === 0) break
    caller.clock.pass(10)
    await caller.put(iccid, { ratePlan: "Flex 900MB" }).catch(() => undefined)
    await insist(caller, () => caller.get(`/devices/${iccid}`))
  }
}

describe('faults: "default"', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("strikes with every kind in one small pipeline run (seed %i)", async (seed) => {
    const caller = openCaller({ seed, devices: 2_000, faults: "default" })
    await runPipeline(caller, 100)
    const { refused, slowAnswers, brokenAnswers, ...expected } = caller.simulator.stats.injected
    expect([refused, slowAnswers, brokenAnswers]).toEqual([0, 0, 0])
    const counts = Object.entries(expected)
    expect(counts.filter(([, count]) => count === 0)).toEqual([])
    // No flood either: the run is about 250 calls long.
    for (const [kind, count] of counts) expect([kind, count < 15]).toEqual([kind, true])
  })

  it("makes one silent no-op in forty writes, then one in two hundred", async () => {
    const caller = openCaller({ seed: 3, devices: 2_000, faults: "default" })
    await runPipeline(caller, 640)
    const noOps = caller.simulator.writes.filter((write) => write.effect === "none")
    expect(noOps.length).toBe(caller.simulator.stats.injected.silentNoOps)
    expect(noOps[0]!.seq).toBeLessThanOrEqual(40)
    expect(noOps.length).toBeGreaterThanOrEqual(3)
    expect(noOps.length).toBeLessThanOrEqual(5)
  })

  it("moves a few SIMs while the list is read, mostly without touching status or plans", async () => {
    const caller = openCaller({ seed: 5, devices: 20_000, faults: "default" })
    const before = new Map([...caller.simulator.state].map((device) => [device.iccid, device]))
    for (let page = 400; page >= 1; page--) await insist(caller, () => caller.get(searchPath(page)))
    const { drifted } = caller.simulator.stats.injected
    expect(drifted).toBe(50)
    const moved = [...caller.simulator.state].filter(
      (device) => device.dateUpdated !== before.get(device.iccid)!.dateUpdated,
    )
    const changedStatus = moved.filter((device) => device.status !== before.get(device.iccid)!.status)
    expect(moved.length).toBeGreaterThan(45)
    expect(changedStatus.length).toBe(8)
    expect(moved.every((device) => device.ratePlan === before.get(device.iccid)!.ratePlan)).toBe(true)
  })
})

/** What a fault does to one PUT on the first SIM. */
async function strikeOnce(fault: FaultPlan["rules"][number]["fault"]) {
  const caller = openCaller({ faults: { rules: [{ fault, on: "editDevice", nth: 1 }] } })
  const [device] = [...caller.simulator.state]
  const target = device!.ratePlan === "Flex 60MB" ? "Flex 8MB" : "Flex 60MB"
  const answer = await caller.put(device!.iccid, { ratePlan: target }).catch((error: unknown) => error as TypeError)
  const isApplied = caller.simulator.state.get(device!.iccid)!.ratePlan === target
  return { caller, iccid: device!.iccid, before: device!.ratePlan, target, answer, isApplied }
}

describe("fault switches", () => {
  it.each([
    ["throttle429", 429, "40000029"],
    ["throttle400", 400, "40000029"],
    ["serverError", 500, "30000001"],
  ] as const)("%s answers %i with %s and changes nothing", async (fault, status, code) => {
    const { answer, isApplied } = await strikeOnce(fault)
    if (answer instanceof Error) throw answer
    expect([answer.status, answer.json().errorCode]).toEqual([status, code])
    expect(isApplied).toBe(false)
  })

  it("gatewayError answers 503 in HTML and changes nothing", async () => {
    const { answer, isApplied } = await strikeOnce("gatewayError")
    if (answer instanceof Error) throw answer
    expect([answer.status, answer.text.startsWith("<!doctype html>")]).toEqual([503, true])
    expect(isApplied).toBe(false)
  })

  it("drop breaks the connection before the effect, lostReply after it", async () => {
    const drop = await strikeOnce("drop")
    expect(drop.answer).toBeInstanceOf(TypeError)
    expect(drop.isApplied).toBe(false)
    expect(drop.caller.simulator.writes).toEqual([])
    const lost = await strikeOnce("lostReply")
    expect(lost.answer).toBeInstanceOf(TypeError)
    expect(lost.isApplied).toBe(true)
    expect(lost.caller.simulator.writes).toHaveLength(1)
  })

  it("silentNoOp answers 200, changes nothing, and says so in the journal", async () => {
    const { answer, isApplied, caller } = await strikeOnce("silentNoOp")
    if (answer instanceof Error) throw answer
    expect(answer.status).toBe(200)
    expect(isApplied).toBe(false)
    expect(caller.simulator.writes).toMatchObject([{ effect: "none" }])
  })

  it("lateRead shows the old value in every read for up to 200 ms", async () => {
    const { caller, iccid, before, target, isApplied } = await strikeOnce("lateRead")
    expect(isApplied).toBe(true)
    const shown = async () => (await caller.get(`/devices/${iccid}`)).json().ratePlan
    const listed = async () => (await caller.get(searchPath(1, "&pageSize=1"))).json().devices[0]
    expect(await shown()).toBe(before)
    expect(await listed()).toMatchObject({ iccid, ratePlan: before })
    caller.clock.pass(200)
    expect(await shown()).toBe(target)
    expect((await listed()).iccid).not.toBe(iccid)
  })

  it("can be told: the third call after page 10 drops its reply after taking effect", async () => {
    const caller = openCaller({ devices: 1_000, faults: { rules: [{ fault: "lostReply", afterPage: 10, nth: 3 }] } })
    const dropped: number[] = []
    for (let page = 1; page <= 20; page++) await caller.get(searchPath(page)).catch(() => dropped.push(page))
    // Page 11 is the first call beyond page 10.
    expect(dropped).toEqual([13])
  })
})

describe("createFaultSchedule()", () => {
  const strikes = (seed: number, rule: FaultPlan["rules"][number], calls: number) => {
    const schedule = createFaultSchedule(seed, [rule])
    return Array.from({ length: calls }, (_, i) => (schedule.due("before", "echo") ? i + 1 : 0)).filter((i) => i > 0)
  }

  it("strikes once in the short first run and once in each run after it", () => {
    for (let seed = 0; seed < 50; seed++) {
      const at = strikes(seed, { fault: "drop", oncePer: 100, first: 10 }, 310)
      expect(at).toHaveLength(4)
      expect(at[0]).toBeLessThanOrEqual(10)
      for (const run of [1, 2, 3]) {
        expect(at[run]).toBeGreaterThan(10 + (run - 1) * 100)
        expect(at[run]).toBeLessThanOrEqual(10 + run * 100)
      }
    }
  })

  it("stops at the limit, and goes by chance where asked", () => {
    expect(strikes(1, { fault: "drop", limit: 2 }, 10)).toEqual([1, 2])
    const byChance = strikes(1, { fault: "drop", chance: 0.1 }, 5_000).length
    expect(byChance).toBeGreaterThan(400)
    expect(byChance).toBeLessThan(600)
  })

  it.each([
    [{ fault: "explode" as "drop" }, '"explode" is no fault switch'],
    [{ fault: "drop", oncePer: 0 }, "oncePer of drop must be an integer from 1, got 0"],
    [{ fault: "drop", chance: 2 }, "chance of drop must be 0 to 1, got 2"],
  ] as const)("refuses %o", (rule, message) => {
    expect(() => createFaultSchedule(1, [rule])).toThrow(`Cannot plan faults: ${message}`)
  })

  it("lets a fault that lost a call to another one have the next", () => {
    const schedule = createFaultSchedule(1, [
      { fault: "drop", nth: 1 },
      { fault: "serverError", nth: 1 },
    ])
    const struck = [1, 2, 3].map(() => schedule.due("before", "echo")?.fault)
    expect(struck).toEqual(["drop", "serverError", undefined])
  })
})
