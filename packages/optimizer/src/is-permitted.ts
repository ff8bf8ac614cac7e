import type { Assignment, Problem } from "./problem.ts"
import type { Tariff } from "./tariff.ts"

/** Tells whether every SIM is on a plan permitted to it and every limit holds; -1 entries are not permitted. */
export function isPermitted(problem: Problem, tariff: Tariff, assignment: Assignment): boolean {
  const simCount = new Float64Array(tariff.planCount)
  const comm = problem.commPlans == null ? null : (problem.sims.commPlan ?? null)
  for (let i = 0; i < assignment.length; i++) {
    const plan = assignment[i]!
    if (plan < 0) return false
    if (comm !== null && tariff.permitted[comm[i]!]![plan] === 0) return false
    simCount[plan]!++
  }
  return simCount.every((count, plan) => count >= tariff.minSims[plan]! && count <= tariff.maxSims[plan]!)
}
