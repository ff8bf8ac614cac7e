import { describe, expect, test } from "vitest"
import { bound, type Multipliers, type Problem, solveSync, verify } from "../src/mod.ts"
import { bruteForce } from "./brute-force.ts"
import { makeProblem, randomFrom } from "./make-problem.ts"

const none: Multipliers = { pools: {}, max: {}, min: {} }

/** Legal multipliers at random. */
function randomMultipliers(problem: Problem, seed: number): Multipliers {
  const random = randomFrom(seed)
  const pick = (most: number): string => (random() < 0.2 ? "0" : (most * random()).toFixed(9))
  return {
    pools: Object.fromEntries(
      (problem.pools ?? []).map((p) => [p.id, pick((0.999 * p.overageCost) / (p.overageBlock || 1))]),
    ),
    max: Object.fromEntries(problem.plans.flatMap((p) => (p.maxSims == null ? [] : [[p.id, pick(1e6)]]))),
    min: Object.fromEntries(problem.plans.flatMap((p) => (p.minSims ? [[p.id, pick(1e6)]] : []))),
  }
}

/** `verify`'s own computation of the bound, which shares no code with `bound`. */
function verifiedBound(problem: Problem, multipliers: Multipliers): bigint | null {
  const assignment = Array.from(problem.sims.usage, () => 0)
  const base = { version: 1, status: "bounded", cost: "0", lowerBound: "0", gap: 0, currentCost: null } as const
  return verify(problem, { ...base, assignment, multipliers, truncated: false, conflicts: [] }).lowerBound
}

describe("bound()", () => {
  test("is worked out by hand", () => {
    const problem: Problem = {
      cycleDays: 30,
      plans: [
        { id: "A", monthly: 100, included: 10, pool: "p" },
        { id: "B", monthly: 300, included: 500, pool: "p", maxSims: 1, minSims: 1 },
      ],
      pools: [{ id: "p", overageCost: 3, overageBlock: 2 }],
      sims: { usage: [0, 200] },
    }
    // At 0.5 per KB: A costs 95 and 195, B 50 and 150.
    expect(bound(problem, { ...none, pools: { p: "0.5" } }).lowerBound).toBe(200n)
    // With a place on B worth 100: B costs 150 and 250, so A is taken twice, less the one place there is.
    expect(bound(problem, { ...none, pools: { p: "0.5" }, max: { B: "100" } }).lowerBound).toBe(190n)
    // With a SIM on B asked for at 20: B costs 30 and 130, and the asking is paid for once.
    expect(bound(problem, { ...none, pools: { p: "0.5" }, min: { B: "20" } }).lowerBound).toBe(180n)
    expect(bound(problem, { ...none, pools: { p: "0.1" } })).toMatchObject({
      scaled: 218n * 10n ** 18n,
      lowerBound: 218n,
      leastCost: 218n,
      scale: 10n ** 18n,
    })
  })

  test("agrees with the independent computation on random problems and multipliers", () => {
    for (let seed = 1; seed <= 120; seed++) {
      const problem = makeProblem({
        seed,
        sims: 40,
        plans: 2 + (seed % 5),
        pools: 1 + (seed % 3),
        alone: seed % 3 === 0 ? 0.5 : 0,
        commPlans: seed % 4 === 0 ? 3 : 0,
        prorated: 0.4,
        sms: seed % 5 === 0,
        changeCost: seed % 2 ? 0 : 99_999,
        limits: seed % 3 === 1,
        rounding: seed % 7 < 4 ? "exact" : "block",
        block: [1024, 1000, 7, 1_048_576][seed % 4]!,
        coarse: seed % 6 === 0,
      })
      const multipliers = randomMultipliers(problem, seed)
      expect(bound(problem, multipliers).lowerBound, `seed ${seed}`).toBe(verifiedBound(problem, multipliers))
    }
  })

  test("never exceeds the cheapest assignment, whatever the multipliers", () => {
    for (let seed = 1; seed <= 80; seed++) {
      const made = {
        seed,
        sims: 5,
        plans: 3,
        pools: 2,
        alone: seed % 2 ? 0.3 : 0,
        limits: seed % 3 === 0,
        prorated: 0.5,
      }
      const problem = makeProblem({ ...made, block: seed % 2 ? 1000 : 3 })
      const best = bruteForce(problem)
      if (best === null) continue
      for (let k = 0; k < 5; k++) {
        const found = bound(problem, randomMultipliers(problem, 10 * seed + k))
        expect(found.lowerBound <= best && found.leastCost <= best, `seed ${seed}`).toBe(true)
      }
      const ceiling = Object.fromEntries(
        problem.pools!.map((pool) => [
          pool.id,
          String((10n ** 18n * BigInt(pool.overageCost)) / BigInt(pool.overageBlock!))
            .padStart(19, "0")
            .replace(/(\d{18})$/, ".$1"),
        ]),
      )
      expect(bound(problem, { ...none, pools: ceiling }).leastCost <= best, `seed ${seed} at the ceiling`).toBe(true)
    }
  })

  test("stays exact far beyond what doubles hold", () => {
    const huge = Number.MAX_SAFE_INTEGER
    const problem: Problem = {
      cycleDays: 31,
      plans: [
        { id: "A", monthly: huge, included: 3, overageCost: huge, overageBlock: 7, smsCost: huge },
        { id: "B", monthly: huge - 2, included: huge, pool: "p", smsIncluded: 1, smsCost: huge },
      ],
      pools: [{ id: "p", overageCost: huge, overageBlock: 5 }],
      sims: { usage: [huge, huge - 5, 12], days: [31, 12, 1], sms: [huge, 3, 2] },
    }
    const multipliers = { ...none, pools: { p: "123456789.123456789123456789" } }
    expect(bound(problem, multipliers).lowerBound).toBe(verifiedBound(problem, multipliers))
  })

  test("refuses multipliers out of their range", () => {
    const problem = makeProblem({ seed: 1, sims: 3, plans: 2 })
    for (const value of ["-1", "488.2812500001", "x", ""]) {
      expect(() => bound(problem, { ...none, pools: { pool0: value } }), value).toThrow("multipliers.pools.pool0")
    }
    expect(() => bound(problem, { ...none, max: { P0: "1" } })).toThrow("multipliers.max.P0")
    expect(() => bound(problem, { ...none, min: { P1: "1" } })).toThrow("multipliers.min.P1")
    expect(bound(problem, { ...none, pools: { pool0: "4.8828125e2", pool1: "1e-3" } }).lowerBound).toBeTypeOf("bigint")
  })
})

describe("verify()", () => {
  test("finds every kind of lie", () => {
    const problem = makeProblem({ seed: 9, sims: 30, plans: 4, commPlans: 3, changeCost: 5 })
    const result = solveSync(problem)
    if (result.status === "infeasible") throw new Error("feasible")
    expect(verify(problem, result)).toMatchObject({ isValid: true, errors: [] })
    const lies: object[] = [
      { cost: String(BigInt(result.cost) - 1n) },
      { lowerBound: String(BigInt(result.lowerBound) + 1n) },
      { gap: result.gap + 1e-6 },
      { currentCost: "1" },
      { assignment: result.assignment.slice(1) },
      { assignment: result.assignment.with(0, 9) },
      { assignment: result.assignment.map(() => 0) },
      { multipliers: { ...result.multipliers, pools: { ...result.multipliers.pools, pool0: "9999" } } },
      { multipliers: { ...result.multipliers, max: { P0: "1" } } },
      { status: "infeasible", conflicts: [] },
    ]
    for (const lie of lies)
      expect(verify(problem, { ...result, ...lie } as never).isValid, JSON.stringify(lie)).toBe(false)
  })
})
