import { CoreError, isCoreError } from "../errors/mod.ts"
import { ensureBillingPeriod } from "../inventory/mod.ts"
import { enqueueJob } from "../jobs/mod.ts"
import { getServiceProvider } from "../providers/mod.ts"
import type { Platform } from "../store/mod.ts"
import { SYNC_DEVICES, syncJobRequest } from "./jobs.ts"
import { insertRun, selectLatestRun, selectRun } from "./statements.ts"
import { type Lookback, monthBefore, type SyncRun } from "./sync-run.ts"

export interface StartSyncRunRequest {
  readonly tenantId: string
  readonly serviceProviderId: string
  /** @default "all" */
  readonly lookback?: Lookback
  /** Whether a finished run starts an optimization. @default false */
  readonly optimizeAfter?: boolean
  /** The optimization session that waits for this run, where there is one. */
  readonly optimizationSessionId?: string
}

/**
 * Starts a full sync of a provider: its staging is emptied, and the device list is read from its start.
 *
 * @returns The run's id. The work is done by the jobs it enqueues.
 * @throws {CoreError} `sync.already_running` while a run of this provider is active: the database decides, so two callers
 *   at once get one run. `input.not_found` for an unknown provider.
 */
export async function startSyncRun(core: Platform, request: StartSyncRunRequest): Promise<string> {
  const { tenantId, serviceProviderId, lookback = "all" } = request
  const provider = await getServiceProvider(core, tenantId, serviceProviderId)
  const now = core.runtime.clock.now()
  const period = await ensureBillingPeriod(core, {
    tenantId,
    serviceProviderId,
    schedule: {
      endDay: provider.billingPeriodEndDay,
      endHour: provider.billingPeriodEndHour,
      timeZone: provider.timeZone,
    },
    at: now,
  })
  const id = core.runtime.newId()
  try {
    await core.store.unit({ name: "sync.start" }, [
      insertRun({
        tenantId,
        id,
        serviceProviderId,
        billingPeriodId: period.id,
        mode: "full",
        lookback,
        modifiedSince: lookback === "month" ? monthBefore(now) : null,
        optimizeAfter: request.optimizeAfter ?? false,
        optimizationSessionId: request.optimizationSessionId ?? null,
        startedAt: now,
      }),
      enqueueJob(core.runtime, syncJobRequest(SYNC_DEVICES, { tenantId, id })),
    ])
  } catch (error) {
    if (!isCoreError(error, "store.constraint")) throw error
    throw new CoreError("sync.already_running", "Cannot start the sync: one is already running for this provider", {
      cause: error,
    })
  }
  return id
}

/** @throws {CoreError} `input.not_found` if the tenant has no sync run of this id. */
export async function getSyncRun(core: Platform, tenantId: string, id: string): Promise<SyncRun> {
  const run = await core.store.read((db) => selectRun(db, { tenantId, id }))
  if (!run) throw new CoreError("input.not_found", "Cannot find the sync run", { field: "id" })
  return run
}

/** The newest run of a provider, or `undefined` before the first. */
export function findLatestSyncRun(
  core: Platform,
  tenantId: string,
  serviceProviderId: string,
): Promise<SyncRun | undefined> {
  return core.store.read((db) => selectLatestRun(db, tenantId, serviceProviderId))
}
