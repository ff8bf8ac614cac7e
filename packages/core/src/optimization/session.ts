import type { DroppedRatePlan } from "./usable-rate-plans.ts"

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
export type Candidate = "current" | "perSimCheapest" | "certified"

/** One optimization of one provider's fleet for one billing period. Money in micro-units, as decimal strings. */
export interface OptimizationSession {
  readonly tenantId: string
  readonly id: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly syncRunId: string | null
  readonly status: OptimizationStatus
  /** SIMs that were priced. */
  readonly deviceCount: number
  /** Sets of communication plans that permit the same rate plans. */
  readonly groupCount: number
  /** What is solved together: groups joined by the pools they share. */
  readonly problemCount: number
  readonly moveCount: number
  /** `null` until the session is complete. */
  readonly currentCost: string | null
  /** What the cheapest plan for each SIM taken alone would cost, pools priced as they are billed. */
  readonly perSimCheapestCost: string | null
  readonly cost: string | null
  /** Proved: nothing permitted costs less. */
  readonly lowerBound: string | null
  /** `currentCost - cost`. Negative only where a SIM is on a plan that is not permitted. */
  readonly saving: string | null
  /** `(cost - lowerBound) / max(1, lowerBound)`. */
  readonly gap: number | null
  readonly droppedRatePlans: readonly DroppedRatePlan[]
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly startedAt: number
  readonly finishedAt: number | null
}

/** `(cost - lowerBound) / max(1, lowerBound)`. */
export function gapOf(cost: bigint, lowerBound: bigint): number {
  return Number(cost - lowerBound) / Math.max(1, Number(lowerBound))
}
