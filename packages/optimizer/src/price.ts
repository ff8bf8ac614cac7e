import { checkAssignment } from "./check-assignment.ts"
import { checkProblem } from "./check-problem.ts"
import { ExactSum } from "./exact-sum.ts"
import { exactOverageCharge, type OverageRate, overageCharge } from "./overage.ts"
import type { Assignment, Problem } from "./problem.ts"
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
  const { planCount } = tariff
  const { usage, days, sms, currentPlan } = problem.sims
  const simCount = new Float64Array(planCount)
  const used = sums(planCount)
  const allowed = sums(planCount)
  const monthly = sums(planCount)
  const overage = sums(planCount)
  const smsAbove = sums(planCount)
  let monthlyNow = tariff.monthlyFor(tariff.cycleDays)
  let allowanceNow = tariff.allowanceFor(tariff.cycleDays)
  let daysNow = tariff.cycleDays
  let moves = 0
  for (let i = 0; i < usage.length; i++) {
    const plan = assignment[i]!
    if (days != null && days[i] !== daysNow) {
      daysNow = days[i]!
      monthlyNow = tariff.monthlyFor(daysNow)
      allowanceNow = tariff.allowanceFor(daysNow)
    }
    simCount[plan]!++
    monthly[plan]!.add(monthlyNow[plan]!)
    if (tariff.poolOf[plan]! < 0) {
      addOverage(overage[plan]!, usage[i]! - allowanceNow[plan]!, tariff.ownRate[plan]!)
    } else {
      used[plan]!.add(usage[i]!)
      allowed[plan]!.add(allowanceNow[plan]!)
    }
    if (sms != null) smsAbove[plan]!.add(Math.max(0, sms[i]! - tariff.smsIncluded[plan]!))
    if (currentPlan != null && currentPlan[i]! >= 0 && currentPlan[i] !== plan) moves++
  }
  const plans = tariff.planIds.map((id, plan) => ({
    id,
    simCount: simCount[plan]!,
    monthly: monthly[plan]!.total,
    overage: overage[plan]!.total,
    sms: smsAbove[plan]!.total * BigInt(tariff.smsCost[plan]!),
  }))
  const netUsage = tariff.poolIds.map(() => 0n)
  tariff.poolOf.forEach((pool, plan) => {
    if (pool >= 0) netUsage[pool]! += used[plan]!.total - allowed[plan]!.total
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

function addOverage(sum: ExactSum, excess: number, rate: OverageRate): void {
  const charge = overageCharge(excess, rate)
  if (charge <= 2 ** 51) sum.add(charge)
  else sum.addExact(exactOverageCharge(BigInt(excess), rate))
}

function sums(count: number): readonly ExactSum[] {
  return Array.from({ length: count }, () => new ExactSum())
}

function total(values: readonly bigint[]): bigint {
  return values.reduce((sum, value) => sum + value, 0n)
}
