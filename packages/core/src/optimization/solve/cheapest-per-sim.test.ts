import type { Problem } from "@altaworx/optimizer"
import { describe, expect, it } from "vitest"
import { cheapestPerSim } from "./cheapest-per-sim.ts"

const problem = (
  usage: readonly number[],
  currentPlan: readonly number[],
  commPlan: readonly number[],
  sms?: number[],
): Problem => ({
  cycleDays: 30,
  plans: [
    { id: "small", monthly: 100, included: 10, overageCost: 7, overageBlock: 1 },
    {
      id: "blocks",
      monthly: 150,
      included: 10,
      overageCost: 50,
      overageBlock: 100,
      overageRounding: "block",
      smsCost: 10,
    },
    { id: "pooled", monthly: 160, included: 30, pool: "P", smsIncluded: 5 },
  ],
  pools: [{ id: "P", overageCost: 2, overageBlock: 1 }],
  commPlans: [
    { id: "all", plans: ["small", "blocks", "pooled"] },
    { id: "one", plans: ["pooled"] },
  ],
  sims: { usage, currentPlan, commPlan, ...(sms && { sms }) },
})

describe("cheapestPerSim()", () => {
  it.each([
    // usage 10: 100 | 150 | 160.  usage 18: 156 | 200 | 160.  usage 19: 163 | 200 | 160.  usage 60: 450 | 200 | 220.
    [
      [10, 18, 19, 60],
      [0, 0, 2, 1],
    ],
  ])("takes the plan that costs least alone, overage and pool terms included", (usage, expected) => {
    expect([...cheapestPerSim(problem(usage, [2, 2, 0, 0], [0, 0, 0, 0]))]).toEqual(expected)
  })

  it("counts SMS, and permits only what is permitted", () => {
    expect([...cheapestPerSim(problem([60, 60, 0], [0, 0, 0], [0, 0, 1], [1, 3, 0]))]).toEqual([1, 2, 2])
  })

  it("stays where nothing is cheaper", () => {
    const alike = { ...problem([5, 5], [1, 0], [0, 0]), commPlans: [{ id: "all", plans: ["a", "b"] }] }
    const plans = ["a", "b"].map((id) => ({ id, monthly: 1, included: 1 }))
    expect([...cheapestPerSim({ ...alike, plans })]).toEqual([1, 0])
  })
})
