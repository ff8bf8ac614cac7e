import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { selectSummary } from "./statements.ts"
import type { SyncSummary } from "./sync-summary.ts"

/** @throws {CoreError} `input.not_found` while the run is not finalized. */
export async function getSyncSummary(core: Platform, tenantId: string, syncRunId: string): Promise<SyncSummary> {
  const summary = await core.store.read((db) => selectSummary(db, tenantId, syncRunId))
  if (!summary) throw new CoreError("input.not_found", "Cannot find the sync's summary", { field: "syncRunId" })
  return summary
}
