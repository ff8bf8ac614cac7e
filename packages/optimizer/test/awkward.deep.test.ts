import { describe, expect, test } from "vitest"
import { judge } from "./judge.ts"
import { makeAwkwardProblem } from "./make-awkward-problem.ts"
import { makeProblem, type MadeProblem } from "./make-problem.ts"
import { solveWithHighs } from "./solve-with-highs.ts"

describe("solveSync() on everything at once", () => {
  for (const [first, last, mostSims, workUnits] of [
    [3001, 3200, 60, 40],
    [4001, 4060, 2000, 40],
    [5001, 5030, 20_000, 20],
  ] as const) {
    test(`keeps to the rules on up to ${mostSims} SIMs`, { timeout: 600_000 }, () => {
      for (let seed = first; seed <= last; seed++)
        judge(makeAwkwardProblem(seed, mostSims), `seed ${seed}`, { workUnits })
    })
  }

  test("costs what HiGHS finds where it proves its answer", { timeout: 600_000 }, async () => {
    let proved = 0
    for (let seed = 6001; seed <= 6080; seed++) {
      const problem = makeAwkwardProblem(seed, 40)
      const result = judge(problem, `seed ${seed}`)
      // HiGHS counts in doubles, does not round proportional overage, and does not read numbers beyond those.
      if (result.status === "infeasible" || problem.sims.usage.length === 0 || /\d{10}/.test(JSON.stringify(problem)))
        continue
      const answer = await solveWithHighs(problem, 2)
      if (!answer.isProved || answer.isInfeasible) continue
      proved++
      expect(Number(result.cost) - answer.cost, `seed ${seed}`).toBeLessThan(3)
    }
    expect(proved).toBeGreaterThan(20)
  })
})

describe("solveSync() from 10,000 SIMs", () => {
  test.each<Omit<MadeProblem, "sims" | "plans">>([
    { seed: 1, pools: 4 },
    { seed: 2, commPlans: 6 },
    { seed: 5, prorated: 0.2, changeCost: 250_000 },
    { seed: 3, limits: true },
  ])("leaves at most a quarter of the dearest monthly price: %o", { timeout: 600_000 }, (shape) => {
    const problem = makeProblem({ ...shape, sims: 10_000, plans: 15 })
    const result = judge(problem, "10,000 SIMs")
    const dearest = Math.max(...problem.plans.map((plan) => plan.monthly))
    expect((Number(result.cost) - Number(result.lowerBound)) / dearest).toBeLessThanOrEqual(0.25)
  })
})
