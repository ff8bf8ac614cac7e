import { type Core, createCore, planOptimizationChanges } from "@altaworx/core"
import { approveBulkChange, getBulkChange, summarizeBulkChange } from "@altaworx/core/bulk-change"
import { controlCenter } from "@altaworx/core/carriers/control-center"
import { setPermittedRatePlans } from "@altaworx/core/inventory"
import { archiveJobs, releaseAllLeases, runDueJobs } from "@altaworx/core/jobs"
import {
  findLatestOptimizationSession,
  type GuardRails,
  type OptimizationApply,
  startOptimizationSession,
} from "@altaworx/core/optimization"
import type { Carrier, Runtime } from "@altaworx/core/ports"
import { ensureServiceProvider } from "@altaworx/core/providers"
import type { Store } from "@altaworx/core/store"
import { findLatestSyncRun, startSyncRun } from "@altaworx/core/sync"
import { createTenant, importSealingKey } from "@altaworx/core/tenancy"
import type { Progress } from "./progress.ts"

/** The one customer of this example. */
export const TENANT_ID = "1"

/** How the simulated carrier is reached, and how fast it may be called. */
export interface CarrierAccount {
  readonly url: string
  readonly username: string
  readonly apiKey: string
  readonly callsPerSecond: number
}

export interface PipelineOptions {
  readonly store: Store
  readonly runtime: Runtime
  /** Base64, 32 bytes. */
  readonly sealingKey: string
  readonly carrier: CarrierAccount
  /** Which rate plans the SIMs of each communication plan may be on: what the carrier's API does not tell. */
  readonly permittedRatePlans: Readonly<Record<string, readonly string[]>>
  readonly progress: Progress
  /** What limits the changes. */
  readonly guardRails: Partial<GuardRails>
  /** Told about the plan before anything is changed. */
  readonly onPlanned: (plan: OptimizationApply) => void
  /** Told about a failure that no code foresaw. Its text may hold anything, so it belongs into a private file only. */
  readonly onDefect: (error: unknown) => void
  readonly signal: AbortSignal
  /** For tests: stands between the pipeline and its carrier. */
  readonly wrapCarrier?: (carrier: Carrier) => Carrier
}

/** What a finished pipeline points to; all figures are read from the database. */
export interface PipelineResult {
  readonly core: Core
  readonly serviceProviderId: string
  readonly syncRunId: string
  readonly optimizationSessionId: string
  readonly bulkChangeId: string
}

/** A step that ended without success. What was done is kept, and another start tries it anew. */
export class StepFailed extends Error {
  /** Core's code of the failure, where there is one. */
  readonly code: string | null

  constructor(step: string, code: string | null | undefined, reason: string | null | undefined) {
    super(`The ${step} ended without success: ${reason ?? "it did not start"}`)
    this.code = code ?? null
  }
}

/**
 * The whole way once: devices and usage from the carrier, finalize, the cheapest plan for every SIM, the changes planned,
 * approved, made and read back. Every step looks first at what the database holds, so a pipeline that was stopped
 * anywhere is simply run again.
 */
export async function runPipeline(options: PipelineOptions): Promise<PipelineResult> {
  const { store, runtime, carrier, signal } = options
  const sealingKey = await importSealingKey(options.sealingKey)
  const core = createCore({
    store,
    runtime,
    sealingKey,
    // The simulated carrier reports the usage of a whole billing period, on whichever day it is asked.
    optimization: { projection: "none" },
    connectors: {
      Jasper: (account) => {
        const opened = controlCenter(account, runtime, {
          callsPerSecond: carrier.callsPerSecond,
          backoff: { baseMs: 50, maxMs: 2_000 },
          // The simulated carrier shows a write after 200 ms at the latest.
          readBackDeadlineMs: 1_000,
          scanMarginMs: 500,
        })
        return options.wrapCarrier?.(opened) ?? opened
      },
    },
  })
  // This program is alone with its database: what an earlier start of it held is free again.
  await releaseAllLeases(core)
  // A data folder that is used for weeks does not keep each day's jobs beside the next one's.
  await archiveJobs(core)
  await createTenant(core, { id: TENANT_ID, name: "Example reseller" })
  const provider = await ensureServiceProvider(core, sealingKey, {
    tenantId: TENANT_ID,
    name: "Simulated Control Center",
    integrationType: "Jasper",
    baseUrl: carrier.url,
    username: carrier.username,
    apiKey: carrier.apiKey,
    billingPeriodEndDay: 28,
    billingPeriodEndHour: 0,
    timeZone: "UTC",
  })
  const scope = { tenantId: TENANT_ID, serviceProviderId: provider.id }
  for (const [communicationPlan, ratePlans] of Object.entries(options.permittedRatePlans)) {
    await setPermittedRatePlans(core, { ...scope, communicationPlan, ratePlans })
  }

  const syncRunId = await startWhatIsNotRunning(core, scope)
  await drain(core, options, () => showSync(options.progress, core, provider.id))
  const run = await findLatestSyncRun(core, TENANT_ID, provider.id)
  if (run?.status !== "succeeded") throw new StepFailed("sync", run?.errorCode, run?.errorMessage ?? run?.status)

  const session = await findLatestOptimizationSession(core, TENANT_ID, provider.id)
  if (session?.status !== "CompleteWithSuccess") {
    throw new StepFailed("optimization", session?.errorCode, session?.errorMessage ?? session?.status)
  }

  const { apply, change: plan } = await planOptimizationChanges(core, {
    tenantId: TENANT_ID,
    sessionId: session.id,
    createdBy: "pipeline example",
    guardRails: options.guardRails,
    signal,
  })
  if (plan.state === "planned") {
    options.progress.end()
    options.onPlanned(apply)
    await approveBulkChange(core, {
      tenantId: TENANT_ID,
      id: plan.id,
      planHash: plan.planHash,
      approvedBy: "pipeline example",
    })
  }
  await drain(core, options, () => showApply(options.progress, core, plan.id))
  const change = await getBulkChange(core, TENANT_ID, plan.id)
  if (change.state !== "done") throw new StepFailed("bulk change", change.errorCode, change.errorText ?? change.state)
  options.progress.end()
  signal.throwIfAborted()
  return {
    core,
    serviceProviderId: provider.id,
    syncRunId,
    optimizationSessionId: session.id,
    bulkChangeId: plan.id,
  }
}

/** Starts the sync, or after one that succeeded the optimization, unless it runs or is done: what failed is tried anew. */
async function startWhatIsNotRunning(
  core: Core,
  scope: { readonly tenantId: string; readonly serviceProviderId: string },
): Promise<string> {
  const run = await findLatestSyncRun(core, scope.tenantId, scope.serviceProviderId)
  if (!run || run.status === "failed") return startSyncRun(core, { ...scope, lookback: "all", optimizeAfter: true })
  const session = await findLatestOptimizationSession(core, scope.tenantId, scope.serviceProviderId)
  if (session?.status === "CompleteWithErrors") {
    await startOptimizationSession(core, {
      ...scope,
      billingPeriodId: run.billingPeriodId,
      syncRunId: run.id,
      projection: "none",
    })
  }
  return run.id
}

/** Runs jobs until none is left, waiting for those that are due later, and shows how far they are. */
async function drain(core: Core, options: PipelineOptions, show: () => Promise<void>): Promise<void> {
  const { signal, runtime } = options
  const ended = new AbortController()
  const showing = (async () => {
    while (!ended.signal.aborted) {
      await show()
      await runtime.clock.sleep(200, ended.signal)
    }
  })().catch((error: unknown) => {
    if (!ended.signal.aborted) throw error
  })
  try {
    for (;;) {
      const { nextDueAt } = await runDueJobs(core, {
        signal,
        onJobEnded: ({ failure, error }) => {
          if (failure?.code === "unexpected") options.onDefect(error)
        },
      })
      signal.throwIfAborted()
      if (nextDueAt === null) break
      await runtime.clock.sleep(Math.max(0, nextDueAt - runtime.clock.now()), signal)
    }
  } finally {
    ended.abort(new DOMException("The jobs are done", "AbortError"))
    await showing
  }
  await show()
}

async function showSync(progress: Progress, core: Core, serviceProviderId: string): Promise<void> {
  const run = await findLatestSyncRun(core, TENANT_ID, serviceProviderId)
  if (!run) return
  if (run.phase === "devices")
    return progress.update(
      "Device pages",
      run.pages,
      run.pagesExpected === 0 ? null : Math.max(run.pages, run.pagesExpected),
    )
  if (run.phase === "usage") return progress.update("Usage pages", run.usagePages, null)
  const promoted = run.inserted + run.updated + run.unchanged
  if (run.phase === "promotion") return progress.update("Promotion", promoted, run.staged)
  const session = await findLatestOptimizationSession(core, TENANT_ID, serviceProviderId)
  if (session && session.problemCount > 0) progress.update("Optimization", session.solvedCount, session.problemCount)
}

async function showApply(progress: Progress, core: Core, bulkChangeId: string): Promise<void> {
  const counts = await summarizeBulkChange(core, TENANT_ID, bulkChangeId)
  progress.update("Changes", counts.processed + counts.failed + counts.unknown, counts.planned)
}
