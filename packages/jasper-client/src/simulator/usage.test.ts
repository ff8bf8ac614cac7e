import { describe, expect, it } from "vitest"
import { type Caller, createManualClock, openCaller } from "./testing/caller.ts"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const growing = { usage: "growing" } as const

/** The usage of one SIM on one plan, over pages and zones. */
async function usageOnPlan({ get }: Caller, ratePlan: string, iccid: string, more = ""): Promise<number> {
  let sum = 0
  for (let pageNumber = 1; ; pageNumber++) {
    const path = `/usages?ratePlanName=${encodeURIComponent(ratePlan)}&pageNumber=${pageNumber}${more}`
    const page = (await get(path)).json()
    for (const zone of page.zones) {
      for (const row of zone.devices) if (row.deviceId === iccid) sum += row.usage.dataUsage
    }
    if (page.lastPage) return sum
  }
}

async function cycleToDate({ get }: Caller, iccid: string): Promise<number> {
  return (await get(`/devices/${iccid}/ctdUsages`)).json().ctdDataUsage
}

/** The SIM with the most usage, so that no rounding hides anything. */
function heaviest({ simulator }: Caller) {
  return [...simulator.state].reduce((a, b) => (b.usageBytes > a.usageBytes ? b : a))
}

describe("usage that grows", () => {
  it("never shrinks within a cycle, arrives late, and starts again with the next", async () => {
    const caller = openCaller({ modes: growing }, createManualClock(Date.UTC(2026, 2, 1, 12)))
    const { iccid } = heaviest(caller)
    let before = await cycleToDate(caller, iccid)
    for (let day = 0; day < 30; day++) {
      caller.clock.pass(DAY_MS)
      const now = await cycleToDate(caller, iccid)
      expect(now).toBeGreaterThan(before)
      before = now
    }
    caller.simulator.clock.jumpToCycleEnd()
    expect(await cycleToDate(caller, iccid)).toBe(0)
    const closed = async () => {
      const path = `/devices/${iccid}/usageInZone?cycleStartDate=2026-03-01Z`
      const rows = Object.values((await caller.get(path)).json().deviceCycleUsageInZones).flat() as any[]
      return rows.reduce((sum, row) => sum + row.dataUsage, 0)
    }
    // What was used in the last hours arrives in the closed cycle only.
    const atTheEnd = await closed()
    caller.clock.pass(6 * HOUR_MS)
    const settled = await closed()
    expect(settled).toBeGreaterThan(atTheEnd)
    caller.clock.pass(20 * DAY_MS)
    expect(await closed()).toBe(settled)
  })

  it("stays on the plan on which it was made when the SIM moves, and on both adds up", async () => {
    const caller = openCaller({ modes: growing }, createManualClock(Date.UTC(2026, 2, 10)))
    const { iccid, ratePlan } = heaviest(caller)
    const target = ratePlan === "Flex 60MB" ? "Flex 8MB" : "Flex 60MB"
    await caller.put(iccid, { ratePlan: target })
    caller.clock.pass(10 * DAY_MS)
    const [old, next] = [await usageOnPlan(caller, ratePlan, iccid), await usageOnPlan(caller, target, iccid)]
    expect(Math.min(old, next)).toBeGreaterThan(0)
    expect(old + next).toBe(await cycleToDate(caller, iccid))
    const zones = (await caller.get(`/devices/${iccid}/usageInZone`)).json().deviceCycleUsageInZones
    expect(Object.keys(zones)).toEqual([`${ratePlan}, 1`, `${target}, 1`])
  })

  it("stops when a SIM is deactivated", async () => {
    const caller = openCaller({ modes: growing }, createManualClock(Date.UTC(2026, 2, 10)))
    const { iccid } = heaviest(caller)
    await caller.put(iccid, { status: "DEACTIVATED" })
    caller.clock.pass(6 * HOUR_MS)
    const stopped = await cycleToDate(caller, iccid)
    caller.clock.pass(10 * DAY_MS)
    expect(await cycleToDate(caller, iccid)).toBe(stopped)
  })

  it("lets SIMs in test run out of quota, and ready ones activate themselves", async () => {
    const start = Date.UTC(2026, 2, 1)
    const caller = openCaller({ devices: 2_000, asOf: start, modes: growing }, createManualClock(start))
    const early = [...caller.simulator.state].filter(({ status }) => /TEST_READY|ACTIVATION_READY/.test(status))
    expect(early.length).toBeGreaterThan(10)
    const statusesOf = () => early.map(({ iccid }) => caller.simulator.state.get(iccid)?.status)
    caller.clock.pass(90 * DAY_MS)
    expect(statusesOf()).not.toContain("TEST_READY")
    expect(statusesOf()).toContain("ACTIVATION_READY")
    caller.clock.pass(401 * DAY_MS)
    expect(new Set(statusesOf())).toEqual(new Set(["ACTIVATED"]))
    const trail = (await caller.get(`/devices/${early[0]!.iccid}/auditTrails?daysOfHistory=365`)).json()
    expect(trail.deviceAuditTrails.at(0)).toMatchObject({ field: "SIM Status", value: "Activated" })
  })
})

describe("usage that is simply there", () => {
  it("is the same on every day, and stays on the plan that the seed gave", async () => {
    const caller = openCaller({})
    const { iccid, ratePlan, usageBytes } = heaviest(caller)
    await caller.put(iccid, { ratePlan: ratePlan === "Flex 60MB" ? "Flex 8MB" : "Flex 60MB" })
    caller.clock.pass(25 * DAY_MS)
    expect(await cycleToDate(caller, iccid)).toBe(usageBytes)
    expect(await usageOnPlan(caller, ratePlan, iccid)).toBe(usageBytes)
    expect(await usageOnPlan(caller, ratePlan, iccid, "&usageType=DATA")).toBe(usageBytes)
  })
})
