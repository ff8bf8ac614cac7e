import { checkProblem } from "./check-problem.ts"
import type { Problem } from "./problem.ts"
import type { Result } from "./result.ts"
import type { SolveAsyncOptions, SolveOptions } from "./solve-options.ts"

/**
 * Finds the cheapest permitted plan for every SIM, with a lower bound that proves how good the answer is.
 *
 * @param problem The problem; refused before any work if malformed.
 * @param options See `SolveOptions`; the default budget is deterministic.
 * @returns The result document; `status: "infeasible"` names the conflict.
 * @throws {ProblemError} If the problem is malformed.
 */
export function solveSync(problem: Problem, options: SolveOptions = {}): Result {
  checkProblem(problem)
  void options
  throw new Error("Cannot solve yet: the search is being written")
}

/** As `solveSync`, but gives way to other work between steps. */
export async function solve(problem: Problem, options: SolveAsyncOptions = {}): Promise<Result> {
  return solveSync(problem, options)
}
