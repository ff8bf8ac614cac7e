import { getBillingPeriod, recordRatePlans } from "../inventory/mod.ts"
import type { JobContext, JobResult } from "../jobs/mod.ts"
import type { Carrier, UsageBatch } from "../ports/mod.ts"
import { SYNC_PROMOTION, syncJobRequest } from "./jobs.ts"
import { enterPhase, whileAt } from "./run-statements.ts"
import type { SyncRun } from "./sync-run.ts"
import type { SyncSettings } from "./sync-settings.ts"
import { stagingBuffer } from "./staging-buffer.ts"
import { saveUsageProgress, stageUsage } from "./staging-statements.ts"

/**
 * Stores the carrier's price list, then reads the usage of every rate plan on it into staging. A device without a row used
 * nothing: that holds because every plan is read, and a plan that cannot be read fails the run.
 */
export async function readUsage(
  run: SyncRun,
  carrier: Carrier,
  context: JobContext,
  settings: SyncSettings,
): Promise<JobResult> {
  const plans = await carrier.ratePlans({ signal: context.signal })
  await context.unit("sync.record-rate-plans", recordRatePlans(context, run.tenantId, run.serviceProviderId, plans))
  const period = await getBillingPeriod(context, run.tenantId, run.billingPeriodId)
  const usage = carrier.usage({
    ratePlans: plans.map(({ name, version }) => ({ name, version })),
    period,
    signal: context.signal,
    ...(run.checkpoint !== null && { checkpoint: run.checkpoint }),
  })
  let pages = run.usagePages
  let stored = run.checkpoint
  const staging = stagingBuffer<UsageBatch>(settings.pagesPerUnit, async (batches) => {
    const { checkpoint } = batches.at(-1) as UsageBatch
    pages += batches.length
    await context.unit("sync.stage-usage", [
      whileAt(run, "usage", stored, checkpoint),
      stageUsage(
        run,
        batches.flatMap((batch) => batch.rows),
      ),
      saveUsageProgress(run, { checkpoint, usagePages: pages }),
    ])
    stored = checkpoint
  })
  for await (const batch of usage) await staging.add(batch)
  await staging.flush()
  return {
    statements: [enterPhase(run, "usage", "promotion")],
    next: [syncJobRequest(SYNC_PROMOTION, run, "promotion")],
  }
}
