import { findSettlement } from "../inventory/mod.ts"
import type { JobContext, JobRequest, JobResult } from "../jobs/mod.ts"
import type { Carrier } from "../ports/mod.ts"
import { adaptiveChunkSize } from "./chunk-size.ts"
import { promoteStaging } from "./promote-staging.ts"
import { getSyncRun } from "./start-sync-run.ts"
import { askForConfirmation, endRun, publishRun } from "./run-statements.ts"
import { CLOCK_SKEW_MS, monthBefore, type SyncRun } from "./sync-run.ts"
import type { SyncSettings } from "./sync-settings.ts"
import { advanceWatermark } from "./watermark-statements.ts"

export interface PromoteOptions {
  readonly carrier: Carrier
  readonly settings: SyncSettings
  readonly afterSuccess: (run: SyncRun) => readonly JobRequest[]
}

/**
 * Compares what was staged with the inventory, checks what is news and writes it where no reader looks, looks for devices that vanished, and publishes
 * all of it in one small unit. Whatever happens before that unit, readers see the inventory as it was.
 */
export async function promote(run: SyncRun, context: JobContext, options: PromoteOptions): Promise<JobResult> {
  const { settings } = options
  // The chunks are compared with `device`, so what an earlier run published has to be there.
  await settle(run, context, settings)
  if ((await promoteStaging(run, options.carrier, context, settings)) === "too_many") {
    return { statements: [askForConfirmation(run)] }
  }
  await context.unit("sync.publish", [
    advanceWatermark(run, {
      at: watermarkAfter(run, settings),
      seedDate: monthBefore(run.startedAt),
      latest: context.runtime.clock.now() + CLOCK_SKEW_MS,
    }),
    ...publishRun(run, context.runtime.clock.now()),
  ])
  return finish(run, context, options)
}

/** By the carrier's clock where it tells the time; by ours it has to allow for how far the two differ. */
function watermarkAfter({ certificate }: SyncRun, settings: SyncSettings): number {
  return certificate?.carrierStartedAt ?? Math.max(0, (certificate?.startedAt ?? 0) - settings.watermarkOverlapMs)
}

/** Makes the published rows the devices' own, and ends the run. */
export async function finish(run: SyncRun, context: JobContext, options: PromoteOptions): Promise<JobResult> {
  await settle(run, context, options.settings)
  const promoted = await getSyncRun(context, run.tenantId, run.id)
  return {
    statements: [endRun(run, { status: "succeeded", now: context.runtime.clock.now() })],
    next: options.afterSuccess(promoted),
  }
}

async function settle(run: SyncRun, context: JobContext, settings: SyncSettings): Promise<void> {
  const size = adaptiveChunkSize(context.runtime.clock, settings.promotionChunk)
  for (let isLeft = true; isLeft; ) {
    context.signal.throwIfAborted()
    isLeft = await size.timed(async () => {
      const statements = await findSettlement(context, run, size.rows())
      if (statements) await context.unit("sync.settle", statements)
      return statements !== undefined
    })
  }
}
