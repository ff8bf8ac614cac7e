import { expect } from "vitest"
import { bound, type Problem, type Result, type SolveOptions, solveSync, verify } from "../src/mod.ts"
import { reference } from "./reference.ts"

/** Solves a problem and holds the answer to the words of the format; returns it. */
export function judge(problem: Problem, name: string, options: SolveOptions = {}): Result {
  const result = solveSync(problem, options)
  expect(verify(problem, result).errors, name).toEqual([])
  if (result.status === "infeasible") {
    expect(result.conflicts.length, name).toBeGreaterThan(0)
    return result
  }
  expect(reference(problem, result.assignment), name).toEqual({ cost: BigInt(result.cost), isPermitted: true })
  expect(bound(problem, result.multipliers).lowerBound, name).toBe(BigInt(result.lowerBound))
  expect(BigInt(result.lowerBound) <= BigInt(result.cost), name).toBe(true)
  return result
}
