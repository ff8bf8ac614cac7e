import { describe, expect, test, vi } from "vitest"
import { FleetModel } from "../../test/fleet-model.ts"
import { judgeScan } from "../../test/scan-judge.ts"
import { planSync } from "./plan-sync.ts"

// Machines differ, and so do their neighbours: none of these tests is about speed.
vi.setConfig({ testTimeout: 60_000 })

describe("planSync", () => {
  test.each([0, 1, 50, 51, 1_000, 3_333, 20_000])(
    "foresees the calls of a scan of %i still devices",
    async (devices) => {
      for (const stitch of [false, true]) {
        const { calls } = await judgeScan(new FleetModel({ devices }), { stitch })
        const plan = planSync({ devices, stitch })
        expect(Math.abs(plan.parts.scan - calls)).toBeLessThanOrEqual(Math.max(6, calls * 0.05))
        expect(calls).toBeLessThanOrEqual(plan.callsAtMost)
      }
    },
  )

  test("adds up the parts and the minutes", () => {
    const budget = planSync({ devices: 20_000, ratePlans: 8, versionsPerPlan: 2, details: 100, cycleUsages: 10 })
    expect(budget.parts).toMatchObject({ ratePlans: 1, usage: 416, details: 100, cycleUsages: 10 })
    expect(budget.calls).toBe(Object.values(budget.parts).reduce((sum, part) => sum + part, 0))
    expect(budget.minutes).toBeCloseTo(budget.calls / 300)
    expect(budget.callsAtMost).toBeGreaterThan(budget.calls)
  })

  test.each([{ devices: -1 }, { devices: 1, callsPerSecond: 0 }, { devices: 1, details: Number.NaN }])(
    "refuses %j",
    (plan) => {
      expect(() => planSync(plan)).toThrow(RangeError)
    },
  )
})
