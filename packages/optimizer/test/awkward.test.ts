import { describe, expect, test } from "vitest"
import { type Problem, solveSync, verify } from "../src/mod.ts"
import { bruteForce } from "./brute-force.ts"
import { judge } from "./judge.ts"
import { makeAwkwardProblem } from "./make-awkward-problem.ts"

describe("solveSync() on everything at once", () => {
  test("finds what trying every assignment finds, and proves only what it can", { timeout: 60_000 }, () => {
    let tried = 0
    for (let seed = 1; seed <= 400; seed++) {
      const problem = makeAwkwardProblem(seed, 8)
      if (problem.plans.length ** problem.sims.usage.length > 2000) continue
      tried++
      judgeByBruteForce(seed, 8)
    }
    expect(tried).toBeGreaterThan(300)
  })

  test("keeps to the rules at every size", { timeout: 60_000 }, () => {
    for (let seed = 401; seed <= 440; seed++) judge(makeAwkwardProblem(seed, 300), `seed ${seed}`, { workUnits: 20 })
  })

  // Each was answered wrongly once: a mean usage that is no whole number among charges beyond doubles, prices that lost their way,
  // and searches that took a sum rounded to doubles for a proof.
  test("a mean of usages beyond doubles", () => judge(makeAwkwardProblem(214, 8), "seed 214"))
  test("no charge is so large that it buys a SIM out of a limit", () => {
    const problem: Problem = {
      cycleDays: 3,
      plans: [
        { id: "A", monthly: 170, included: 0, pool: "p" },
        { id: "B", monthly: 177, included: 9_077_030, overageCost: 187, overageBlock: 10_240 },
        { id: "C", monthly: 3_489_756_666_864, included: 464_156, pool: "p", minSims: 2 },
      ],
      pools: [{ id: "p", overageCost: 2_083_333_334, overageBlock: 1000, overageRounding: "block" }],
      sims: { usage: [23, 23, 961_548] },
    }
    expect(solveSync(problem).cost).toBe(String(bruteForce(problem)))
  })
  test("a started block counts, however little of it is used", () => {
    const block = { overageBlock: 2 ** 40, overageRounding: "block" as const }
    const problem: Problem = {
      cycleDays: 30,
      plans: [
        { id: "A", monthly: 0, included: 0, pool: "p" },
        { id: "B", monthly: 269_132, included: 0, overageCost: 2, overageBlock: 100 },
        { id: "C", monthly: 200_183, included: 455, pool: "q" },
      ],
      pools: [
        { id: "p", overageCost: 10_066_292, ...block },
        { id: "q", overageCost: 221_268, overageBlock: 1024 },
      ],
      sims: { usage: Array.from({ length: 25 }, (_, i) => 21 + 313 * i) },
    }
    expect(solveSync(problem)).toMatchObject({ status: "optimal", cost: "6485038" }) // as HiGHS says
  })
  test("prices that lost their way are not worse than what overage costs", () => {
    const problem: Problem = {
      cycleDays: 30,
      plans: [
        { id: "A", monthly: 204_099, included: 0, pool: "p" },
        { id: "B", monthly: 1_060_335, included: 570, pool: "q", minSims: 3 },
        { id: "C", monthly: 612_286, included: 3058, pool: "q" },
      ],
      pools: [
        { id: "p", overageCost: 19_399_027, overageBlock: 1000, overageRounding: "block" },
        { id: "q", overageCost: 678_191 },
      ],
      sims: { usage: [2 ** 40, 5000, 1000] },
    }
    const result = judge(problem, "one SIM of a petabyte")
    expect(result.cost).toBe(String(bruteForce(problem)))
    expect(result.gap!).toBeLessThan(100)
  })
  test("prices that are no numbers prove nothing", () => {
    const problem: Problem = {
      cycleDays: 31,
      plans: [
        { id: "A", monthly: 2_222_263, included: 140_177, pool: "p" },
        { id: "B", monthly: 3_853_856, included: 76_462, pool: "q" },
        { id: "C", monthly: 6_925_174, included: 834, pool: "p" },
      ],
      pools: [
        { id: "p", overageCost: 496 },
        { id: "q", overageCost: 11_632_599, overageBlock: 1024 },
      ],
      commPlans: [
        { id: "some", plans: ["B", "C"] },
        { id: "all", plans: ["A", "B", "C"] },
      ],
      sims: { usage: [110_632, 2 ** 40, 312, 4430, 0, 130_396], commPlan: [0, 1, 1, 1, 1, 1] },
    }
    expect(judge(problem, "one SIM of a petabyte").cost).toBe(String(bruteForce(problem)))
  })
  test("a bound is never below what costs nothing", () => {
    const result = judge(makeAwkwardProblem(220, 30), "seed 220", { workUnits: 20 })
    expect(BigInt(result.lowerBound!) >= 0n).toBe(true)
  })
  test("overage so dear that the price of a pool is a ten-millionth of it", () => {
    const usage = Array.from({ length: 12_000 }, (_, i) =>
      Math.floor(10 ** (6.08 * ((i * 0.6180339887498949) % 1)) - 1),
    )
    const plans = [
      { id: "free", monthly: 0, included: 0, pool: "p" },
      { id: "held", monthly: 371_478, included: 286, pool: "p", minSims: 1200 },
      { id: "dear", monthly: 1_895_815, included: 0, pool: "p", minSims: 90 },
      { id: "large", monthly: 719_401, included: 573_249, pool: "p", minSims: 1200 },
      { id: "cheap", monthly: 200_782, included: 424_709, pool: "p" },
      {
        id: "alone",
        monthly: 72_922,
        included: 0,
        overageCost: 1,
        overageBlock: 1024,
        overageRounding: "exact" as const,
      },
    ]
    const problem = { cycleDays: 30, plans, pools: [{ id: "p", overageCost: 1e6, overageBlock: 1 }], sims: { usage } }
    const result = judge(problem, "dear overage", { workUnits: 10 })
    expect(Number(result.cost) - Number(result.lowerBound)).toBeLessThan(0.25 * 1_895_815)
  })
  test.each([1857, 2246])("costs beyond doubles, seed %i", (seed) => judgeByBruteForce(seed, 8))
})

function judgeByBruteForce(seed: number, mostSims: number): void {
  const problem = makeAwkwardProblem(seed, mostSims)
  const result = solveSync(problem)
  const best = bruteForce(problem)
  expect(verify(problem, result).errors, `seed ${seed}`).toEqual([])
  if (result.status === "infeasible" || best === null) {
    expect([result.status, best], `seed ${seed}`).toEqual(["infeasible", null])
    return
  }
  expect(BigInt(result.lowerBound) <= best && best <= BigInt(result.cost), `seed ${seed}`).toBe(true)
  if (result.status === "optimal") expect(BigInt(result.cost), `seed ${seed}`).toBe(best)
  // What is not proved is beyond what doubles can tell apart.
  else expect(Number(result.cost) - Number(best), `seed ${seed}`).toBeLessThanOrEqual(1e-15 * Number(best))
}
