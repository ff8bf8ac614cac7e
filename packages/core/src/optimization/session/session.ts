import type { ChargeType, DroppedRatePlan } from "../load/usable-rate-plans.ts"

/** State of a session, in the words of the documents. */
export type OptimizationStatus =
  | "NotStarted"
  | "CommGroupSetup"
  | "RunningPermutations"
  | "CleaningUp"
  | "CompleteWithSuccess"
  | "CompleteWithErrors"

/** Why SIMs stay where they are: they are never assumed free, and never moved on a guess. */
export type ExclusionReason =
  | "not_billable"
  | "no_rate_plan"
  | "rate_plan_unpriced"
  | "no_communication_plan"
  | "no_permitted_rate_plans"
  | "permitted_rate_plans_unpriced"

/** Which candidate assignment won: the cheapest, then the one with the fewest moves. */
export type Candidate = "current" | "base" | "perSimCheapest" | "sequences" | "certified"

/**
 * Why the sequences strategy leaves a group out: nothing to permute with one SIM or one rate plan, too much with more
 * plans than the limit. The other candidates look at it all the same.
 */
export type DirectReason = "no_sims" | "single_sim" | "single_rate_plan" | "rate_plan_limit"

/** How usage is carried to the end of the period: not at all, in proportion, or in proportion and one percent more. */
export type Projection = "none" | "proportional" | "legacy"

/** Kind of lines that are optimized. */
export type PortalType = "M2M" | "Mobility" | "CrossProvider"

/** What a session was asked for, beside its provider and period. */
export interface SessionRequest {
  readonly portalType: PortalType
  readonly chargeType: ChargeType
  readonly projection: Projection
  /** The customer whose devices are optimized on what the tenant sells; `null` for the carrier's rate plans. */
  readonly customerId: string | null
  /** Providers of a customer's run; empty = all of the tenant's. */
  readonly serviceProviderIds: readonly string[]
  /** Period of a customer's run, where it is not a provider's. */
  readonly customerBillingPeriodId: string | null
  /** A customer's run: what plans that are billed in advance charge monthly was paid with the period before. */
  readonly billInAdvance: boolean
  /** Who asked, for people. */
  readonly requestedBy: string
}

/** A charge in its parts, micro-units as decimal strings. They add up to the cost. */
export interface CostComponents {
  readonly baseRate: string
  readonly rateCharge: string
  readonly overage: string
  readonly sms: string
}

/** What rate plans cost before and after, in parts, by name. Micro-units, decimal. */
export type ComponentsByRatePlan = Readonly<
  Record<string, { readonly before: CostComponents; readonly after: CostComponents }>
>

/** What the candidates cost that others are compared with. */
export interface CandidateCosts {
  readonly current: bigint
  readonly base: bigint
  readonly perSimCheapest: bigint
  readonly sequences: bigint
}

/** The current cost and the cost in their parts. */
export interface BeforeAndAfter {
  readonly before: CostComponents
  readonly after: CostComponents
}

/** One optimization of one provider's fleet for one billing period. Money in micro-units, as decimal strings. */
export interface OptimizationSession {
  readonly tenantId: string
  readonly id: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly syncRunId: string | null
  readonly request: SessionRequest
  readonly status: OptimizationStatus
  /** Percent, as it was last told; -1 before the first time. */
  readonly progress: number
  /** SIMs in a billable status: more than `deviceCount` where some could not be priced. */
  readonly expectedDeviceCount: number
  /** SIMs that were priced. */
  readonly deviceCount: number
  /** Sets of communication plans that permit the same rate plans. */
  readonly groupCount: number
  /** What is solved together: groups joined by the pools they share. */
  readonly problemCount: number
  readonly moveCount: number
  /** `null` until the session is complete. */
  readonly currentCost: string | null
  /** What the earlier system's base assignment would cost: each SIM on the plan whose allowance is nearest its usage. */
  readonly baseCost: string | null
  /** What the cheapest plan for each SIM taken alone would cost, pools priced as they are billed. */
  readonly perSimCheapestCost: string | null
  /** What the earlier system's strategy would cost: sequences of plans, filled group by group, priced as they are billed. */
  readonly sequencesCost: string | null
  readonly cost: string | null
  /** Proved: nothing permitted costs less. */
  readonly lowerBound: string | null
  /** `currentCost - cost`. Negative only where a SIM is on a plan that is not permitted. */
  readonly saving: string | null
  /** `(cost - lowerBound) / max(1, lowerBound)`. */
  readonly gap: number | null
  /** `currentCost` and `cost` in their parts. */
  readonly components: BeforeAndAfter | null
  readonly droppedRatePlans: readonly DroppedRatePlan[]
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly startedAt: number
  readonly finishedAt: number | null
  /**
   * Whether what its changes brought is what was predicted, but for what is known to have gone otherwise; `null` before
   * they ended. An unexplained difference stays to be seen, and holds up no other session.
   */
  readonly reconciliation: "explained" | "unexplained" | null
  /** The session that took its place on the last day of the period. */
  readonly supersededBy: string | null
}

/** `(cost - lowerBound) / max(1, lowerBound)`. */
export function gapOf(cost: bigint, lowerBound: bigint): number {
  return Number(cost - lowerBound) / Math.max(1, Number(lowerBound))
}
