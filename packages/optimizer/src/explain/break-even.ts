import { checkProblem } from "../problem/check-problem.ts"
import type { Pool, Problem, RatePlan } from "../problem/problem.ts"

/** Up to which usage a plan is the right one. */
export interface BreakEven {
  /** Plan id. */
  readonly plan: string
  /** The next plan up, `null` for the last. */
  readonly nextPlan: string | null
  /** Average usage above which the next plan is cheaper, KB; `null` where that never happens. */
  readonly usage: number | null
}

/**
 * The usage at which the next plan becomes cheaper, for each plan: the MaxAvgUsage of the legacy system.
 *
 * Plans are taken by allowance, then price. Overage is seen as a slope: `included + (next monthly - monthly) / price per KB`,
 * never below `included`. A plan in a pool uses the pool's overage. For a single SIM this is exact; in a pool it is a rule of thumb,
 * and the multipliers of a result say it better.
 *
 * @param problem The problem; only plans and pools are looked at.
 * @returns One entry per plan, in the order described.
 *
 * @example
 * ```ts
 * breakEven(problem)[0] // { plan: "250MB", nextPlan: "1GB", usage: 512000 }
 * ```
 */
export function breakEven(problem: Problem): readonly BreakEven[] {
  checkProblem(problem)
  const pools = new Map((problem.pools ?? []).map((pool) => [pool.id, pool]))
  const plans = problem.plans.toSorted((a, b) => a.included - b.included || a.monthly - b.monthly)
  return plans.map((plan, k) => {
    const next = plans[k + 1]
    if (next === undefined) return { plan: plan.id, nextPlan: null, usage: null }
    const overage: RatePlan | Pool = plan.pool == null ? plan : pools.get(plan.pool)!
    return { plan: plan.id, nextPlan: next.id, usage: breakEvenUsage(plan, next.monthly - plan.monthly, overage) }
  })
}

function breakEvenUsage(plan: RatePlan, dearer: number, overage: RatePlan | Pool): number | null {
  if (dearer <= 0) return plan.included
  if (!overage.overageCost) return null
  const extra = (BigInt(dearer) * BigInt(overage.overageBlock || 1)) / BigInt(overage.overageCost)
  return plan.included + Number(extra)
}
