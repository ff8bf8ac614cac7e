import { describe, expect, test } from "vitest"
import { explain, price, solveSync } from "../src/mod.ts"
import { makeProblem } from "./make-problem.ts"

describe("explain()", () => {
  test("rows add up to the saving, and rows before and after to the costs", { timeout: 30_000 }, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const problem = makeProblem({
        seed,
        sims: 120,
        plans: 5,
        pools: 3,
        alone: 0.2,
        prorated: 0.3,
        sms: true,
        changeCost: 90_001,
        rounding: seed % 2 ? "exact" : "block",
      })
      const before = Array.from(problem.sims.currentPlan!, (plan, i) => (plan < 0 ? i % 5 : plan))
      const result = solveSync(problem, { workUnits: 5 })
      if (result.status === "infeasible") throw new Error("feasible")
      const { rows, saving, costBefore, costAfter } = explain(problem, before, result.assignment, result.multipliers)
      const sum = (pick: (row: (typeof rows)[number]) => bigint): bigint =>
        rows.reduce((all, row) => all + pick(row), 0n)
      expect(costBefore).toBe(price(problem, before).total)
      expect(costAfter).toBe(BigInt(result.cost))
      expect(sum((row) => row.saving)).toBe(saving)
      expect(saving).toBe(costBefore - costAfter)
      expect(sum((row) => row.ownBefore + row.shareBefore)).toBe(costBefore)
      expect(sum((row) => row.ownAfter + row.shareAfter)).toBe(costAfter)
    }
  })

  test("margins are reasons: nearly all SIMs are on their best plan at the prices", () => {
    const problem = makeProblem({ seed: 4, sims: 500, plans: 5 })
    const result = solveSync(problem, { workUnits: 10 })
    if (result.status === "infeasible") throw new Error("feasible")
    const { rows } = explain(problem, result.assignment, result.assignment, result.multipliers)
    expect(rows.filter((row) => row.margin < -1).length).toBeLessThan(25)
  })
})
