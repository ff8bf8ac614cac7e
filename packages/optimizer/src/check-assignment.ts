import { ProblemError } from "./problem-error.ts"
import type { Assignment, Problem } from "./problem.ts"

/**
 * Refuses an assignment that does not name one plan of the problem for each SIM.
 *
 * @param path How to name the assignment in the message.
 * @throws {ProblemError} With the position of the first wrong entry.
 */
export function checkAssignment(problem: Problem, assignment: Assignment, path = "assignment"): void {
  const simCount = problem.sims.usage.length
  const planCount = problem.plans.length
  if (assignment.length !== simCount) {
    throw new ProblemError(
      "problem.length",
      path,
      `must have ${simCount} entries, one per SIM, got ${assignment.length}`,
    )
  }
  for (let i = 0; i < simCount; i++) {
    const plan = assignment[i]
    if (!(Number.isInteger(plan) && plan! >= 0 && plan! < planCount)) {
      throw new ProblemError(
        "problem.range",
        `${path}[${i}]`,
        `must be a plan position 0 to ${planCount - 1}, got ${plan}`,
      )
    }
  }
}
