import { describe, expect, test } from "vitest"
import { type Problem, price } from "../src/mod.ts"
import { makeProblem, randomFrom } from "./make-problem.ts"
import { reference } from "./reference.ts"

describe("price()", () => {
  test("splits a bill worked out by hand", () => {
    const problem: Problem = {
      cycleDays: 30,
      changeCost: 11,
      plans: [
        { id: "A", monthly: 101, included: 90, pool: "p", smsIncluded: 2, smsCost: 5 },
        { id: "B", monthly: 200, included: 10, overageCost: 7, overageBlock: 4, overageRounding: "block" },
        { id: "C", monthly: 33, included: 10, overageCost: 7, overageBlock: 4 },
      ],
      pools: [{ id: "p", overageCost: 3, overageBlock: 2 }],
      sims: { usage: [100, 46, 19, 19], days: [30, 15, 30, 30], sms: [5, 0, 9, 0], currentPlan: [0, 1, 1, -1] },
    }
    // Pool: 100 - 90 + 46 - 45 = 11 KB at 3 per 2 KB = 16.5, rounded up. B: 9 KB, 3 blocks. C: 9 KB x 7 / 4 = 15.75.
    expect(price(problem, [0, 0, 1, 2])).toEqual({
      total: 101n + 51n + 200n + 33n + 17n + 21n + 16n + 15n + 11n,
      monthly: 385n,
      overage: 54n,
      sms: 15n,
      change: 11n,
      pools: [{ id: "p", netUsage: 11n, overage: 17n }],
      plans: [
        { id: "A", simCount: 2, monthly: 152n, overage: 0n, sms: 15n },
        { id: "B", simCount: 1, monthly: 200n, overage: 21n, sms: 0n },
        { id: "C", simCount: 1, monthly: 33n, overage: 16n, sms: 0n },
      ],
    })
  })

  test("a pool with allowance left over costs nothing and says how much is left", () => {
    const problem: Problem = {
      cycleDays: 30,
      plans: [{ id: "A", monthly: 0, included: 100, pool: "p" }],
      pools: [{ id: "p", overageCost: 3, overageBlock: 2, overageRounding: "block" }],
      sims: { usage: [1, 2] },
    }
    expect(price(problem, [0, 0])).toMatchObject({ total: 0n, pools: [{ netUsage: -197n, overage: 0n }] })
  })

  test("agrees with the words of the format on random problems", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomFrom(seed + 1000)
      const problem = makeProblem({
        seed,
        sims: 50,
        plans: 5,
        pools: 1 + (seed % 4),
        alone: 0.4,
        prorated: 0.5,
        sms: true,
        changeCost: 77_777,
        rounding: seed % 2 ? "exact" : "block",
        block: 1000 + seed,
      })
      const assignment = Array.from({ length: 50 }, () => Math.floor(random() * 5))
      expect(price(problem, assignment).total).toBe(reference(problem, assignment).cost)
    }
  })

  test("stays exact far beyond what doubles hold", () => {
    const huge = Number.MAX_SAFE_INTEGER
    const problem: Problem = {
      cycleDays: huge,
      changeCost: huge,
      plans: [
        { id: "A", monthly: huge, included: 3, overageCost: huge, overageBlock: 7, smsCost: huge },
        { id: "B", monthly: huge - 2, included: huge, pool: "p", smsIncluded: 1, smsCost: huge },
      ],
      pools: [{ id: "p", overageCost: huge, overageBlock: 5 }],
      sims: { usage: [huge, huge, huge], days: [huge - 1, 12345, huge], sms: [huge, huge, 2], currentPlan: [1, 0, 0] },
    }
    for (const assignment of [
      [0, 1, 1],
      [1, 1, 1],
      [0, 0, 0],
    ]) {
      expect(price(problem, assignment).total).toBe(reference(problem, assignment).cost)
    }
  })

  test("charges started blocks, and nothing for exactly the allowance", () => {
    const rate = { overageCost: 7, overageBlock: 4, overageRounding: "block" } as const
    for (const [excess, blocks] of [
      [-1, 0],
      [0, 0],
      [1, 1],
      [4, 1],
      [5, 2],
      [8, 2],
      [9, 3],
    ] as const) {
      const sims = { usage: [10 + excess] }
      const alone: Problem = { cycleDays: 30, plans: [{ id: "A", monthly: 0, included: 10, ...rate }], sims }
      const pooled: Problem = {
        cycleDays: 30,
        plans: [{ id: "A", monthly: 0, included: 10, pool: "p" }],
        pools: [{ id: "p", ...rate }],
        sims,
      }
      expect(price(alone, [0]).overage, `${excess} KB above`).toBe(BigInt(7 * blocks))
      expect(price(pooled, [0]).overage, `${excess} KB above, in a pool`).toBe(BigInt(7 * blocks))
    }
  })

  test("counts SMS above what is included, and a plan without SIMs as nothing", () => {
    const plans = [
      { id: "A", monthly: 3, included: 0, smsIncluded: 2, smsCost: 5 },
      { id: "B", monthly: 4, included: 0 },
    ]
    const problem: Problem = { cycleDays: 30, plans, sims: { usage: [0, 0, 0], sms: [1, 2, 3] } }
    expect(price(problem, [0, 0, 0])).toMatchObject({ total: 14n, sms: 5n, plans: [{ sms: 5n }, { simCount: 0 }] })
  })

  test("refuses what is no problem, and what is no assignment of it", () => {
    const problem: Problem = { cycleDays: 30, plans: [{ id: "A", monthly: 3, included: 0 }], sims: { usage: [0, 1] } }
    expect(() => price({ ...problem, cycleDays: 0 }, [0, 0])).toThrow("cycleDays")
    expect(() => price(problem, [0])).toThrow("assignment")
    expect(() => price(problem, [0, 1])).toThrow("assignment[1]")
  })
})
