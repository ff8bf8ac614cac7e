import { enqueueJobs, type JobContext } from "../../jobs/mod.ts"
import type { BulkChange, BulkChangeLane } from "../bulk-change.ts"
import { canaryState, judgeCanary } from "./canary-statements.ts"
import { selectLanes } from "../change-statements.ts"
import { processRequest } from "./process-job.ts"

/**
 * Judges the canary of a bulk change whose first devices have all ended: with too many of them not seen at the carrier the
 * others are never begun. Nothing happens before, without a canary, and the second time.
 */
export async function endCanary(context: JobContext, change: BulkChange): Promise<void> {
  if (change.canary === null || change.canaryVerdict !== null) return
  const [state] = await context.store.rows<{ size: number; verified: number; open: number }>(canaryState(change))
  if (!state || state.open > 0) return
  const { size, verified } = state
  const verdict = size - verified > change.canary.mostUnverified * size ? "failed" : "passed"
  const now = context.runtime.clock.now()
  const lanes = verdict === "passed" ? await context.store.rows<BulkChangeLane>(selectLanes(change)) : []
  await context.unit("bulk-change.judge-canary", [
    ...judgeCanary(change, { verdict, size, verified }, now),
    ...enqueueJobs(
      context.runtime,
      lanes.map((lane) => processRequest(change, lane, now, "canary")),
    ),
  ])
}
