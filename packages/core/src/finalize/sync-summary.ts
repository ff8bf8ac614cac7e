import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { selectSummary } from "./statements.ts"

/** What a finished sync did: the seven values of the documents, and the communication plans that need an operator. */
export interface SyncSummary {
  readonly tenantId: string
  readonly syncRunId: string
  readonly serviceProviderId: string
  /** When the devices were read, epoch milliseconds. */
  readonly detailLastSyncDate: number
  /** Devices that the carrier listed. */
  readonly detailQueueCount: number
  /** Devices that were new or had changed. */
  readonly detailUpdatedCount: number
  /** When the usage was read, epoch milliseconds. */
  readonly usageLastSyncDate: number
  /** Devices whose usage was read. */
  readonly usageQueueCount: number
  /** Devices of the inventory with any usage in the period. */
  readonly usageUpdatedCount: number
  /** Devices of the provider that are listed now. */
  readonly deviceCount: number
  readonly newCommunicationPlans: readonly string[]
  /** Their SIMs stay where they are until an operator permits rate plans. */
  readonly communicationPlansWithoutRatePlans: readonly string[]
  readonly createdAt: number
}

/** @throws {CoreError} `input.not_found` while the run is not finalized. */
export async function getSyncSummary(core: Platform, tenantId: string, syncRunId: string): Promise<SyncSummary> {
  const summary = await core.store.read((db) => selectSummary(db, tenantId, syncRunId))
  if (!summary) throw new CoreError("input.not_found", "Cannot find the sync's summary", { field: "syncRunId" })
  return summary
}
