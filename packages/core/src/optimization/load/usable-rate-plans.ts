import type { Pool, RatePlan } from "@altaworx/optimizer"
import type { StoredRatePlan } from "../../inventory/mod.ts"

/** What SIMs are charged for: monthly amounts and overage, or one of them. SMS are charged in each. */
export type ChargeType = "RateChargeAndOverage" | "RateChargeOnly" | "OverageOnly"

/** A rate plan that nothing can be priced on, and why. Only this plan is left out. */
export interface DroppedRatePlan {
  readonly ratePlan: string
  /**
   * `price_unknown`: a figure is missing. `price_invalid`: a figure is negative. `overage_invalid`: overage is charged,
   * but not for a positive number of whole kilobytes. `pool_terms_differ`: other plans of its pool charge overage otherwise.
   * `not_sold_everywhere`: a customer's plan that is not sold at all of the providers in question.
   */
  readonly reason: "price_unknown" | "price_invalid" | "overage_invalid" | "pool_terms_differ" | "not_sold_everywhere"
}

/** Rate plans and pools in the optimizer's form, by name. */
export interface UsableRatePlans {
  readonly plans: ReadonlyMap<string, RatePlan>
  readonly pools: ReadonlyMap<string, Pool>
  /** Part of each plan's monthly price that is the rate charge. */
  readonly rateCharges: ReadonlyMap<string, number>
  readonly dropped: readonly DroppedRatePlan[]
}

type OverageTerms = Omit<Pool, "id">

/** Sorts out which rate plans can be priced, and on which terms each pool is billed. */
export function usableRatePlans(
  stored: readonly StoredRatePlan[],
  chargeType: ChargeType = "RateChargeAndOverage",
): UsableRatePlans {
  const plans = new Map<string, RatePlan>()
  const dropped: DroppedRatePlan[] = []
  const pooled = new Map<string, { plan: RatePlan; terms: OverageTerms }[]>()
  for (const plan of stored.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const priced = priceOf(chargedAs(plan, chargeType))
    if (typeof priced === "string") {
      dropped.push({ ratePlan: plan.name, reason: priced })
    } else if (plan.pool === null) {
      plans.set(plan.name, { ...priced.plan, ...priced.terms })
    } else {
      pooled.set(plan.pool, [...(pooled.get(plan.pool) ?? []), priced])
    }
  }
  const pools = new Map<string, Pool>()
  for (const [id, members] of pooled) {
    const terms = commonTerms(members.map((member) => member.terms))
    pools.set(id, { id, ...terms })
    for (const member of members) {
      if (sameTerms(member.terms, terms)) plans.set(member.plan.id, { ...member.plan, pool: id })
      else dropped.push({ ratePlan: member.plan.id, reason: "pool_terms_differ" })
    }
  }
  const rateCharges = new Map(
    stored.map(({ name, rateCharge }) => [name, chargeType === "OverageOnly" ? 0 : rateCharge] as const),
  )
  return { plans, pools, rateCharges, dropped: dropped.toSorted((a, b) => (a.ratePlan < b.ratePlan ? -1 : 1)) }
}

/** A plan with only those prices that are charged for. What is not known stays not known. */
function chargedAs(plan: StoredRatePlan, chargeType: ChargeType): StoredRatePlan {
  if (chargeType === "OverageOnly") return { ...plan, monthly: plan.monthly && 0, rateCharge: 0 }
  if (chargeType === "RateChargeOnly") return { ...plan, overageCost: plan.overageCost && 0 }
  return plan
}

function priceOf(stored: StoredRatePlan): { plan: RatePlan; terms: OverageTerms } | DroppedRatePlan["reason"] {
  const { monthly, includedBytes, overageCost, smsIncluded, smsCost, rateCharge } = stored
  if (monthly === null || includedBytes === null || overageCost === null) return "price_unknown"
  if (monthly < 0 || includedBytes < 0 || smsIncluded < 0 || smsCost < 0) return "price_invalid"
  if (rateCharge < 0 || rateCharge > monthly) return "price_invalid"
  const terms = overageTerms(stored, overageCost)
  if (terms === undefined) return "overage_invalid"
  // An allowance is rounded down and usage is rounded up, as carriers do.
  const included = Math.floor(includedBytes / 1024)
  return { plan: { id: stored.name, monthly, included, pool: null, smsIncluded, smsCost }, terms }
}

/** Overage per kilobytes; `undefined` where the figures make no sense. Free overage needs no block. */
function overageTerms(stored: StoredRatePlan, overageCost: number): OverageTerms | undefined {
  const { overageBlockBytes, overageRounding } = stored
  if (overageCost === 0) return { overageCost, overageBlock: 1, overageRounding: "exact" }
  if (overageCost < 0 || overageBlockBytes === null || overageBlockBytes <= 0) return undefined
  if (overageBlockBytes % 1024 === 0) return { overageCost, overageBlock: overageBlockBytes / 1024, overageRounding }
  // In proportion, X per block of B bytes is the same as 1024 X per B kilobytes. A started block is not divisible.
  const scaled = overageCost * 1024
  return overageRounding === "exact" && Number.isSafeInteger(scaled)
    ? { overageCost: scaled, overageBlock: overageBlockBytes, overageRounding }
    : undefined
}

/** The terms most plans of a pool name; of two equally common ones, those of the first plan by name. */
function commonTerms(terms: readonly OverageTerms[]): OverageTerms {
  const votes = terms.map((mine) => terms.filter((other) => sameTerms(mine, other)).length)
  return terms[votes.indexOf(Math.max(...votes))] as OverageTerms
}

function sameTerms(a: OverageTerms, b: OverageTerms): boolean {
  return a.overageCost === b.overageCost && a.overageBlock === b.overageBlock && a.overageRounding === b.overageRounding
}
