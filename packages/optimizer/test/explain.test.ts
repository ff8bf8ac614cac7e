import { describe, expect, test } from "vitest"
import { explain, explainEach, price, solveSync } from "../src/mod.ts"
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

  test("without pools, a margin is what the bill would be dearer by with that SIM on its next plan", () => {
    const problem = makeProblem({ seed: 6, sims: 60, plans: 5, alone: 1, prorated: 0.3, sms: true, changeCost: 90_001 })
    const result = solveSync(problem, { workUnits: 5 })
    if (result.status === "infeasible") throw new Error("feasible")
    const assignment = Array.from(result.assignment)
    const bill = price(problem, assignment).total
    const none = { pools: {}, max: {}, min: {} }
    for (const { sim, to, nextPlan, margin } of explain(problem, assignment, assignment, none).rows) {
      if (nextPlan < 0) continue
      const moved = assignment.with(sim, nextPlan)
      expect(price(problem, moved).total - bill, `SIM ${sim} from ${to} to ${nextPlan}`).toBe(BigInt(margin))
    }
  })
})

describe("explainEach()", () => {
  test("gives the rows of explain() one by one, as often as they are read, and refuses bad input at once", () => {
    const problem = makeProblem({ seed: 4, sims: 50, plans: 5, pools: 2 })
    const result = solveSync(problem, { workUnits: 5 })
    if (result.status === "infeasible") throw new Error("feasible")
    const whole = explain(problem, result.assignment, result.assignment, result.multipliers)
    const each = explainEach(problem, result.assignment, result.assignment, result.multipliers)
    expect({ ...each, rows: [...each.rows] }).toEqual(whole)
    expect([...each.rows]).toEqual(whole.rows)
    expect(() => explainEach(problem, [], result.assignment, result.multipliers)).toThrow(/before/)
  })
})
