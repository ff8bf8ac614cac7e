import type { Assignment, Problem } from "../problem/problem.ts"
import type { Tariff } from "../charge/tariff.ts"

/** Which plans each SIM may use, 1 at permitted plans. */
export function permissionsOf({ commPlans, sims }: Problem, tariff: Tariff): (sim: number) => Uint8Array {
  const everything = new Uint8Array(tariff.planCount).fill(1)
  const column = commPlans == null ? null : sims.commPlan
  return (sim) => (column == null ? everything : tariff.permitted[column[sim]!]!)
}

/** Tells whether every SIM is on a plan permitted to it and every limit holds; what names no plan is not permitted. */
export function isPermitted(problem: Problem, tariff: Tariff, assignment: Assignment): boolean {
  const simCount = new Float64Array(tariff.planCount)
  const permitted = permissionsOf(problem, tariff)
  for (let i = 0; i < assignment.length; i++) {
    const plan = assignment[i]!
    if (!permitted(i)[plan]) return false
    simCount[plan]!++
  }
  return simCount.every((count, plan) => count >= tariff.minSims[plan]! && count <= tariff.maxSims[plan]!)
}
