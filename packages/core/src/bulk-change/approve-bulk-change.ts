import { CoreError } from "../errors/mod.ts"
import { enqueueJob, setJobLimit } from "../jobs/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { BulkChange, BulkChangeKey, BulkChangeLane } from "./bulk-change.ts"
import { approvePlan, selectLanes } from "./change-statements.ts"
import { checkStoredPlan, planChanged } from "./plan/plan-hash.ts"
import { laneTarget, processRequest } from "./process/process-job.ts"
import { getBulkChange } from "./queries.ts"

/**
 * Approves exactly the plan whose hash is given, and puts its processing in line: at once, or at its effective date.
 * Approving the same plan again changes nothing.
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
  const lanes = await core.store.rows<BulkChangeLane>(selectLanes(change))
  // One job of an account at a time, over all workers: inside it, the connector keeps the account's pace.
  for (const { serviceProviderId } of lanes) {
    await setJobLimit(core, { tenantId, target: laneTarget(serviceProviderId), maxInFlight: 1 })
  }
  await core.store.unit({ name: "bulk-change.approve" }, [
    ...approvePlan(change, { planHash, approvedBy, now }),
    ...lanes.map((lane) =>
      enqueueJob(core.runtime, processRequest(change, lane, Math.max(now, change.effectiveAt ?? now))),
    ),
  ])
  return getBulkChange(core, tenantId, id)
}
