import type { JobContext, JobRequest, JobResult } from "../jobs/mod.ts"
import type { Carrier } from "../ports/mod.ts"
import { getSyncRun } from "./start-sync-run.ts"
import {
  countChunk,
  endRun,
  markMissing,
  missingCandidates,
  nextChunk,
  promoteDevices,
  promoteUsage,
  rejectStagedDevices,
  savePromotionProgress,
} from "./statements.ts"
import type { SyncRun } from "./sync-run.ts"
import type { SyncSettings } from "./sync-settings.ts"

/**
 * Validates what was staged and brings it into the inventory, in chunks by identifier; each chunk and the border it
 * reached are one unit. Then looks for devices that vanished, and ends the run.
 */
export async function promote(
  run: SyncRun,
  carrier: Carrier,
  context: JobContext,
  settings: SyncSettings,
  afterSuccess: (run: SyncRun) => readonly JobRequest[],
): Promise<JobResult> {
  if (run.checkpoint === null) await context.unit("sync.validate", rejectStagedDevices(run, run.serviceProviderId))
  let after = run.checkpoint ?? ""
  for (;;) {
    context.signal.throwIfAborted()
    const [row] = await context.store.rows<{ last: string | null }>(nextChunk(run, after, settings.promotionChunk))
    if (!row?.last) break
    const chunk = {
      key: run,
      serviceProviderId: run.serviceProviderId,
      billingPeriodId: run.billingPeriodId,
      after,
      last: row.last,
      idPrefix: context.runtime.newId(),
      now: context.runtime.clock.now(),
    }
    await context.unit("sync.promote-chunk", [
      countChunk(chunk),
      promoteDevices(chunk),
      promoteUsage(chunk),
      savePromotionProgress(chunk),
    ])
    after = row.last
  }
  if (mayMarkMissing(run)) await markMissingDevices(run, carrier, context)
  const promoted = await getSyncRun(context, run.tenantId, run.id)
  return {
    statements: [endRun(run, { status: "succeeded", now: context.runtime.clock.now() })],
    next: afterSuccess(promoted),
  }
}

/** Only a certified scan of all devices proves that a device it did not list is not there. */
function mayMarkMissing(run: SyncRun): boolean {
  return run.certificate?.certified === true && run.certificate.scope === "all"
}

// A device that was removed and added again with its old date is present and never listed, so the carrier is asked about
// each one before it is marked.
async function markMissingDevices(run: SyncRun, carrier: Carrier, context: JobContext): Promise<void> {
  const size = 50
  for (let after = ""; ; ) {
    const candidates = await context.store.rows<{ carrierDeviceId: string }>(
      missingCandidates(run, run.serviceProviderId, after, size),
    )
    const absent: string[] = []
    for (const { carrierDeviceId } of candidates) {
      const device = await carrier.get(carrierDeviceId, { signal: context.signal })
      if (!device) absent.push(carrierDeviceId)
    }
    if (absent.length > 0) {
      await context.unit(
        "sync.mark-missing",
        markMissing(run, run.serviceProviderId, absent, context.runtime.clock.now()),
      )
    }
    if (candidates.length < size) return
    after = candidates.at(-1)?.carrierDeviceId ?? after
  }
}
