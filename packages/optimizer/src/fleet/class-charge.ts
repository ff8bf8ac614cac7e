import type { Fleet } from "./fleet.ts"
import { overageCharge } from "../charge/overage.ts"

/** What each plan costs a SIM of one class before usage is looked at. Reused from class to class. */
export interface ClassCharge {
  /** Permitted plans, ascending; the first `planCount` entries count. */
  readonly plans: Int32Array
  planCount: number
  /** By plan: monthly, SMS and change, micro-units. */
  readonly base: Float64Array
  /** By plan: allowance, KB. */
  allowance: Float64Array
}

/** An empty `ClassCharge` to load classes into. */
export function newClassCharge(planCount: number): ClassCharge {
  return {
    plans: new Int32Array(planCount),
    planCount: 0,
    base: new Float64Array(planCount),
    allowance: new Float64Array(planCount),
  }
}

/** Fills `into` with the charges of one class. */
export function loadClassCharge(fleet: Fleet, index: number, into: ClassCharge): void {
  const { tariff } = fleet
  const comm = fleet.classComm[index]!
  const permitted = comm < 0 ? null : tariff.permitted[comm]!
  const current = fleet.classCurrent[index]!
  const sms = fleet.classSms[index]!
  const monthly = tariff.monthlyFor(fleet.classDays[index]!)
  into.allowance = tariff.allowanceFor(fleet.classDays[index]!)
  into.planCount = 0
  for (let plan = 0; plan < tariff.planCount; plan++) {
    if (permitted !== null && permitted[plan] === 0) continue
    into.plans[into.planCount++] = plan
    const smsAbove = sms - tariff.smsIncluded[plan]!
    into.base[plan] =
      monthly[plan]! +
      (smsAbove > 0 ? smsAbove * tariff.smsCost[plan]! : 0) +
      (current >= 0 && current !== plan ? tariff.changeCost : 0)
  }
}

/** Charge of one SIM on one plan: everything but a share in a pool's overage, micro-units. */
export function ownCharge(fleet: Fleet, charge: ClassCharge, usage: number, plan: number): number {
  const base = charge.base[plan]!
  if (fleet.tariff.poolOf[plan]! >= 0) return base
  const excess = usage - charge.allowance[plan]!
  return excess > 0 ? base + overageCharge(excess, fleet.tariff.ownRate[plan]!) : base
}
