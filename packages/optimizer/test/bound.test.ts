import { describe, expect, test } from "vitest"
import { bound, type Multipliers, type Problem, solveSync, verify } from "../src/mod.ts"
import { bruteForce } from "./brute-force.ts"
import { makeProblem, randomFrom } from "./make-problem.ts"
import { reference } from "./reference.ts"

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

/** The value of the relaxation from the words of the documentation: for each SIM the least over its plans, scaled by 10^18. */
function scaledValue(problem: Problem, multipliers: Multipliers): bigint {
  const scaled = (text = "0"): bigint => {
    const [whole = "", part = ""] = text.split(".")
    return BigInt(whole + part.padEnd(18, "0").slice(0, 18))
  }
  const { sims, plans, cycleDays } = problem
  const lone = (i: number): Problem => ({
    ...problem,
    plans: plans.map((plan) => ({ ...plan, minSims: 0, maxSims: null })),
    sims: Object.fromEntries(Object.entries(sims).map(([key, column]) => [key, [column[i]]])) as never,
  })
  let value = 0n
  for (const plan of plans) {
    value += scaled(multipliers.min[plan.id]) * BigInt(plan.minSims ?? 0)
    value -= scaled(multipliers.max[plan.id]) * BigInt(plan.maxSims ?? 0)
  }
  for (let i = 0; i < sims.usage.length; i++) {
    let least: bigint | null = null
    plans.forEach((plan, j) => {
      const { cost, isPermitted } = reference({ ...lone(i), pools: [] }, [j])
      if (!isPermitted) return
      const allowance = (BigInt(plan.included) * BigInt(sims.days ? sims.days[i]! : cycleDays)) / BigInt(cycleDays)
      let worth = cost * 10n ** 18n + scaled(multipliers.max[plan.id]) - scaled(multipliers.min[plan.id])
      if (plan.pool != null) worth += scaled(multipliers.pools[plan.pool]) * (BigInt(sims.usage[i]!) - allowance)
      if (least === null || worth < least) least = worth
    })
    value += least ?? 0n
  }
  return value
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
      const { lowerBound, scaled } = bound(problem, multipliers)
      expect(lowerBound, `seed ${seed}`).toBe(verifiedBound(problem, multipliers))
      expect(scaled, `seed ${seed}`).toBe(scaledValue(problem, multipliers))
    }
  })

  test("tells apart what differs by less than doubles can tell", () => {
    const plans = [
      { id: "A", monthly: 1_000_000, included: 0, pool: "p" },
      { id: "B", monthly: 1_000_003, included: 5 },
      { id: "C", monthly: 2_000_000, included: 100, overageCost: 1, overageBlock: 2 },
    ]
    const pools = [{ id: "p", overageCost: 9, overageBlock: 1 }]
    const problem: Problem = { cycleDays: 30, plans, pools, sims: { usage: [1, 2, 3, 4, 5, 6, 7, 9] } }
    for (const pool of [
      "0.6",
      "0.75",
      "1",
      "1.5",
      "3",
      "0.999999999999999999",
      "1.000000000000000001",
      "0.428571428571428571",
    ]) {
      const multipliers = { ...none, pools: { p: pool } }
      expect(bound(problem, multipliers).scaled, pool).toBe(scaledValue(problem, multipliers))
    }
  })

  test("takes limited plans that stand alone at their worth, and SIMs without a plan at nothing", () => {
    const plans = [
      { id: "A", monthly: 100, included: 0, pool: "p", smsIncluded: 1, smsCost: 7 },
      { id: "B", monthly: 60, included: 5, overageCost: 3, overageBlock: 2, minSims: 1, maxSims: 2, smsCost: 2 },
      { id: "C", monthly: 75, included: 50, smsIncluded: 3, smsCost: 40 },
    ]
    const commPlans = [
      { id: "all", plans: ["A", "B", "C"] },
      { id: "alone", plans: ["B", "C"] },
      { id: "none", plans: [] },
    ]
    const problem: Problem = {
      cycleDays: 30,
      changeCost: 11,
      plans,
      pools: [{ id: "p", overageCost: 5, overageBlock: 1 }],
      commPlans,
      sims: {
        usage: [0, 4, 9, 30, 60, 4, 70, 8],
        sms: [0, 1, 2, 0, 4, 3, 1, 0],
        commPlan: [0, 0, 0, 0, 1, 1, 0, 2],
        currentPlan: [0, 1, 2, -1, 1, 2, 1, 0],
      },
    }
    for (const [pool, max, min] of [
      ["0", "0", "0"],
      ["2.5", "7", "0"],
      ["0.3", "0", "41.25"],
      ["4.75", "30", "2"],
    ] as const) {
      const multipliers = { pools: { p: pool }, max: { B: max }, min: { B: min } }
      expect(bound(problem, multipliers).scaled, pool).toBe(scaledValue(problem, multipliers))
    }
  })

  test("leaves room for what rounding takes off a pool, and no more", () => {
    const made = (overageCost: number, overageBlock: number): Problem => {
      const plans = [{ id: "A", monthly: 0, included: 0, pool: "p" }]
      return { cycleDays: 30, plans, pools: [{ id: "p", overageCost, overageBlock }], sims: { usage: [1] } }
    }
    // 1 KB at a third is 0.33, charged 0; the relaxation says 0.333 at most, so a cost of 0 stays possible.
    expect(bound(made(1, 3), { ...none, pools: { p: "0.333333333333333333" } })).toMatchObject({ leastCost: 0n })
    // At a half it is rounded up, so rounding takes nothing off.
    expect(bound(made(1, 2), { ...none, pools: { p: "0.5" } })).toMatchObject({ lowerBound: 0n, leastCost: 1n })
    // Whole prices are never rounded.
    expect(bound(made(3, 1), { ...none, pools: { p: "2.000000000000000001" } })).toMatchObject({ leastCost: 3n })
    expect(bound(made(6, 2), { ...none, pools: { p: "2.5" } })).toMatchObject({ lowerBound: 2n, leastCost: 3n })
    // 2/5: rounding takes off 0.4 at most, and a multiplier below the price leaves as much room as it is below.
    expect(bound(made(2, 5), { ...none, pools: { p: "0.4" } })).toMatchObject({ lowerBound: 0n, leastCost: 0n })
    expect(bound(made(4, 10), { ...none, pools: { p: "0.3" } })).toMatchObject({ leastCost: 0n })
    expect(bound(made(7, 5), { ...none, pools: { p: "1.01" } })).toMatchObject({ lowerBound: 1n, leastCost: 1n })
    expect(bound(made(7, 5), { ...none, pools: { p: "1.3" } })).toMatchObject({ lowerBound: 1n, leastCost: 1n })
    expect(bound(made(8, 5), { ...none, pools: { p: "1.1" } })).toMatchObject({ lowerBound: 1n, leastCost: 2n })
  })

  test("leaves no room below nothing, however many pools are rounded", () => {
    const ids = ["a", "b", "c", "d"]
    const problem: Problem = {
      cycleDays: 30,
      plans: ids.map((id) => ({ id, monthly: 0, included: 0, pool: id })),
      pools: ids.map((id) => ({ id, overageCost: 1, overageBlock: 3 })),
      sims: { usage: [1] },
    }
    const third = "0.333333333333333333"
    const found = bound(problem, { ...none, pools: Object.fromEntries(ids.map((id) => [id, third])) })
    expect(found).toMatchObject({ lowerBound: 0n, leastCost: 0n })
    const result = solveSync(problem)
    expect(result).toMatchObject({ status: "optimal", cost: "0", lowerBound: "0", gap: 0 })
    expect(verify(problem, result).errors).toEqual([])
  })

  test("leaves room by what is left of a price in its lowest terms, to the last decimal", () => {
    const pool = { overageCost: 6, overageBlock: 2 }
    const problem: Problem = {
      cycleDays: 30,
      plans: [
        { id: "A", monthly: 0, included: 0, pool: "p" },
        { id: "B", monthly: 0, included: 0, pool: "q" },
      ],
      pools: [
        { id: "p", ...pool },
        { id: "q", overageCost: 9, overageRounding: "block" },
      ],
      commPlans: [
        { id: "a", plans: ["A"] },
        { id: "b", plans: ["B"] },
      ],
      sims: { usage: [11, 1], commPlan: [0, 1] },
    }
    // 6 for 2 KB is 3 for each, never rounded: 32.01 is not less than 33.
    expect(bound(problem, { ...none, pools: { p: "2.91" } })).toMatchObject({ lowerBound: 32n, leastCost: 33n })
    expect(bound(problem, { ...none, pools: { p: "3", q: "1.000000000000000001" } })).toMatchObject({ leastCost: 35n })
  })

  test("adds up what several pooled plans and one that stands alone take of a class", () => {
    const plans = [
      { id: "A", monthly: 0, included: 0, pool: "p" },
      { id: "B", monthly: 100, included: 0, pool: "q" },
      { id: "C", monthly: 500_000, included: 1_000_000 },
    ]
    const pools = [
      { id: "p", overageCost: 9 },
      { id: "q", overageCost: 9 },
    ]
    const usage = [1, 2, 3, 200, 300, 400, 200_000, 300_000, 900_000]
    const multipliers = { ...none, pools: { p: "5", q: "2.5" } }
    const problem: Problem = { cycleDays: 30, plans, pools, sims: { usage } }
    expect(bound(problem, multipliers).scaled).toBe(scaledValue(problem, multipliers))
    // A: 6 KB at 5. B: three times 100, and 900 KB at 2.5. C: half a million each, just less than 200,000 KB and the 100 of B.
    expect(bound(problem, multipliers).lowerBound).toBe(30n + 300n + 2250n + 3n * 500_000n)
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
    expect(bound(problem, multipliers).scaled).toBe(scaledValue(problem, multipliers))
    // Only the sum of usage is too large, and only the charges are.
    const plans = [
      { id: "A", monthly: 5, included: 1, pool: "p" },
      { id: "B", monthly: 900, included: 8, pool: "q" },
    ]
    const pools = [
      { id: "p", overageCost: 1, overageBlock: 1 },
      { id: "q", overageCost: 1, overageBlock: 3 },
    ]
    const odd: Problem = { cycleDays: 31, plans, pools, sims: { usage: [huge, huge - 2, huge - 4, 7, 3] } }
    const slopes = { ...none, pools: { p: "0.7", q: "0.300000000000000003" } }
    expect(bound(odd, slopes).scaled).toBe(scaledValue(odd, slopes))
    const dear: Problem = {
      cycleDays: 31,
      plans: [{ id: "Z", monthly: huge, included: 0, overageCost: huge - 1 }, ...plans],
      pools,
      sims: { usage: [huge, 1, 2, 3] },
    }
    expect(bound(dear, slopes).scaled).toBe(scaledValue(dear, slopes))
  })

  test("refuses multipliers out of their range", () => {
    const problem = makeProblem({ seed: 1, sims: 3, plans: 2 })
    for (const value of ["-1", "488.2812500001", "x", ""]) {
      expect(() => bound(problem, { ...none, pools: { pool0: value } }), value).toThrow("multipliers.pools.pool0")
    }
    expect(() => bound(problem, { ...none, max: { P0: "1" } })).toThrow("multipliers.max.P0")
    expect(() => bound(problem, { ...none, min: { P1: "1" } })).toThrow("multipliers.min.P1")
    expect(() => bound({ ...problem, cycleDays: 0 }, none)).toThrow("cycleDays")
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

  test("takes an infeasible problem at the word of its conflicts only", () => {
    const problem: Problem = {
      cycleDays: 1,
      plans: [
        { id: "A", monthly: 1, included: 0, maxSims: 1 },
        { id: "B", monthly: 1, included: 0, minSims: 2 },
      ],
      commPlans: [
        { id: "a", plans: ["A"] },
        { id: "both", plans: ["A", "B"] },
      ],
      sims: { usage: [1, 1, 1, 1], commPlan: [0, 0, 1, 1] },
    }
    const said = (conflict: object, over: Partial<Problem> = {}) => {
      const result = { ...solveSync(problem), conflicts: [{ message: "so it is", ...conflict }] }
      return verify({ ...problem, ...over }, result as never)
    }
    expect(verify(problem, solveSync(problem)).errors).toEqual([])
    expect(said({ plans: ["A"] }).isValid).toBe(true)
    expect(said({ plans: ["B"] }).errors).toEqual(["No contradiction: so it is"])
    expect(said({ plans: [] }).isValid).toBe(false)
    expect(said({ plans: ["A", "B"] }).isValid).toBe(false)
    expect(said({ plans: ["B"] }, { sims: { usage: [1, 1], commPlan: [0, 1] } }).isValid).toBe(true)
    expect(said({ plans: [] }, { commPlans: [{ id: "a", plans: [] }, problem.commPlans![1]!] }).isValid).toBe(true)
    const plans = [problem.plans[0]!, { ...problem.plans[1]!, maxSims: 1 }]
    expect(said({ plans: ["B"] }, { plans }).isValid).toBe(true)
  })

  test("plans may be called what every object has", () => {
    const ids = JSON.parse('["__proto__", "constructor", "toString"]') as string[]
    const problem: Problem = {
      cycleDays: 30,
      plans: ids.map((id, k) => ({
        id,
        monthly: 10 * k,
        included: 5 * k,
        pool: id,
        ...(k === 0 ? { maxSims: 1 } : {}),
      })),
      pools: ids.map((id) => ({ id, overageCost: 3 })),
      sims: { usage: [1, 50, 3] },
    }
    const result = solveSync(problem)
    expect(verify(problem, result).errors).toEqual([])
    expect(verify(problem, JSON.parse(JSON.stringify(result))).errors).toEqual([])
  })
})
