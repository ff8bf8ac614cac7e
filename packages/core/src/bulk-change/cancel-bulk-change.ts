import { CoreError } from "../errors/mod.ts"
import { enqueueJob } from "../jobs/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { BulkChange, BulkChangeKey } from "./bulk-change.ts"
import type { BulkChangeSummary } from "./bulk-change-device.ts"
import { finishBulkChange, requestCancel } from "./change-statements.ts"
import { cancelNewDevices, turnBackDevices } from "./device-statements.ts"
import { finishRequest } from "./process/process-job.ts"
import { getBulkChange, summarizeBulkChange } from "./queries.ts"

/**
 * Cancels what was not begun. It takes effect before the next device; what is under way is settled by processing, and what
 * is between two steps is taken back, so that in the end each row says done, not done or unknown (`listBulkChangeDevices`
 * with `statuses`). Until then the bulk change is `cancelling` and the returned counts have `open` rows. Cancelling again
 * changes nothing.
 *
 * @throws {CoreError} `bulk_change.wrong_state` if it is done; `input.not_found`.
 */
export async function cancelBulkChange(
  core: Platform,
  request: BulkChangeKey & { readonly cancelledBy: string },
): Promise<BulkChangeSummary> {
  const { tenantId, id, cancelledBy } = request
  const change = await getBulkChange(core, tenantId, id)
  if (change.state === "done") {
    throw new CoreError("bulk_change.wrong_state", "Cannot cancel a bulk change that is done: invert it instead")
  }
  if (change.state !== "cancelled") {
    await core.store.unit({ name: "bulk-change.cancel" }, requestCancel(change, cancelledBy, core.runtime.clock.now()))
    await cancelDevices(core, change)
  }
  return summarizeBulkChange(core, tenantId, id)
}

// Rows of one unit: a long write would keep processing of other bulk changes waiting.
const CHUNK = 5_000

/** Ends the rows that were not begun, turns those between two steps round, and ends the bulk change where it can. */
export async function cancelDevices(core: Platform, change: BulkChange): Promise<void> {
  for (;;) {
    const now = core.runtime.clock.now()
    const results = await core.store.unit({ name: "bulk-change.cancel-devices" }, [
      ...cancelNewDevices(change, now, CHUNK),
      turnBackDevices(change),
      ...finishBulkChange(change, now),
      enqueueJob(core.runtime, finishRequest(change, change.round)),
    ])
    if ((results[1]?.length ?? 0) < CHUNK) return
  }
}
