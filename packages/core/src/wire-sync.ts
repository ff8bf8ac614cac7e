import { type FailedRun, FINALIZE_SYNC } from "./finalize/mod.ts"
import type { JobRequest } from "./jobs/mod.ts"
import type { AwaitedSync, SyncPort } from "./optimization/mod.ts"
import type { Platform } from "./store/mod.ts"
import { findLatestSyncRun, getSyncRun, startSyncRun, type SyncRun } from "./sync/mod.ts"

/** What follows a run that succeeded. */
export function finalizeJob(run: SyncRun): JobRequest {
  return {
    type: FINALIZE_SYNC as JobRequest["type"],
    tenantId: run.tenantId,
    // One for each run, however often its last job is delivered.
    id: `${run.id}.finalize`,
    payload: {
      syncRunId: run.id,
      serviceProviderId: run.serviceProviderId,
      billingPeriodId: run.billingPeriodId,
      listed: run.staged,
      changed: run.inserted + run.updated,
      readAt: run.startedAt,
      optimizeAfter: run.optimizeAfter,
      optimizationSessionId: run.optimizationSessionId,
      retryCount: 0,
    },
  }
}

/** The run that a failure is about. */
export async function failedRun(core: Platform, tenantId: string, syncRunId: string): Promise<FailedRun> {
  const { serviceProviderId, optimizationSessionId } = await getSyncRun(core, tenantId, syncRunId)
  return { serviceProviderId, optimizationSessionId }
}

/** Syncs for sessions that have none: a full run of what changed in the last month, or since the date they name. */
export const syncsOfSessions: SyncPort = {
  async find(core, { tenantId, serviceProviderId, optimizationSessionId, syncRunId }) {
    if (syncRunId !== null) return toAwaited(await getSyncRun(core, tenantId, syncRunId))
    const latest = await findLatestSyncRun(core, tenantId, serviceProviderId)
    return latest?.optimizationSessionId === optimizationSessionId ? toAwaited(latest) : undefined
  },
  start(core, { tenantId, serviceProviderId, optimizationSessionId, since }) {
    const scope = { tenantId, serviceProviderId, optimizationSessionId, optimizeAfter: true }
    return since === null || since > core.runtime.clock.now()
      ? startSyncRun(core, { ...scope, mode: "full", lookback: "month" })
      : startSyncRun(core, { ...scope, mode: "incremental", since })
  },
}

function toAwaited({ id, status, errorCode, errorMessage }: SyncRun): AwaitedSync {
  return { id, status, errorCode, errorMessage }
}
