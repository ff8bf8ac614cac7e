import { describe, expect, test } from "vitest"
import { solveSync, verify } from "../src/mod.ts"
import { compareWithBruteForce } from "./compare-with-brute-force.ts"
import { type MadeProblem, makeProblem } from "./make-problem.ts"
import { solveWithHighs } from "./solve-with-highs.ts"

describe("solveSync() against brute force", () => {
  for (let first = 1001; first <= 6001; first += 1000) {
    test(`tiny problems ${first} to ${first + 999}`, { timeout: 600_000 }, () => {
      const { feasible, optimal } = compareWithBruteForce(first, first + 999)
      expect(optimal).toBeGreaterThan(0.99 * feasible)
    })
  }
})

const kinds: Omit<MadeProblem, "seed" | "sims" | "plans">[] = [
  {},
  { pools: 1 },
  { pools: 2 },
  { rounding: "block" },
  { pools: 2, rounding: "block", block: 1 << 20 },
  { alone: 0.4 },
  { alone: 0.5, rounding: "block", pools: 3, block: 51_200 },
  { commPlans: 4 },
  { prorated: 0.4 },
  { sms: true },
  { changeCost: 250_000 },
  { limits: true },
  { limits: true, pools: 2, commPlans: 3 },
  { coarse: true, pools: 1 },
  { pools: 3, alone: 0.3, commPlans: 3, prorated: 0.3, sms: true, changeCost: 250_000, limits: true },
  {
    pools: 3,
    alone: 0.3,
    commPlans: 3,
    prorated: 0.3,
    sms: true,
    changeCost: 250_000,
    rounding: "block",
    block: 10_240,
  },
]

// What is asked of the answers where the other solver proves its own; it is given so many seconds for each.
const SECONDS = 10

describe("solveSync() against HiGHS", () => {
  for (const [sims, plans] of [
    [12, 3],
    [40, 5],
    [100, 4],
    [250, 5],
  ] as const) {
    test(`${sims} SIMs on ${plans} plans of every kind`, { timeout: 600_000 }, async () => {
      for (const [k, kind] of kinds.entries()) {
        const problem = makeProblem({ ...kind, sims, plans, seed: 9000 + 100 * k + sims })
        const result = solveSync(problem)
        const answer = await solveWithHighs(problem, SECONDS)
        expect(verify(problem, result).errors, `kind ${k}`).toEqual([])
        if (!answer.isProved) continue
        if (result.status === "infeasible") expect(answer.isInfeasible, `kind ${k}`).toBe(true)
        // HiGHS does not round proportional overage, and its costs are doubles.
        else expect(Math.abs(Number(result.cost) - answer.cost), `kind ${k}`).toBeLessThan(3)
      }
    })
  }
})
