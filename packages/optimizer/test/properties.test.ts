import { describe, expect, test } from "vitest"
import { baseAssignment, price, type Problem, type RatePlan, type SolvedResult, solveSync, verify } from "../src/mod.ts"
import { type MadeProblem, makeProblem, randomFrom } from "./make-problem.ts"
import { solveWithHighs } from "./solve-with-highs.ts"

function solved(problem: Problem, workUnits = 60): SolvedResult {
  const result = solveSync(problem, { workUnits })
  if (result.status === "infeasible") throw new Error("feasible")
  expect(verify(problem, result).errors).toEqual([])
  return result
}

const kinds: Omit<MadeProblem, "seed">[] = [
  { sims: 40, plans: 3 },
  { sims: 30, plans: 4, rounding: "block" },
  { sims: 25, plans: 4, alone: 0.5, prorated: 0.3 },
  { sims: 40, plans: 4, pools: 1, rounding: "block", block: 1 << 20 },
  { sims: 30, plans: 3, sms: true, changeCost: 200_000 },
  { sims: 40, plans: 3, coarse: true, commPlans: 3 },
]

function eachSmall(check: (problem: Problem, name: string, random: () => number) => void): void {
  for (const [k, kind] of kinds.entries()) {
    for (let seed = 1; seed <= 3; seed++) {
      check(makeProblem({ ...kind, seed: 100 * k + seed }), `kind ${k} seed ${seed}`, randomFrom(seed))
    }
  }
}

function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

describe("solveSync() properties", () => {
  test("the order of SIMs does not matter", { timeout: 30_000 }, () => {
    eachSmall((problem, name, random) => {
      const order = shuffled(problem.sims.usage.length, random)
      const columns = Object.entries(problem.sims).map(([key, column]) => [key, order.map((i) => column[i])])
      const first = solved(problem)
      const second = solved({ ...problem, sims: Object.fromEntries(columns) })
      if (first.status === "optimal" && second.status === "optimal") expect(second.cost, name).toBe(first.cost)
    })
  })

  test("the order of plans does not matter", { timeout: 30_000 }, () => {
    eachSmall((problem, name, random) => {
      const order = shuffled(problem.plans.length, random)
      const { currentPlan } = problem.sims
      const moved = currentPlan && Array.from(currentPlan, (plan) => (plan < 0 ? -1 : order.indexOf(plan)))
      const sims = { ...problem.sims, ...(moved ? { currentPlan: moved } : {}) }
      const first = solved(problem)
      const second = solved({ ...problem, plans: order.map((j) => problem.plans[j]!), sims })
      if (first.status === "optimal" && second.status === "optimal") expect(second.cost, name).toBe(first.cost)
    })
  })

  test("money scales", { timeout: 30_000 }, () => {
    const times = <T extends object>(item: T): T =>
      Object.fromEntries(
        Object.entries(item).map(([key, value]) => [
          key,
          /^(monthly|overageCost|smsCost)$/.test(key) ? 1024 * value : value,
        ]),
      ) as T
    eachSmall((problem, name) => {
      if (problem.sims.days || problem.pools!.some((pool) => pool.overageRounding === "exact")) return
      const scaled = { ...problem, plans: problem.plans.map(times), pools: problem.pools!.map(times) }
      const first = solved(problem)
      const second = solved({ ...scaled, changeCost: 1024 * (problem.changeCost ?? 0) })
      if (first.status !== "optimal" || second.status !== "optimal") return
      expect(BigInt(second.cost), name).toBe(1024n * BigInt(first.cost))
    })
  })

  test("another plan never makes it dearer", { timeout: 30_000 }, () => {
    eachSmall((problem, name) => {
      const extra: RatePlan = { id: "extra", monthly: 700_000, included: 9000, overageCost: 90_000, overageBlock: 1024 }
      const commPlans = problem.commPlans?.map(({ id, plans }) => ({ id, plans: [...plans, "extra"] }))
      const first = solved(problem)
      const second = solved({ ...problem, plans: [...problem.plans, extra], ...(commPlans ? { commPlans } : {}) })
      if (second.status === "optimal") expect(BigInt(second.cost) <= BigInt(first.cost), name).toBe(true)
    })
  })

  test("is never above the current, the base or a single-plan assignment", { timeout: 30_000 }, () => {
    eachSmall((problem, name) => {
      const { cost } = solved(problem, 20)
      const offers = [
        baseAssignment(problem),
        ...problem.plans.map(
          (_, j) => problem.sims.usage.length && Array.from(problem.sims.usage as number[], () => j),
        ),
      ]
      for (const offer of offers) {
        if (!offer || problem.commPlans) continue
        expect(BigInt(cost) <= price(problem, offer).total, name).toBe(true)
      }
    })
  })
})

describe("solveSync() on awkward fleets", () => {
  const base = { cycleDays: 30, pools: [{ id: "p", overageCost: 500, overageBlock: 1 }] }
  const plan = (id: string, monthly: number, included: number, more: object = {}): RatePlan => {
    return { id, monthly, included, pool: "p", ...more }
  }
  const cases: [name: string, problem: Problem, cost: string | null][] = [
    ["no use at all", { ...base, plans: [plan("A", 5, 1), plan("B", 6, 9)], sims: { usage: [0, 0, 0] } }, "15"],
    ["identical plans", { ...base, plans: [plan("A", 5, 10), plan("B", 5, 10)], sims: { usage: [9, 9, 12] } }, "15"],
    [
      "one huge SIM",
      { ...base, plans: [plan("A", 5, 10), plan("B", 900, 1e12)], sims: { usage: [1e12, 3, 8] } },
      "910",
    ],
    [
      "free overage",
      {
        ...base,
        pools: [{ id: "p", overageCost: 0 }],
        plans: [plan("A", 5, 0), plan("B", 4, 0)],
        sims: { usage: [7] },
      },
      "4",
    ],
    [
      "limits that just fit",
      {
        ...base,
        plans: [plan("A", 5, 9, { maxSims: 1 }), plan("B", 7, 9, { minSims: 2, maxSims: 2 })],
        sims: { usage: [1, 2, 3] },
      },
      "19",
    ],
    [
      "a minimum that hurts",
      { ...base, plans: [plan("A", 5, 9), plan("B", 70, 9, { minSims: 1 })], sims: { usage: [1, 2, 3] } },
      "80",
    ],
    ["zero active days", { ...base, plans: [plan("A", 5, 9)], sims: { usage: [0, 4], days: [0, 30] } }, "5"],
    ["a minimum above the fleet", { ...base, plans: [plan("A", 5, 9, { minSims: 3 })], sims: { usage: [1, 2] } }, null],
    [
      "a minimum above its maximum",
      { ...base, plans: [plan("A", 5, 9, { minSims: 3, maxSims: 1 })], sims: { usage: [1] } },
      null,
    ],
    [
      "no permitted plan",
      { ...base, plans: [plan("A", 5, 9)], commPlans: [{ id: "c", plans: [] }], sims: { usage: [1], commPlan: [0] } },
      null,
    ],
  ]
  for (const [name, problem, cost] of cases) {
    test(name, () => {
      const result = solveSync(problem)
      expect(result.cost).toBe(cost)
      expect(result.status).toBe(cost === null ? "infeasible" : "optimal")
      expect(verify(problem, result).errors).toEqual([])
      if (cost === null) expect(result.conflicts.length).toBeGreaterThan(0)
    })
  }

  test("minimums of plans that share their SIMs are named together", () => {
    const plans = [plan("A", 1, 1, { minSims: 2 }), plan("B", 1, 1, { minSims: 2 }), plan("C", 1, 1)]
    const commPlans = [
      { id: "x", plans: ["A", "B", "C"] },
      { id: "y", plans: ["C"] },
    ]
    const result = solveSync({ ...base, plans, commPlans, sims: { usage: [1, 1, 1, 1, 1], commPlan: [0, 0, 0, 1, 1] } })
    expect(result.conflicts).toMatchObject([
      { reason: "too-few-sims", plans: ["A", "B"], sims: [0, 1, 2], required: 4 },
    ])
  })
})

describe("solveSync() against HiGHS", () => {
  test("costs the same where HiGHS proves its answer, and never more than it finds", { timeout: 60_000 }, async () => {
    let proved = 0
    for (const [k, kind] of kinds.entries()) {
      const problem = makeProblem({ ...kind, sims: 60, seed: 500 + k })
      const result = solved(problem, 150)
      const answer = await solveWithHighs(problem, 2)
      if (answer.isProved) {
        proved++
        expect(Math.abs(Number(result.cost) - answer.cost), `kind ${k}`).toBeLessThan(2)
      }
      expect(Number(result.lowerBound), `kind ${k}`).toBeLessThan(answer.cost + 2)
    }
    expect(proved).toBeGreaterThan(2)
  })
})
