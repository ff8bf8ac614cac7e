import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { BulkChange, BulkChangeKey } from "./bulk-change.ts"
import type { BulkChangeDevice, BulkChangeDeviceStatus, BulkChangeSummary } from "./bulk-change-device.ts"
import { selectBulkChange } from "./change-statements.ts"
import { countByStatus, selectBulkChangeDevices } from "./device-statements.ts"

/** @throws {CoreError} `input.not_found` if the tenant has no bulk change of this id. */
export async function getBulkChange(core: Platform, tenantId: string, id: string): Promise<BulkChange> {
  const change = await core.store.read((db) => selectBulkChange(db, tenantId, { id }))
  if (!change) throw new CoreError("input.not_found", "Cannot find the bulk change", { field: "id" })
  return change
}

/** The bulk change of an optimization session's moves, unless it was cancelled; `undefined` before they were planned. */
export function findBulkChangeOfSession(
  core: Platform,
  request: {
    readonly tenantId: string
    readonly serviceProviderId: string
    readonly optimizationSessionId: string
  },
): Promise<BulkChange | undefined> {
  const { tenantId, serviceProviderId, optimizationSessionId } = request
  return core.store.read((db) => selectBulkChange(db, tenantId, { serviceProviderId, optimizationSessionId }))
}

export interface ListBulkChangeDevicesRequest extends BulkChangeKey {
  /** Only rows that stand here. @default all */
  readonly statuses?: readonly BulkChangeDeviceStatus[]
  /** Position of the last row of the page before. */
  readonly after?: number
  /** 1 to 2000. @default 100 */
  readonly limit?: number
}

/**
 * Rows of a bulk change in the order of processing: what will happen to each device, and what did.
 *
 * @throws {CoreError} `input.invalid` for a limit outside 1 to 2000.
 */
export async function listBulkChangeDevices(
  core: Platform,
  request: ListBulkChangeDevicesRequest,
): Promise<readonly BulkChangeDevice[]> {
  const limit = request.limit ?? 100
  if (!Number.isInteger(limit) || limit < 1 || limit > 2_000) {
    throw new CoreError("input.invalid", `Cannot list devices: limit must be 1 to 2000, got ${limit}`, {
      field: "limit",
    })
  }
  const { statuses } = request
  return core.store.read((db) =>
    selectBulkChangeDevices(db, request, { after: request.after ?? -1, limit, ...(statuses && { statuses }) }),
  )
}

/** All rows of a bulk change, or those that stand in some statuses, in pages of `limit`. */
export async function* eachBulkChangeDevice(
  core: Platform,
  request: BulkChangeKey & {
    readonly statuses?: readonly BulkChangeDeviceStatus[]
    /** 1 to 2000. @default 2000 */
    readonly limit?: number
  },
): AsyncGenerator<readonly BulkChangeDevice[], void> {
  const limit = request.limit ?? 2_000
  for (let after = -1; ; ) {
    const rows = await listBulkChangeDevices(core, { ...request, after, limit })
    if (rows.length > 0) yield rows
    if (rows.length < limit) return
    after = rows.at(-1)?.position ?? after
    await core.runtime.clock.yield()
  }
}

const COUNTED_AS: Readonly<Record<BulkChangeDeviceStatus, "processed" | "failed" | "unknown" | "cancelled" | "open">> =
  {
    NEW: "open",
    PROCESSING: "open",
    PENDING: "open",
    PROCESSED: "processed",
    API_FAILED: "failed",
    ERROR: "failed",
    UNKNOWN: "unknown",
    CANCELLED: "cancelled",
  }

/** How many devices of a bulk change stand where; statuses that none stands in are left out. */
export type DeviceCounts = Readonly<Partial<Record<BulkChangeDeviceStatus, number>>>

export async function countDevices(core: Platform, key: BulkChangeKey): Promise<DeviceCounts> {
  const rows = await core.store.rows<{ status: BulkChangeDeviceStatus; count: number }>(countByStatus(key))
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
}

/** Counts of a bulk change by how its rows stand. */
export async function summarizeBulkChange(core: Platform, tenantId: string, id: string): Promise<BulkChangeSummary> {
  const rows = await core.store.rows<{ status: BulkChangeDeviceStatus; count: number; verified: number }>(
    countByStatus({ tenantId, id }),
  )
  const summary = { planned: 0, processed: 0, failed: 0, unknown: 0, cancelled: 0, open: 0, verified: 0 }
  for (const { status, count, verified } of rows) {
    summary.planned += count
    summary[COUNTED_AS[status]] += count
    summary.verified += verified
  }
  return summary
}
