import { shareFloor, shareHalfUp } from "./exact-share.ts"
import { type OverageRate, overageRateOf } from "./overage.ts"
import type { Problem } from "../problem/problem.ts"

/** Plans and pools resolved for computation: defaults applied, ids replaced by positions. */
export interface Tariff {
  readonly planCount: number
  readonly poolCount: number
  readonly cycleDays: number
  readonly changeCost: number
  readonly planIds: readonly string[]
  readonly poolIds: readonly string[]
  /** Position of the plan's pool, -1 without one. */
  readonly poolOf: Int32Array
  /** Terms of each plan's own overage; of no meaning for plans in a pool. */
  readonly ownRate: readonly OverageRate[]
  readonly poolRate: readonly OverageRate[]
  readonly smsIncluded: Float64Array
  readonly smsCost: Float64Array
  /** 0 when absent. */
  readonly minSims: Float64Array
  /** Infinity when absent. */
  readonly maxSims: Float64Array
  /** For each communication plan, 1 at permitted plans. */
  readonly permitted: readonly Uint8Array[]
  /** Monthly charge per plan for a number of active days, micro-units. */
  readonly monthlyFor: (days: number) => Float64Array
  /** Allowance per plan for a number of active days, KB. */
  readonly allowanceFor: (days: number) => Float64Array
}

/** Resolves the plans and pools of a checked problem. */
export function tariffOf(problem: Problem): Tariff {
  const { plans, cycleDays } = problem
  const pools = problem.pools ?? []
  const poolAt = new Map(pools.map((pool, index) => [pool.id, index]))
  const planAt = new Map(plans.map((plan, index) => [plan.id, index]))
  return {
    planCount: plans.length,
    poolCount: pools.length,
    cycleDays,
    changeCost: problem.changeCost ?? 0,
    planIds: plans.map((plan) => plan.id),
    poolIds: pools.map((pool) => pool.id),
    poolOf: Int32Array.from(plans, (plan) => (plan.pool == null ? -1 : poolAt.get(plan.pool)!)),
    ownRate: plans.map(overageRateOf),
    poolRate: pools.map(overageRateOf),
    smsIncluded: Float64Array.from(plans, (plan) => plan.smsIncluded ?? 0),
    smsCost: Float64Array.from(plans, (plan) => plan.smsCost ?? 0),
    minSims: Float64Array.from(plans, (plan) => plan.minSims ?? 0),
    maxSims: Float64Array.from(plans, (plan) => plan.maxSims ?? Infinity),
    permitted: (problem.commPlans ?? []).map((commPlan) => {
      const flags = new Uint8Array(plans.length)
      for (const id of commPlan.plans) flags[planAt.get(id)!] = 1
      return flags
    }),
    monthlyFor: remember((days) => Float64Array.from(plans, (plan) => shareHalfUp(plan.monthly, days, cycleDays))),
    allowanceFor: remember((days) => Float64Array.from(plans, (plan) => shareFloor(plan.included, days, cycleDays))),
  }
}

// Most fleets use a handful of day counts, so each is computed once.
function remember<Value>(compute: (days: number) => Value): (days: number) => Value {
  const known = new Map<number, Value>()
  return (days) => {
    let value = known.get(days)
    if (value === undefined) known.set(days, (value = compute(days)))
    return value
  }
}
