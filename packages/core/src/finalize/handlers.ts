import * as v from "valibot"
import {
  countDevicesWithUsage,
  countListedDevices,
  findUnknownCommunicationPlans,
  listCommunicationPlans,
  recordCommunicationPlan,
} from "../inventory/mod.ts"
import {
  handleJob,
  type JobContext,
  type JobHandler,
  type JobRequest,
  type JobResult,
  type JobType,
} from "../jobs/mod.ts"
import type { Statement } from "../store/mod.ts"
import { insertSummary } from "./statements.ts"
import type { SyncSummary } from "./sync-summary.ts"

/** What a finished sync hands over. */
export interface FinalizePayload {
  readonly syncRunId: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly listed: number
  readonly changed: number
  readonly readAt: number
  readonly optimizeAfter: boolean
  readonly optimizationSessionId: string | null
}

const payload: v.GenericSchema<unknown, FinalizePayload> = v.object({
  syncRunId: v.string(),
  serviceProviderId: v.string(),
  billingPeriodId: v.string(),
  listed: v.number(),
  changed: v.number(),
  readAt: v.number(),
  optimizeAfter: v.boolean(),
  optimizationSessionId: v.nullable(v.string()),
})

/** Closes a sync: new communication plans, summary, and the optimization where it was asked for. */
export const FINALIZE_SYNC: JobType<FinalizePayload> = {
  type: "finalize.sync",
  queue: "finalize",
  payload,
  maxAttempts: 15,
  retry: { kind: "fixed", baseMs: 300_000, maxMs: 300_000 },
  leaseMs: 60_000,
}

export interface FinalizeHandlersOptions {
  /** What starts the optimization, written in the unit that closes the sync: exactly once for each run. */
  readonly startOptimization: (
    context: JobContext,
    request: {
      readonly tenantId: string
      readonly serviceProviderId: string
      readonly billingPeriodId: string
      readonly syncRunId: string
    },
  ) => { readonly statements: readonly Statement[]; readonly next: readonly JobRequest[] }
}

export function finalizeHandlers(options: FinalizeHandlersOptions): readonly JobHandler[] {
  return [handleJob(FINALIZE_SYNC, (run, context) => finalizeSync(run, context, options))]
}

async function finalizeSync(
  run: FinalizePayload,
  context: JobContext,
  options: FinalizeHandlersOptions,
): Promise<JobResult> {
  const { tenantId } = context
  const { serviceProviderId } = run
  const added = await findUnknownCommunicationPlans(context, tenantId, serviceProviderId)
  const known = await listCommunicationPlans(context, tenantId, serviceProviderId)
  const summary: SyncSummary = {
    tenantId,
    syncRunId: run.syncRunId,
    serviceProviderId,
    detailLastSyncDate: run.readAt,
    detailQueueCount: run.listed,
    detailUpdatedCount: run.changed,
    usageLastSyncDate: run.readAt,
    usageQueueCount: run.listed,
    usageUpdatedCount: await countDevicesWithUsage(context, tenantId, serviceProviderId, run.billingPeriodId),
    deviceCount: await countListedDevices(context, tenantId, serviceProviderId),
    newCommunicationPlans: added,
    communicationPlansWithoutRatePlans: [
      ...known.filter((plan) => plan.permittedRatePlans.length === 0).map(({ name }) => name),
      ...added,
    ],
    createdAt: context.runtime.clock.now(),
  }
  const optimization = run.optimizeAfter
    ? options.startOptimization(context, {
        tenantId,
        serviceProviderId,
        billingPeriodId: run.billingPeriodId,
        syncRunId: run.syncRunId,
      })
    : { statements: [], next: [] }
  return {
    statements: [
      ...added.map((name) => recordCommunicationPlan(context, tenantId, serviceProviderId, name)),
      insertSummary(summary),
      ...optimization.statements,
    ],
    next: optimization.next,
  }
}
