import { CoreError, isCoreError } from "../errors/mod.ts"
import { ensureBillingPeriod } from "../inventory/mod.ts"
import { enqueueJob } from "../jobs/mod.ts"
import { getServiceProvider } from "../providers/mod.ts"
import type { Platform } from "../store/mod.ts"
import { SYNC_DEVICES, syncJobRequest } from "./jobs.ts"
import { insertRun, selectLatestRun, selectRun } from "./run-statements.ts"
import { CLOCK_SKEW_MS, type Lookback, monthBefore, type SyncMode, type SyncRun } from "./sync-run.ts"
import { selectWatermark } from "./watermark-statements.ts"

export interface StartSyncRunRequest {
  readonly tenantId: string
  readonly serviceProviderId: string
  /** @default "full" */
  readonly mode?: SyncMode
  /** With mode `full`. @default "all" */
  readonly lookback?: Lookback
  /** With mode `incremental`: lists what changed since, epoch milliseconds. @default the provider's watermark */
  readonly since?: number
  /** Whether a finished run starts an optimization. @default false */
  readonly optimizeAfter?: boolean
  /** The optimization session that waits for this run, where there is one. */
  readonly optimizationSessionId?: string
}

/**
 * Starts a sync of a provider. A full one empties what earlier runs staged and reads the device list from its start. An
 * incremental one lists what changed since the provider's watermark, which is a little before the last listing that left
 * no gap; where there is none it goes back a month. Only a full run of all devices finds out that devices are missing.
 *
 * @returns The run's id. The work is done by the jobs it enqueues.
 * @throws {CoreError} `input.invalid` for a `since` that is no instant or lies in the future, or goes with the wrong mode;
 *   `input.not_found` for an unknown provider; `sync.already_running` while a run of this provider is active: the database
 *   decides, so two callers at once get one run.
 */
export async function startSyncRun(core: Platform, request: StartSyncRunRequest): Promise<string> {
  const { tenantId, serviceProviderId, mode = "full" } = request
  checkSince(request, core.runtime.clock.now())
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
        mode,
        ...(await scopeOf(core, request, now)),
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

function checkSince({ mode = "full", lookback, since }: StartSyncRunRequest, now: number): void {
  const refuse = (field: string, why: string) => {
    throw new CoreError("input.invalid", `Cannot start the sync: ${why}`, { field })
  }
  if (mode === "incremental" && lookback !== undefined) refuse("lookback", "an incremental sync has no lookback")
  if (since === undefined) return
  if (mode === "full") refuse("since", "a full sync has no since")
  if (!Number.isSafeInteger(since) || since < 0) refuse("since", "since must be an instant in epoch milliseconds")
  if (since > now + CLOCK_SKEW_MS) refuse("since", "since lies in the future")
}

async function scopeOf(
  core: Platform,
  request: StartSyncRunRequest,
  now: number,
): Promise<{ readonly lookback: SyncRun["lookback"]; readonly modifiedSince: number | null }> {
  const { mode, lookback = "all", tenantId, serviceProviderId } = request
  if (mode !== "incremental") return { lookback, modifiedSince: lookback === "month" ? monthBefore(now) : null }
  if (request.since !== undefined) return { lookback: "since", modifiedSince: request.since }
  const [watermark] = await core.store.rows<{ at: number }>(selectWatermark(tenantId, serviceProviderId))
  // A date that cannot be true is as good as none.
  const isReadable = watermark !== undefined && watermark.at >= 0 && watermark.at <= now + CLOCK_SKEW_MS
  return { lookback: "since", modifiedSince: isReadable ? watermark.at : monthBefore(now) }
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
