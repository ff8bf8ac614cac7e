import { checkAssignment } from "../problem/check-assignment.ts"
import { checkProblem } from "../problem/check-problem.ts"
import { ExactSums } from "./exact-sum.ts"
import { exactOverageCharge, type OverageRate, overageCharge } from "./overage.ts"
import type { Assignment, Problem } from "../problem/problem.ts"
import { type Tariff, tariffOf } from "./tariff.ts"

/** The exact charge of one cycle, micro-units. `total` is the sum of the four parts. */
export interface Price {
  readonly total: bigint
  /** Prorated monthly charges. */
  readonly monthly: bigint
  /** Overage of plans without a pool and of all pools. */
  readonly overage: bigint
  readonly sms: bigint
  /** `changeCost` for each SIM that moves. */
  readonly change: bigint
  /** One entry per pool, in the order of the problem. */
  readonly pools: readonly PoolPrice[]
  /** One entry per plan, in the order of the problem. */
  readonly plans: readonly PlanPrice[]
}

/** What one pool is charged. */
export interface PoolPrice {
  readonly id: string
  /** Usage minus allowance over all SIMs of the pool, KB; negative where allowance is left over. */
  readonly netUsage: bigint
  /** Micro-units. */
  readonly overage: bigint
}

/** What the SIMs on one plan are charged. */
export interface PlanPrice {
  readonly id: string
  readonly simCount: number
  readonly monthly: bigint
  /** Own overage; 0 for plans in a pool. */
  readonly overage: bigint
  readonly sms: bigint
}

/**
 * Prices an assignment exactly, whether or not it is permitted (`verify` tells that).
 *
 * @param problem The problem.
 * @param assignment Position in `plans` for each SIM.
 * @throws {ProblemError} If the problem or the assignment is malformed.
 *
 * @example
 * ```ts
 * const { total, pools } = price(problem, result.assignment)
 * ```
 */
export function price(problem: Problem, assignment: Assignment): Price {
  checkProblem(problem)
  checkAssignment(problem, assignment)
  return priceChecked(problem, tariffOf(problem), assignment)
}

/** `price` for a problem and an assignment that were checked before. */
export function priceChecked(problem: Problem, tariff: Tariff, assignment: Assignment): Price {
  const { planCount, poolOf, cycleDays, ownRate, smsIncluded } = tariff
  const { usage, days, sms, currentPlan } = problem.sims
  const used = new ExactSums(planCount)
  const overage = new ExactSums(planCount)
  const smsAbove = new ExactSums(planCount)
  // SIMs on each plan, by active days: what depends on nothing else is charged by the dozen.
  const counts = new Map<number, Float64Array>()
  let daysNow = -1
  let countNow: Float64Array = new Float64Array(0)
  let allowanceNow = countNow
  let moves = 0
  for (let i = 0; i < usage.length; i++) {
    const plan = assignment[i]!
    const active = days == null ? cycleDays : days[i]!
    if (active !== daysNow) {
      daysNow = active
      countNow = counts.get(active) ?? new Float64Array(planCount)
      counts.set(active, countNow)
      allowanceNow = tariff.allowanceFor(active)
    }
    countNow[plan]!++
    if (poolOf[plan]! >= 0) used.add(plan, usage[i]!)
    else addOverage(overage, plan, usage[i]! - allowanceNow[plan]!, ownRate[plan]!)
    if (sms != null && sms[i]! > smsIncluded[plan]!) smsAbove.add(plan, sms[i]! - smsIncluded[plan]!)
    if (currentPlan != null && currentPlan[i]! >= 0 && currentPlan[i] !== plan) moves++
  }
  const sumOver = (plan: number, valueOf: (days: number) => Float64Array): bigint =>
    total(Array.from(counts, ([active, count]) => BigInt(count[plan]!) * BigInt(valueOf(active)[plan]!)))
  const plans = tariff.planIds.map((id, plan) => ({
    id,
    simCount: Array.from(counts.values()).reduce((sum, count) => sum + count[plan]!, 0),
    monthly: sumOver(plan, tariff.monthlyFor),
    overage: overage.total(plan),
    sms: smsAbove.total(plan) * BigInt(tariff.smsCost[plan]!),
  }))
  const netUsage = tariff.poolIds.map(() => 0n)
  tariff.poolOf.forEach((pool, plan) => {
    if (pool >= 0) netUsage[pool]! += used.total(plan) - sumOver(plan, tariff.allowanceFor)
  })
  const pools = tariff.poolIds.map((id, pool) => ({
    id,
    netUsage: netUsage[pool]!,
    overage: exactOverageCharge(netUsage[pool]!, tariff.poolRate[pool]!),
  }))
  const parts = {
    monthly: total(plans.map((plan) => plan.monthly)),
    overage: total(plans.map((plan) => plan.overage)) + total(pools.map((pool) => pool.overage)),
    sms: total(plans.map((plan) => plan.sms)),
    change: BigInt(moves) * BigInt(tariff.changeCost),
  }
  return { total: parts.monthly + parts.overage + parts.sms + parts.change, ...parts, pools, plans }
}

function addOverage(sums: ExactSums, plan: number, excess: number, rate: OverageRate): void {
  const charge = overageCharge(excess, rate)
  if (charge <= 2 ** 51) sums.add(plan, charge)
  else sums.addExact(plan, exactOverageCharge(BigInt(excess), rate))
}

function total(values: readonly bigint[]): bigint {
  return values.reduce((sum, value) => sum + value, 0n)
}
