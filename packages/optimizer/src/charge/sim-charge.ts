import { exactOverageCharge, overageCharge } from "./overage.ts"
import type { Problem } from "../problem/problem.ts"
import type { Tariff } from "./tariff.ts"

/** What a plan means for one SIM whatever the others do: safe integers, from which its charge is added up. */
export interface SimTerms {
  /** Prorated monthly charge, micro-units. */
  readonly monthly: number
  /** Micro-units; 0 if it does not move. */
  readonly change: number
  /** SMS above the included count. */
  readonly smsAbove: number
  /** Usage minus allowance, KB: what it adds to its pool, if the plan has one. */
  readonly excess: number
}

/** Reads the terms of one SIM on one plan. */
export function termsOf({ sims }: Problem, tariff: Tariff, sim: number, plan: number): SimTerms {
  const days = sims.days?.[sim] ?? tariff.cycleDays
  const current = sims.currentPlan?.[sim] ?? -1
  return {
    monthly: tariff.monthlyFor(days)[plan]!,
    change: current >= 0 && current !== plan ? tariff.changeCost : 0,
    smsAbove: Math.max(0, (sims.sms?.[sim] ?? 0) - tariff.smsIncluded[plan]!),
    excess: sims.usage[sim]! - tariff.allowanceFor(days)[plan]!,
  }
}

/** The SIM's charge but for its pool, micro-units, as a double: exact while it is a safe integer. */
export function nearCharge(tariff: Tariff, plan: number, { monthly, change, smsAbove, excess }: SimTerms): number {
  const overage = tariff.poolOf[plan]! < 0 ? overageCharge(excess, tariff.ownRate[plan]!) : 0
  return monthly + change + smsAbove * tariff.smsCost[plan]! + overage
}

/** The same, exact at any size. */
export function exactCharge(tariff: Tariff, plan: number, terms: SimTerms): bigint {
  const near = nearCharge(tariff, plan, terms)
  if (near <= Number.MAX_SAFE_INTEGER) return BigInt(near)
  const { monthly, change, smsAbove, excess } = terms
  const overage = tariff.poolOf[plan]! < 0 ? exactOverageCharge(BigInt(excess), tariff.ownRate[plan]!) : 0n
  return BigInt(monthly) + BigInt(change) + BigInt(smsAbove) * BigInt(tariff.smsCost[plan]!) + overage
}
