import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { bound, type Problem, price, solve, solveSync, verify } from "../src/mod.ts"
import { compareWithBruteForce } from "./compare-with-brute-force.ts"
import { makeProblem } from "./make-problem.ts"

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

describe("solveSync() against brute force", () => {
  test("400 tiny problems of every kind", { timeout: 60_000 }, () => {
    expect(compareWithBruteForce(1, 400).optimal).toBeGreaterThan(320)
  })

  test("a choice too soft for doubles to tell from the least value still ends", () => {
    expect(compareWithBruteForce(22_552, 22_552).feasible).toBe(1)
  })
})

describe("solveSync() on a fleet", () => {
  test.each([
    // What HiGHS found in 12 seconds, and a step of 10,000 above it, cheaper than what moves from the relaxation's answer lead to.
    [{ sims: 500, plans: 5, rounding: "block", seed: 11 }, 233_360_000],
    [{ sims: 250, plans: 15, rounding: "block", seed: 11 }, 115_240_000],
  ] as const)("swaps usage into started blocks: %o", { timeout: 30_000 }, (made, least) => {
    const result = solveSync(makeProblem(made))
    expect(result.status === "infeasible" ? Infinity : Number(result.cost)).toBeLessThanOrEqual(least)
  })

  test("20,000 SIMs and 8 plans: gap far below 0.1 %", { timeout: 30_000 }, () => {
    const problem = makeProblem({ seed: 1, sims: 20_000, plans: 8 })
    const result = solveSync(problem, { workUnits: 200 })
    expect(result.gap!).toBeLessThan(2e-4)
    expect(bound(problem, result.multipliers).lowerBound.toString()).toBe(result.lowerBound)
    expect(price(problem, result.assignment).total.toString()).toBe(result.cost)
  })

  test("climbs on where limits cut its steps off", { timeout: 30_000 }, () => {
    const made = { seed: 24, sims: 5001, plans: 4, pools: 4, commPlans: 4, limits: true }
    expect(solveSync(makeProblem(made), { workUnits: 20 }).gap!).toBeLessThan(1e-5)
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

  test("starts anywhere, also from an assignment of other plans", () => {
    const problem = makeProblem({ seed: 3, sims: 40, plans: 3 })
    const result = solveSync(problem)
    if (result.status === "infeasible") throw new Error("feasible")
    for (const plan of [3, -1, 0.5, Number.NaN]) {
      const start = { ...result, assignment: result.assignment.map(() => plan) }
      expect(verify(problem, solveSync(problem, { start })).errors, `plan ${plan}`).toEqual([])
    }
  })

  test.each(["workUnits", "targetGap", "timeLimitMs"])("refuses options.%s below 0 or no number", (name) => {
    const problem = makeProblem({ seed: 3, sims: 4, plans: 3 })
    for (const value of [-1, Number.NaN])
      expect(() => solveSync(problem, { [name]: value })).toThrow(`options.${name} must be 0 or more`)
  })

  test("says that an aborted signal cut it short", () => {
    const problem = makeProblem({ seed: 3, sims: 400, plans: 5 })
    const result = solveSync(problem, { signal: AbortSignal.abort() })
    expect(result.truncated).toBe(true)
    expect(verify(problem, result).errors).toEqual([])
  })

  test("cut short at once, costs no more than what each SIM would pay alone", () => {
    const problem = makeProblem({ seed: 4, sims: 6000, plans: 15, pools: 4 })
    const pools = new Map(problem.pools!.map((pool) => [pool.id, pool]))
    const plans = problem.plans.map(({ pool, ...plan }) => ({ ...pools.get(pool ?? ""), ...plan, pool: null }))
    const alone = solveSync({ ...problem, plans })
    const result = solveSync(problem, { signal: AbortSignal.abort() })
    expect(result.truncated).toBe(true)
    expect(BigInt(result.cost!) <= BigInt(alone.cost!)).toBe(true)
  })

  test("looks at the clock inside its stages, and ends in the middle of one", () => {
    const problem = makeProblem({ seed: 4, sims: 6000, plans: 15, pools: 4 })
    const phases: string[] = []
    let looks = 0
    const solved = (most: number) => {
      looks = phases.length = 0
      return solveSync(problem, {
        workUnits: 20,
        timeLimitMs: 1,
        now: () => (++looks > most ? 2 : 0),
        onProgress: ({ phase }) => phases.push(phase),
      })
    }
    solved(Infinity)
    const stages = phases.indexOf("bound")
    expect(looks).toBeGreaterThan(5 * stages)
    const result = solved(5)
    expect(result.truncated).toBe(true)
    expect(phases.indexOf("bound")).toBeLessThan(stages)
    expect(verify(problem, result).errors).toEqual([])
  })

  test("answers an empty fleet", () => {
    const problem = { ...makeProblem({ seed: 3, sims: 1, plans: 2 }), sims: { usage: [] } }
    expect(solveSync(problem)).toMatchObject({ status: "optimal", cost: "0", assignment: [] })
  })
})
