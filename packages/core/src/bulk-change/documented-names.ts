import { redact } from "../tenancy/mod.ts"
import type { BulkChange } from "./bulk-change.ts"
import type { BulkChangeDevice, BulkChangeDeviceStatus, BulkChangeSummary } from "./bulk-change-device.ts"
import { type BulkChangeLifeStatus, lifeStatusOf } from "./life-status.ts"

/** A bulk change by the names of the documents. Instants are epoch milliseconds. */
export interface DocumentedBulkChange {
  readonly Id: string
  readonly TenantId: string
  readonly ServiceProviderId: string
  readonly ChangeRequestType: string
  readonly PortalType: string
  readonly Status: BulkChangeLifeStatus
  readonly Uploaded: number
  readonly Successful: number
  readonly Errors: number
  readonly EffectiveDate: number | null
  readonly CreatedBy: string
  readonly CreatedDate: number
  readonly ProcessedBy: string | null
  readonly ProcessedDate: number | null
  readonly IsDeleted: false
}

/** A device of a bulk change by the names of the documents; texts hold no secrets and no whole identifiers but its own. */
export interface DocumentedBulkChangeDetail {
  readonly Id: string
  readonly BulkChangeId: string
  readonly ServiceProviderId: string
  readonly PortalType: string
  /** As it was asked for. */
  readonly DeviceIdentifier: string
  readonly DeviceId: string | null
  /** JSON. */
  readonly ChangeRequest: string
  readonly Status: BulkChangeDeviceStatus
  readonly StatusDetails: string | null
  readonly IsProcessed: boolean
  readonly HasErrors: boolean
  readonly ProcessedBy: string | null
  readonly ProcessedDate: number | null
}

/**
 * A bulk change as the documents name its fields.
 *
 * @example
 * ```ts
 * import { documentedBulkChange, type BulkChange } from "@altaworx/core/bulk-change"
 *
 * const change = { id: "7", state: "planned", errorCode: null, deviceCount: 2, refusedCount: 0 } as BulkChange
 * const counts = { planned: 2, processed: 0, failed: 0, unknown: 0, cancelled: 0, open: 2, verified: 0 }
 * console.log(documentedBulkChange(change, counts).Status) // "NEW"
 * ```
 */
export function documentedBulkChange(change: BulkChange, counts: BulkChangeSummary): DocumentedBulkChange {
  return {
    Id: change.id,
    TenantId: change.tenantId,
    ServiceProviderId: change.serviceProviderId,
    ChangeRequestType: change.changeType,
    PortalType: change.portalType,
    Status: lifeStatusOf(change, counts),
    Uploaded: counts.planned,
    Successful: counts.processed,
    Errors: counts.failed + counts.unknown,
    EffectiveDate: change.effectiveAt,
    CreatedBy: change.createdBy,
    CreatedDate: change.createdAt,
    ProcessedBy: change.approvedBy,
    ProcessedDate: change.processedAt,
    IsDeleted: false,
  }
}

const WITH_ERRORS: readonly BulkChangeDeviceStatus[] = ["API_FAILED", "ERROR", "UNKNOWN"]

/** A device of a bulk change as the documents name its fields. */
export function documentedDetail(
  change: Pick<BulkChange, "id" | "portalType" | "approvedBy">,
  row: BulkChangeDevice,
): DocumentedBulkChangeDetail {
  const isProcessed = row.processedAt !== null || row.status === "ERROR"
  return {
    Id: `${change.id}/${row.position}`,
    BulkChangeId: change.id,
    ServiceProviderId: row.serviceProviderId,
    PortalType: change.portalType,
    DeviceIdentifier: row.identifier,
    DeviceId: row.carrierDeviceId,
    ChangeRequest: redact(JSON.stringify(row.to)),
    Status: row.status,
    StatusDetails: row.text === null ? null : redact(row.text),
    IsProcessed: isProcessed,
    HasErrors: WITH_ERRORS.includes(row.status),
    ProcessedBy: isProcessed ? change.approvedBy : null,
    ProcessedDate: row.processedAt,
  }
}
