import { getBillingPeriod, recordRatePlans } from "../inventory/mod.ts"
import type { JobContext, JobResult } from "../jobs/mod.ts"
import type { Carrier, UsageBatch } from "../ports/mod.ts"
import { SYNC_PROMOTION, syncJobRequest } from "./jobs.ts"
import { enterPhase, saveUsageProgress, stageUsage } from "./statements.ts"
import type { SyncRun } from "./sync-run.ts"
import type { SyncSettings } from "./sync-settings.ts"

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
  const pagesBefore = run.usagePages
  let pages = 0
  let pending: UsageBatch[] = []
  const stage = async () => {
    const last = pending.at(-1)
    if (!last) return
    const rows = pending.flatMap((batch) => batch.rows)
    pending = []
    await context.unit("sync.stage-usage", [
      stageUsage(run, rows),
      saveUsageProgress(run, { checkpoint: last.checkpoint, usagePages: pagesBefore + pages }),
    ])
  }
  for await (const batch of usage) {
    pages++
    pending.push(batch)
    if (pending.length >= settings.pagesPerUnit) await stage()
  }
  await stage()
  return { statements: [enterPhase(run, "promotion")], next: [syncJobRequest(SYNC_PROMOTION, run)] }
}
