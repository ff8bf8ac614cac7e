import { CoreError } from "../errors/mod.ts"
import { enqueueJob } from "../jobs/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { BulkChange, BulkChangeKey } from "./bulk-change.ts"
import { hashStoredPlan } from "./plan-hash.ts"
import { processRequest } from "./process-job.ts"
import { getBulkChange } from "./queries.ts"
import { approvePlan } from "./statements.ts"

/**
 * Approves exactly the plan whose hash is given, and puts its processing in line. Approving the same plan again changes
 * nothing.
 *
 * @throws {CoreError} `bulk_change.plan_changed` if the plan has another hash, or its stored rows do;
 *   `bulk_change.wrong_state` if it is not complete or was cancelled; `input.not_found`. Nothing was written.
 */
export async function approveBulkChange(
  core: Platform,
  request: BulkChangeKey & { readonly planHash: string; readonly approvedBy: string },
): Promise<BulkChange> {
  const { tenantId, id, planHash, approvedBy } = request
  const change = await getBulkChange(core, tenantId, id)
  if (change.state === "received" || change.state === "cancelling" || change.state === "cancelled") {
    throw new CoreError("bulk_change.wrong_state", `Cannot approve a bulk change that is ${change.state}`)
  }
  if (planHash !== change.planHash) throw planChanged("it has another plan than the one that was seen")
  if (change.state !== "planned") return change
  await checkStoredPlan(core, change)
  const now = core.runtime.clock.now()
  await core.store.unit({ name: "bulk-change.approve" }, [
    approvePlan(change, { planHash, approvedBy, now }),
    enqueueJob(core.runtime, processRequest(change, 0, now)),
  ])
  return getBulkChange(core, tenantId, id)
}

/** @throws {CoreError} `bulk_change.plan_changed` if the stored rows are not those that the plan's hash was made of. */
export async function checkStoredPlan(core: Platform, change: BulkChange): Promise<void> {
  if ((await hashStoredPlan(core, change)) !== change.planHash) {
    throw planChanged("its stored rows are not those that were planned")
  }
}

function planChanged(reason: string): CoreError {
  return new CoreError("bulk_change.plan_changed", `Cannot run the bulk change: ${reason}`, { field: "planHash" })
}
