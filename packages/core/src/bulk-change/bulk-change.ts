import type { ChangeType } from "../ports/mod.ts"

/** Life of a bulk change. Nothing reaches a carrier before `approved`; `done` and `cancelled` are ends. */
export type BulkChangeState = "received" | "planned" | "approved" | "processing" | "cancelling" | "done" | "cancelled"

/** A bulk change by its key; first argument of most statements. */
export interface BulkChangeKey {
  readonly tenantId: string
  readonly id: string
}

/** A change of many devices of one carrier account, as it stands. */
export interface BulkChange extends BulkChangeKey {
  readonly serviceProviderId: string
  readonly changeType: ChangeType
  readonly state: BulkChangeState
  readonly optimizationSessionId: string | null
  /** Id of the bulk change that this one takes back, or `null`. */
  readonly inverseOf: string | null
  /** What an approval has to name; `null` until the plan is complete. */
  readonly planHash: string | null
  /** Rows of the plan, refused ones included. */
  readonly deviceCount: number
  /** Rows that the plan itself refused. */
  readonly refusedCount: number
  /** Micro-units for the billing period, over the rows that are to be done. */
  readonly saving: bigint
  readonly createdBy: string
  readonly createdAt: number
  readonly approvedBy: string | null
  readonly approvedAt: number | null
  readonly cancelledBy: string | null
  readonly cancelledAt: number | null
  /** Number of the slice that runs next. */
  readonly slice: number
  readonly processedAt: number | null
  /** Why processing stands still, where its job was given up; redriving the job goes on. */
  readonly errorCode: string | null
  readonly errorText: string | null
}

/** A bulk change whose plan is complete: it can be looked at and approved. */
export interface PlannedBulkChange extends BulkChange {
  readonly planHash: string
}

/**
 * Where one device stands. `NEW` is not begun, `PROCESSING` is being sent, `PENDING` is answered and not yet seen at the
 * carrier. Ends: `PROCESSED` (seen), `API_FAILED` (the carrier did not do it), `ERROR` (we did not send it), `CANCELLED`,
 * `UNKNOWN` (sent, answer lost, not seen).
 */
export type BulkChangeDeviceStatus =
  | "NEW"
  | "PROCESSING"
  | "PENDING"
  | "PROCESSED"
  | "API_FAILED"
  | "ERROR"
  | "CANCELLED"
  | "UNKNOWN"

/** One row of a bulk change: what shall happen to a device, and what did. */
export interface BulkChangeDevice {
  /** Order of processing, from 0. */
  readonly position: number
  readonly carrierDeviceId: string
  readonly fromRatePlan: string
  readonly toRatePlan: string
  /** Micro-units for the billing period, as the plan was made. */
  readonly saving: number
  readonly status: BulkChangeDeviceStatus
  /** Stable reason of a status that is not the plain course, for example `stale`. */
  readonly code: string | null
  /** The same for people, with what to do next where something is. */
  readonly text: string | null
  readonly processedAt: number | null
  /** When a read of the carrier showed the change; `null` while none did. */
  readonly verifiedAt: number | null
}

/** A row as its plan knows it. */
export type PlannedDevice = Omit<BulkChangeDevice, "processedAt" | "verifiedAt">

/** Counts of a bulk change. `planned` = `processed + failed + unknown + cancelled + open`, always. */
export interface BulkChangeSummary {
  readonly planned: number
  readonly processed: number
  /** Refused by the plan or the carrier, stale, or accepted and never done. */
  readonly failed: number
  readonly unknown: number
  readonly cancelled: number
  /** Not begun, or begun and not settled. */
  readonly open: number
  /** Seen at the carrier by a read of our own. */
  readonly verified: number
}
