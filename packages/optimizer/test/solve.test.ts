import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { bound, type Problem, price, solve, solveSync, verify } from "../src/mod.ts"
import { bruteForce } from "./brute-force.ts"
import { type MadeProblem, makeProblem, randomFrom } from "./make-problem.ts"
import { reference } from "./reference.ts"

const fixtures = new URL("./fixtures/", import.meta.url)

type Proven = Problem & { optimal: { cost: string; lowerBound: string } }

describe("solveSync() on problems with a proven optimum", () => {
  for (const file of readdirSync(fixtures)) {
    test(file, () => {
      const problem = JSON.parse(readFileSync(new URL(file, fixtures), "utf8")) as Proven
      const result = solveSync(problem)
      expect(result.cost).toBe(problem.optimal.cost)
      expect(BigInt(result.lowerBound!)).toBeGreaterThanOrEqual(BigInt(problem.optimal.lowerBound) - 1n)
      expect(verify(problem, result).errors).toEqual([])
    })
  }
})

/** A tiny problem with everything switched on or off at random. */
function tinyProblem(seed: number): Problem {
  const random = randomFrom(seed)
  const plans = 2 + Math.floor(random() * 3)
  const made: MadeProblem = {
    seed,
    sims: 1 + Math.floor(random() * (plans === 2 ? 9 : 6)),
    plans,
    pools: 1 + Math.floor(random() * plans),
    rounding: random() < 0.5 ? "exact" : "block",
    block: random() < 0.3 ? 20_000 : 1024,
    alone: random() < 0.4 ? 0.5 : 0,
    commPlans: random() < 0.4 ? 2 : 0,
    prorated: random() < 0.4 ? 0.5 : 0,
    sms: random() < 0.3,
    changeCost: random() < 0.4 ? 250_000 : 0,
    limits: random() < 0.4,
    coarse: random() < 0.3,
  }
  return makeProblem(made)
}

describe("solveSync() against brute force", () => {
  test("tiny problems of every kind", { timeout: 60_000 }, () => {
    let optimal = 0
    let missed = 0
    for (let seed = 1; seed <= 300; seed++) {
      const problem = tinyProblem(seed)
      const best = bruteForce(problem)
      const result = solveSync(problem)
      if (best === null) {
        expect(result.status, `seed ${seed}`).toBe("infeasible")
        continue
      }
      if (result.status === "infeasible") throw new Error(`seed ${seed} is feasible`)
      expect(verify(problem, result).errors, `seed ${seed}`).toEqual([])
      expect(BigInt(result.lowerBound) <= best, `bound of seed ${seed}`).toBe(true)
      expect(reference(problem, result.assignment).cost, `seed ${seed}`).toBe(BigInt(result.cost))
      if (result.status === "optimal") {
        optimal++
        expect(BigInt(result.cost), `seed ${seed} claims to be optimal`).toBe(best)
      }
      if (BigInt(result.cost) !== best) missed++
    }
    expect(missed).toBe(0)
    expect(optimal).toBeGreaterThan(150)
  })
})

describe("solveSync() on a fleet", () => {
  test("20,000 SIMs and 8 plans: gap far below 0.1 %", { timeout: 30_000 }, () => {
    const problem = makeProblem({ seed: 1, sims: 20_000, plans: 8 })
    const result = solveSync(problem, { workUnits: 200 })
    expect(result.gap!).toBeLessThan(2e-4)
    expect(bound(problem, result.multipliers).lowerBound.toString()).toBe(result.lowerBound)
    expect(price(problem, result.assignment).total.toString()).toBe(result.cost)
  })

  test("gives the same bytes twice, and through solve()", { timeout: 30_000 }, async () => {
    const problem = makeProblem({ seed: 2, sims: 3000, plans: 5, commPlans: 3, prorated: 0.2 })
    const options = { workUnits: 60 }
    const first = JSON.stringify(solveSync(problem, options))
    expect(JSON.stringify(solveSync(problem, options))).toBe(first)
    expect(JSON.stringify(await solve(problem, options))).toBe(first)
  })

  test("is never dearer than a candidate it was given", () => {
    const problem = makeProblem({ seed: 3, sims: 400, plans: 5 })
    const { assignment, cost } = solveSync(problem)
    const result = solveSync(problem, { workUnits: 0, candidates: [assignment] })
    expect(BigInt(result.cost!) <= BigInt(cost!)).toBe(true)
  })

  test("says that an aborted signal cut it short", () => {
    const problem = makeProblem({ seed: 3, sims: 400, plans: 5 })
    const result = solveSync(problem, { signal: AbortSignal.abort() })
    expect(result.truncated).toBe(true)
    expect(verify(problem, result).errors).toEqual([])
  })

  test("answers an empty fleet", () => {
    const problem = { ...makeProblem({ seed: 3, sims: 1, plans: 2 }), sims: { usage: [] } }
    expect(solveSync(problem)).toMatchObject({ status: "optimal", cost: "0", assignment: [] })
  })
})
