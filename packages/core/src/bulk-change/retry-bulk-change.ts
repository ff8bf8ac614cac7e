import { CoreError } from "../errors/mod.ts"
import { enqueueJobs } from "../jobs/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { BulkChange, BulkChangeKey, BulkChangeLane } from "./bulk-change.ts"
import { openRound, selectLanes } from "./change-statements.ts"
import { reopenFailedDevices } from "./device-statements.ts"
import { reopenUnknown } from "./process/look-statements.ts"
import { checkStoredPlan } from "./plan/plan-hash.ts"
import { processRequest } from "./process/process-job.ts"
import { getBulkChange, summarizeBulkChange } from "./queries.ts"

/**
 * Puts what failed back in line, as a new round with intents of its own: devices whose change the other side refused or
 * did not make, those that another bulk change had in hand, and those that were not begun because a canary failed. After
 * such a canary the round begins with one of its own: as many changes as before, what failed first. What the plan refused,
 * what is stale and what is unknown stays as it is. The rows must still be those that were approved.
 *
 * @param request `waivesCanary`: after a canary that failed, nothing waits for one again. @default false
 * @throws {CoreError} `bulk_change.wrong_state` unless it is done; `bulk_change.plan_changed`; `input.not_found`.
 */
export async function retryBulkChange(
  core: Platform,
  request: BulkChangeKey & { readonly requestedBy: string; readonly waivesCanary?: boolean },
): Promise<BulkChange> {
  const change = await getBulkChange(core, request.tenantId, request.id)
  refuseArchived(change)
  if (change.state !== "done") {
    throw new CoreError("bulk_change.wrong_state", `Cannot retry a bulk change that is ${change.state}`)
  }
  if ((await summarizeBulkChange(core, change.tenantId, change.id)).failed === 0) return change
  await checkStoredPlan(core, change)
  const now = core.runtime.clock.now()
  const round = change.round + 1
  await core.store.unit({ name: "bulk-change.retry" }, [
    ...reopenFailedDevices(change, round, now),
    ...openRound(change, { round, by: request.requestedBy, waivesCanary: request.waivesCanary ?? false }, now),
    ...(await laneJobs(core, change, now, `round-${round}`)),
  ])
  return getBulkChange(core, change.tenantId, change.id)
}

/**
 * Looks again for every change that ended unknown. Nothing is sent: what shows is PROCESSED; what does not show although it
 * was sent long ago (twelve times the carrier's read-back deadline) was not made and is API_FAILED, free to be retried; the
 * others stay UNKNOWN.
 *
 * @throws {CoreError} `bulk_change.wrong_state` before it was approved; `input.not_found`.
 */
export async function recheckUnknown(
  core: Platform,
  request: BulkChangeKey & { readonly requestedBy: string },
): Promise<BulkChange> {
  const change = await getBulkChange(core, request.tenantId, request.id)
  refuseArchived(change)
  if (change.approvedAt === null) {
    throw new CoreError("bulk_change.wrong_state", `Cannot look again for a bulk change that is ${change.state}`)
  }
  const now = core.runtime.clock.now()
  await core.store.unit({ name: "bulk-change.recheck" }, [
    ...reopenUnknown(change, request.requestedBy, now),
    ...(await laneJobs(core, change, now, `recheck-${now}`)),
  ])
  return getBulkChange(core, change.tenantId, change.id)
}

function refuseArchived({ archivedAt }: BulkChange): void {
  if (archivedAt === null) return
  throw new CoreError(
    "bulk_change.wrong_state",
    "Cannot go on with a bulk change that is in the archive: plan a new one",
  )
}

/** The statements that wake every account of a bulk change. */
export async function laneJobs(core: Platform, key: BulkChangeKey, now: number, why: string) {
  const lanes = await core.store.rows<BulkChangeLane>(selectLanes(key))
  return enqueueJobs(
    core.runtime,
    lanes.map((lane) => processRequest(key, lane, now, why)),
  )
}
