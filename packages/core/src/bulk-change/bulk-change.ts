import type { ChangeType } from "../ports/mod.ts"

/** Life of a bulk change. Nothing reaches a carrier before `approved`; `done` and `cancelled` are ends. */
export type BulkChangeState = "received" | "planned" | "approved" | "processing" | "cancelling" | "done" | "cancelled"

/** A bulk change by its key; first argument of most statements. */
export interface BulkChangeKey {
  readonly tenantId: string
  readonly id: string
}

/** The first devices of a bulk change: the others are begun only once these ended well. */
export interface Canary {
  /** How many of those that the plan did not refuse, 1 or more. */
  readonly size: number
  /** Largest share of them, 0 to 1, that may end otherwise than seen at the carrier. */
  readonly mostUnverified: number
}

/** What holds a bulk change back while it runs. Part of what is approved. */
export interface BulkChangeGuards {
  readonly canary: Canary | null
  /** From this instant on nothing more is begun; `null` = no such instant. */
  readonly notAfter: number | null
}

/** A change of many devices, as it stands. */
export interface BulkChange extends BulkChangeKey, BulkChangeGuards {
  /** The account it was asked for; of several, the first. */
  readonly serviceProviderId: string
  readonly changeType: ChangeType
  readonly state: BulkChangeState
  /** `M2M` or `Mobility`, as the documents divide the portal. */
  readonly portalType: string
  readonly optimizationSessionId: string | null
  /** Id of the bulk change that this one takes back, or `null`. */
  readonly inverseOf: string | null
  /** What the asking side calls this request: asking again by it gives the same bulk change. */
  readonly requestId: string | null
  /** Before this instant nothing is begun; `null` = as soon as it is approved. */
  readonly effectiveAt: number | null
  /**
   * How the canary ended, of the newest round that had one; `waived` where somebody went on without after one that failed;
   * `null` without one, and until then.
   */
  readonly canaryVerdict: "passed" | "failed" | "waived" | null
  /** What an approval has to name; `null` until the plan is complete. */
  readonly planHash: string | null
  /** Rows of the plan, refused ones included. */
  readonly deviceCount: number
  /** Rows that the plan itself refused. */
  readonly refusedCount: number
  /** Micro-units for the billing period, over the rows that are to be done and whose effect on the cost is known. */
  readonly saving: bigint
  readonly createdBy: string
  readonly createdAt: number
  readonly approvedBy: string | null
  readonly approvedAt: number | null
  readonly cancelledBy: string | null
  readonly cancelledAt: number | null
  /** From 0; each retry of what failed is a round of its own. */
  readonly round: number
  readonly processedAt: number | null
  /** When it was put away: it can be looked at, and nothing more is done with it. `null` while it is not. */
  readonly archivedAt: number | null
  /** Why processing of an account stands still, where its job was given up; redriving the job goes on. */
  readonly errorCode: string | null
  readonly errorText: string | null
}

/** A bulk change whose plan is complete: it can be looked at and approved. */
export interface PlannedBulkChange extends BulkChange {
  readonly planHash: string
}

/** One account's part of a bulk change: it is processed at the account's own pace. */
export interface BulkChangeLane {
  readonly serviceProviderId: string
  /** Number of the slice that runs next. */
  readonly slice: number
}
