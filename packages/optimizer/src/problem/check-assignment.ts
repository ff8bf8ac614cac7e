import { checkColumn } from "./check-integers.ts"
import type { Assignment, Problem } from "./problem.ts"

/**
 * Refuses an assignment that does not name one plan of the problem for each SIM.
 *
 * @param path How to name the assignment in the message.
 * @throws {ProblemError} With the position of the first wrong entry.
 */
export function checkAssignment({ plans, sims }: Problem, assignment: Assignment, path = "assignment"): void {
  checkColumn(assignment, path, sims.usage.length, 0, plans.length - 1)
}
