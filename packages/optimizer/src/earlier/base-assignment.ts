import { checkProblem } from "../problem/check-problem.ts"
import { permissionsOf } from "../limits/is-permitted.ts"
import type { Problem } from "../problem/problem.ts"
import { tariffOf } from "../charge/tariff.ts"

/**
 * The legacy base assignment: each SIM on the permitted plan whose allowance is nearest its usage.
 *
 * Ties go to the lower monthly price, then to the earlier plan. Limits are not looked at, so the result may not be permitted;
 * `solve` ignores such candidates.
 *
 * @returns Position in `plans` for each SIM, -1 where no plan is permitted.
 *
 * @example
 * ```ts
 * const base = baseAssignment(problem)
 * const result = solveSync(problem, { candidates: base.includes(-1) ? [] : [base] })
 * ```
 */
export function baseAssignment(problem: Problem): readonly number[] {
  checkProblem(problem)
  const tariff = tariffOf(problem)
  const permitted = permissionsOf(problem, tariff)
  const { usage, days } = problem.sims
  return Array.from(usage, (used, sim) => {
    const allowance = tariff.allowanceFor(days?.[sim] ?? tariff.cycleDays)
    let best = -1
    for (let plan = 0; plan < tariff.planCount; plan++) {
      if (permitted(sim)[plan] === 0) continue
      const closer = best < 0 ? 1 : Math.abs(used - allowance[best]!) - Math.abs(used - allowance[plan]!)
      if (closer > 0 || (closer === 0 && problem.plans[plan]!.monthly < problem.plans[best]!.monthly)) best = plan
    }
    return best
  })
}
