import type { RatePlan } from "@altaworx/optimizer"
import type { CostComponents } from "../session/session.ts"

/** What a SIM's charge is split by: its plan, and the part of the plan's monthly price that is the rate charge. */
export interface ChargeTerms {
  readonly plan: RatePlan
  readonly rateCharge: number
  readonly cycleDays: number
}

/** A SIM's charge in its parts, micro-units; they add up to it. */
export interface ChargeComponents {
  readonly baseRate: number
  readonly rateCharge: number
  readonly overage: number
  readonly sms: number
}

/**
 * Splits a charge. The optimizer knows one monthly price, which is the base rate and the rate charge, prorated and rounded
 * together: the base rate is prorated and rounded by itself, and the rest of the monthly amount is the rate charge. What
 * is neither monthly nor SMS is overage, its own or its share of the pool's.
 */
export function splitCharge(charge: number, days: number, smsCount: number, terms: ChargeTerms): ChargeComponents {
  const { plan, cycleDays } = terms
  const monthly = prorated(plan.monthly, days, cycleDays)
  const baseRate = prorated(plan.monthly - terms.rateCharge, days, cycleDays)
  const sms = Math.max(0, smsCount - (plan.smsIncluded ?? 0)) * (plan.smsCost ?? 0)
  return { baseRate, rateCharge: monthly - baseRate, overage: charge - monthly - sms, sms }
}

/** `roundHalfUp(amount * days / cycleDays)`, exact. */
function prorated(amount: number, days: number, cycleDays: number): number {
  if (days === cycleDays) return amount
  const twice = 2n * BigInt(cycleDays)
  return Number((2n * BigInt(amount) * BigInt(days) + BigInt(cycleDays)) / twice)
}

const PARTS = ["baseRate", "rateCharge", "overage", "sms"] as const

/** Sums of components; what is not there counts as nothing. */
export function addComponents(all: readonly (CostComponents | ChargeComponents | undefined)[]): CostComponents {
  const total = (part: (typeof PARTS)[number]) => all.reduce((sum, one) => sum + BigInt(one?.[part] ?? 0), 0n)
  return Object.fromEntries(PARTS.map((part) => [part, String(total(part))])) as unknown as CostComponents
}

/** Adds up components one by one: in numbers as long as they are exact, which for a fleet they soon are not. */
export function componentSum(): { add(charge: ChargeComponents): void; total(): CostComponents } {
  const exact = [0n, 0n, 0n, 0n]
  let pending = [0, 0, 0, 0]
  const settle = () => {
    pending.forEach((amount, at) => (exact[at]! += BigInt(amount)))
    pending = [0, 0, 0, 0]
  }
  return {
    add(charge) {
      PARTS.forEach((part, at) => {
        if (!Number.isSafeInteger(pending[at]! + charge[part])) settle()
        pending[at]! += charge[part]
      })
    },
    total() {
      settle()
      return Object.fromEntries(PARTS.map((part, at) => [part, String(exact[at])])) as unknown as CostComponents
    },
  }
}
