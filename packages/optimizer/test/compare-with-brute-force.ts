import { expect } from "vitest"
import { type Problem, solveSync, verify } from "../src/mod.ts"
import { bruteForce } from "./brute-force.ts"
import { type MadeProblem, makeProblem, randomFrom } from "./make-problem.ts"
import { reference } from "./reference.ts"

/**
 * Solves tiny random problems and tries every assignment of each: the answer must cost the least, whatever its status, and the
 * bound must not exceed it.
 *
 * @returns How many problems had an answer, and how many answers were proved.
 */
export function compareWithBruteForce(first: number, last: number): { feasible: number; optimal: number } {
  let feasible = 0
  let optimal = 0
  for (let seed = first; seed <= last; seed++) {
    const problem = tinyProblem(seed)
    const best = bruteForce(problem)
    const result = solveSync(problem)
    expect(verify(problem, result).errors, `seed ${seed}`).toEqual([])
    if (best === null) {
      expect(result.status, `seed ${seed}`).toBe("infeasible")
      continue
    }
    if (result.status === "infeasible") throw new Error(`seed ${seed} is feasible`)
    feasible++
    if (result.status === "optimal") optimal++
    expect(BigInt(result.cost), `cost of seed ${seed}`).toBe(best)
    expect(BigInt(result.lowerBound) <= best, `bound of seed ${seed}`).toBe(true)
    expect(reference(problem, result.assignment), `seed ${seed}`).toEqual({ cost: best, isPermitted: true })
  }
  return { feasible, optimal }
}

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
