import { handleJob, type JobContext, type JobHandler, type JobResult } from "../jobs/mod.ts"
import type { Carrier } from "../ports/mod.ts"
import { checkStoredPlan } from "./approve-bulk-change.ts"
import type { BulkChange, BulkChangeKey } from "./bulk-change.ts"
import { cancelDevices } from "./cancel-bulk-change.ts"
import { PROCESS_BULK_CHANGE, processRequest } from "./process-job.ts"
import { getBulkChange } from "./queries.ts"
import { readBackDue } from "./read-back.ts"
import { sendChanges } from "./send-changes.ts"
import {
  adoptUnanswered,
  advanceSlice,
  finishBulkChange,
  openWork,
  recordStandstill,
  startProcessing,
  unansweredIntents,
} from "./statements.ts"

export interface BulkChangeHandlersOptions {
  /** Opens a provider's carrier account. */
  readonly carrierFor: (tenantId: string, serviceProviderId: string) => Promise<Carrier>
  /** Devices that one job begins; between two jobs other work of the queue gets its turn. @default 100 */
  readonly devicesPerSlice?: number
}

/**
 * The handler that processes approved bulk changes, slice by slice: send the next devices, then look at the carrier for
 * every change whose look is due. Nothing waits inside a job: a change that does not show yet is looked at by a later
 * slice, and when only such are left the next slice's job runs when the next look is due.
 */
export function bulkChangeHandlers(options: BulkChangeHandlersOptions): readonly JobHandler[] {
  const devicesPerSlice = options.devicesPerSlice ?? 100
  return [
    handleJob(
      PROCESS_BULK_CHANGE,
      async ({ bulkChangeId, slice }, context) => {
        const change = await getBulkChange(context, context.tenantId, bulkChangeId)
        if (change.slice !== slice || !isUnderWay(change)) return {}
        const carrier = await options.carrierFor(change.tenantId, change.serviceProviderId)
        await processSlice(context, carrier, change, devicesPerSlice)
        return endSlice(context, change)
      },
      ({ bulkChangeId }, failure, context) => ({
        statements: [recordStandstill({ tenantId: context.tenantId, id: bulkChangeId }, failure)],
      }),
    ),
  ]
}

function isUnderWay({ state }: BulkChange): boolean {
  return state === "approved" || state === "processing" || state === "cancelling"
}

async function processSlice(
  context: JobContext,
  carrier: Carrier,
  change: BulkChange,
  devicesPerSlice: number,
): Promise<void> {
  if (change.state === "approved") {
    // Approved is what was seen, and what runs: a row that changed since would be neither.
    await checkStoredPlan(context, change)
    await context.unit("bulk-change.start", [startProcessing(change)])
  }
  await adoptInterrupted(context, carrier, change)
  if (change.state === "cancelling") await cancelDevices(context, change)
  else await sendChanges(context, carrier, change, devicesPerSlice)
  // More looks than sends, so that late ones are caught up with.
  await readBackDue(context, carrier, change, devicesPerSlice * 2)
}

/** An intent without an answer is what a killed worker left: it may have been sent, so it is only looked for. */
async function adoptInterrupted(context: JobContext, carrier: Carrier, key: BulkChangeKey): Promise<void> {
  const interrupted = await context.store.rows(unansweredIntents(key))
  if (interrupted.length === 0) return
  const now = context.runtime.clock.now()
  const deadlineAt = now + carrier.capabilities.readBackDeadlineMs.value
  await context.unit("bulk-change.adopt-intents", adoptUnanswered(key, { now, deadlineAt }))
}

// Looks that are due shortly one after the other share a slice; a job for each would cost more than the look.
const GATHER_MS = 100

async function endSlice(context: JobContext, change: BulkChange): Promise<JobResult> {
  const [work] = await context.store.rows<{ hasNew: number; openIntents: number; nextLookAt: number | null }>(
    openWork(change),
  )
  const now = context.runtime.clock.now()
  const runAt = work?.hasNew ? now : Math.max(now, (work?.nextLookAt ?? 0) + GATHER_MS)
  return {
    statements: [finishBulkChange(change, now), advanceSlice(change, change.slice)],
    next: work?.hasNew || work?.openIntents ? [processRequest(change, change.slice + 1, runAt)] : [],
  }
}
