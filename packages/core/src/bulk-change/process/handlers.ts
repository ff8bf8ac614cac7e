import { handleJob, type JobContext, type JobHandler, type JobRequest, type JobResult } from "../../jobs/mod.ts"
import type { Carrier, CustomerSystem } from "../../ports/mod.ts"
import type { SealingKey } from "../../tenancy/mod.ts"
import type { BulkChange, BulkChangeLane } from "../bulk-change.ts"
import { endCanary } from "./canary.ts"
import { cancelDevices } from "../cancel-bulk-change.ts"
import { advanceSlice, finishBulkChange, recordStandstill, selectLanes, startProcessing } from "../change-statements.ts"
import { adoptUnanswered, openWork, unansweredIntents } from "./intent-statements.ts"
import { sealLog } from "../log/log.ts"
import { checkStoredPlan } from "../plan/plan-hash.ts"
import { type BatchLimits, processBatches } from "./process-batches.ts"
import { FINISH_BULK_CHANGE, finishRequest, PROCESS_BULK_CHANGE, processRequest } from "./process-job.ts"
import { countDevices, type DeviceCounts, getBulkChange } from "../queries.ts"
import { retentionHandlers } from "../retention/retention-jobs.ts"
import type { Systems } from "./systems.ts"

export interface BulkChangeHandlersOptions {
  /** Opens a provider's carrier account. */
  readonly carrierFor: (tenantId: string, serviceProviderId: string) => Promise<Carrier>
  /** Where the tenant's customers are kept, if not here. */
  readonly customerSystemFor?: (tenantId: string) => Promise<CustomerSystem | undefined>
  /**
   * Calls that are begun together at most. A worker that dies leaves no more devices than these of which nobody knows
   * whether they were sent to. @default 100
   */
  readonly callsPerBatch?: number
  /** How long one job works, milliseconds; between two jobs other work of the queue gets its turn. @default 30000 */
  readonly sliceMs?: number
  /** Signs where logs are cut. Without it nothing comes of `bulkChangeRetentionSchedule`. */
  readonly sealingKey?: SealingKey
  /**
   * Jobs to enqueue once when a bulk change has ended, and when an account stands still (`errorCode` is set then): what
   * tells the world.
   */
  readonly afterDone?: (change: BulkChange, counts: DeviceCounts) => readonly JobRequest[]
}

/**
 * The handlers that process approved bulk changes. Each account goes slice by slice, at its own pace: the next steps are
 * sent, and the other side is looked at for every change whose look is due. Nothing waits inside a job: when only changes
 * are left that do not show yet, the next slice's job runs when the next look is due.
 */
export function bulkChangeHandlers(options: BulkChangeHandlersOptions): readonly JobHandler[] {
  const limits = { callsPerBatch: options.callsPerBatch ?? 100, sliceMs: options.sliceMs ?? 30_000 }
  return [
    ...(options.sealingKey ? retentionHandlers(options.sealingKey) : []),
    handleJob(
      PROCESS_BULK_CHANGE,
      async ({ bulkChangeId, serviceProviderId, slice }, context) => {
        const change = await getBulkChange(context, context.tenantId, bulkChangeId)
        const lanes = await context.store.rows<BulkChangeLane>(selectLanes(change))
        const lane = lanes.find((one) => one.serviceProviderId === serviceProviderId)
        if (lane?.slice !== slice || !isUnderWay(change)) return {}
        const systems: Systems = {
          carrier: await options.carrierFor(change.tenantId, serviceProviderId),
          customerSystem: await options.customerSystemFor?.(change.tenantId),
        }
        const { pauseMs } = await processSlice(context, systems, change, lane, limits)
        return endSlice(context, change, lane, pauseMs)
      },
      ({ bulkChangeId, serviceProviderId }, failure, context) => {
        const key = { tenantId: context.tenantId, id: bulkChangeId }
        return {
          statements: [recordStandstill(key, serviceProviderId, failure)],
          next: [finishRequest(key, 0, serviceProviderId)],
        }
      },
    ),
    handleJob(FINISH_BULK_CHANGE, async ({ bulkChangeId, standstillOf }, context) => {
      const key = { tenantId: context.tenantId, id: bulkChangeId }
      const known = await getBulkChange(context, key.tenantId, key.id)
      if (known.state === "processing" || known.state === "cancelling") {
        await endCanary(context, known)
        await context.unit("bulk-change.finish", finishBulkChange(known, context.runtime.clock.now()))
      }
      await seal(context, known)
      const change = await getBulkChange(context, key.tenantId, key.id)
      const hasEnded = change.state === "done" || change.state === "cancelled"
      if (!hasEnded && (standstillOf === undefined || change.errorCode === null)) return {}
      const what = hasEnded ? `ended.${change.round}` : `standstill.${standstillOf}.${change.round}`
      const requests = options.afterDone?.(change, await countDevices(context, key)) ?? []
      // One for each ending, however many accounts come to it at once.
      return { next: requests.map((request, index) => ({ id: `${change.id}.${what}.${index}`, ...request })) }
    }),
  ]
}

function isUnderWay({ state }: BulkChange): boolean {
  return state === "approved" || state === "processing" || state === "cancelling"
}

async function processSlice(
  context: JobContext,
  systems: Systems,
  change: BulkChange,
  lane: BulkChangeLane,
  limits: BatchLimits,
): Promise<{ readonly pauseMs: number }> {
  if (change.state === "approved") {
    // Approved is what was seen, and what runs: a row that changed since would be neither.
    await checkStoredPlan(context, change)
    await context.unit("bulk-change.start", startProcessing(change, context.runtime.clock.now()))
  }
  await adoptInterrupted(context, systems.carrier, change, lane)
  if (change.state === "cancelling") await cancelDevices(context, change)
  const ended = await processBatches(context, systems, change, lane, limits)
  await seal(context, change)
  return ended
}

/** An intent without an answer is what a killed worker left: it may have been sent, so it is only looked for. */
async function adoptInterrupted(
  context: JobContext,
  carrier: Carrier,
  change: BulkChange,
  { serviceProviderId }: BulkChangeLane,
): Promise<void> {
  const interrupted = await context.store.rows(unansweredIntents(change, serviceProviderId))
  if (interrupted.length === 0) return
  const now = context.runtime.clock.now()
  const deadlineAt = now + carrier.capabilities.readBackDeadlineMs.value
  await context.unit("bulk-change.adopt-intents", adoptUnanswered(change, serviceProviderId, { now, deadlineAt }))
}

const seal = (context: JobContext, change: BulkChange) =>
  sealLog(context.store, change, (statements) => context.unit("bulk-change.seal-log", statements))

// Looks that are due shortly one after the other share a slice; a job for each would cost more than the look.
const GATHER_MS = 100

async function endSlice(
  context: JobContext,
  change: BulkChange,
  lane: BulkChangeLane,
  pauseMs: number,
): Promise<JobResult> {
  const [work] = await context.store.rows<{ readyAt: number | null; openIntents: number; nextLookAt: number | null }>(
    openWork(change, lane.serviceProviderId),
  )
  const now = context.runtime.clock.now()
  const statements = [advanceSlice(change, lane)]
  const nextLane = { ...lane, slice: lane.slice + 1 }
  const dueAt: number[] = []
  if (work && work.readyAt !== null) dueAt.push(work.readyAt)
  if (work && work.openIntents > 0) dueAt.push((work.nextLookAt ?? 0) + GATHER_MS)
  if (dueAt.length === 0) return { statements, next: [finishRequest(change, change.round)] }
  return { statements, next: [processRequest(change, nextLane, Math.max(now + pauseMs, Math.min(...dueAt)))] }
}
