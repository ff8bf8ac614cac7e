import {
  type GaveUpContext,
  handleJob,
  type JobContext,
  type JobFailure,
  type JobHandler,
  type JobRequest,
  type JobResult,
} from "../jobs/mod.ts"
import { CoreError, isCoreError } from "../errors/mod.ts"
import type { Carrier } from "../ports/mod.ts"
import { type RunPayload, SYNC_DEVICES, SYNC_PROMOTION, SYNC_USAGE } from "./jobs.ts"
import { finish, promote } from "./promote.ts"
import { readDevices } from "./read-devices.ts"
import { readUsage } from "./read-usage.ts"
import { getSyncRun } from "./start-sync-run.ts"
import { countPageFailure, endRun, whileIn } from "./run-statements.ts"
import type { SyncPhase, SyncRun } from "./sync-run.ts"
import { DEFAULT_SYNC_SETTINGS, type SyncSettings } from "./sync-settings.ts"

export interface SyncHandlersOptions {
  /** Opens a provider's carrier account. */
  readonly carrierFor: (tenantId: string, serviceProviderId: string) => Promise<Carrier>
  /** Jobs that follow a run's success, written in the unit that ends it. Gets the run with its final counts. */
  readonly afterSuccess: (run: SyncRun) => readonly JobRequest[]
  /** Jobs that follow a run's failure, written in the unit that ends it. @default none */
  readonly afterFailure?: (
    run: { readonly tenantId: string; readonly id: string },
    failure: JobFailure,
  ) => readonly JobRequest[]
  /** @default DEFAULT_SYNC_SETTINGS */
  readonly settings?: Partial<SyncSettings>
}

/** Ends the run of a job that was given up, and tells who waits for it. */
const giveUpBy =
  (afterFailure: SyncHandlersOptions["afterFailure"]) =>
  ({ runId }: RunPayload, failure: JobFailure, context: GaveUpContext): JobResult => {
    const run = { tenantId: context.tenantId, id: runId }
    return {
      statements: [endRun(run, { status: "failed", now: context.runtime.clock.now(), ...failure })],
      next: afterFailure?.(run, failure) ?? [],
    }
  }

/** The handlers of a sync's three phases. */
export function syncHandlers(options: SyncHandlersOptions): readonly JobHandler[] {
  const settings: SyncSettings = { ...DEFAULT_SYNC_SETTINGS, ...options.settings }

  /** Runs a job, unless its run ended or is in another phase: a job may be delivered twice. */
  const runHandler =
    (work: Partial<Record<SyncPhase, (run: SyncRun, carrier: Carrier, context: JobContext) => Promise<JobResult>>>) =>
    async ({ runId, slice }: RunPayload, context: JobContext): Promise<JobResult> => {
      const run = await getSyncRun(context, context.tenantId, runId)
      const inPhase = work[run.phase]
      const isLate = run.phase === "devices" && (slice ?? 0) !== run.slices
      if (run.status !== "active" || !inPhase || isLate) return {}
      const carrier = await options.carrierFor(run.tenantId, run.serviceProviderId)
      try {
        return await inPhase(run, carrier, whileActive(run, Object.keys(work) as SyncPhase[], context))
      } catch (error) {
        if (isCoreError(error, "sync.run_ended")) return {}
        throw await withinBudget(error, run, context, settings)
      }
    }
  const { afterSuccess } = options
  const giveUp = giveUpBy(options.afterFailure)
  return [
    handleJob(
      SYNC_DEVICES,
      runHandler({ devices: (run, carrier, context) => readDevices(run, carrier, context, settings) }),
      giveUp,
    ),
    handleJob(
      SYNC_USAGE,
      runHandler({ usage: (run, carrier, context) => readUsage(run, carrier, context, settings) }),
      giveUp,
    ),
    handleJob(
      SYNC_PROMOTION,
      runHandler({
        promotion: (run, carrier, context) => promote(run, context, { carrier, settings, afterSuccess }),
        settlement: (run, carrier, context) => finish(run, context, { carrier, settings, afterSuccess }),
      }),
      giveUp,
    ),
  ]
}

/** The context of a run that may end or move on meanwhile: then no unit is written any more, and the job ends. */
function whileActive(run: SyncRun, phases: readonly SyncPhase[], context: JobContext): JobContext {
  return {
    store: context.store,
    runtime: context.runtime,
    tenantId: context.tenantId,
    jobId: context.jobId,
    attempt: context.attempt,
    get signal() {
      return context.signal
    },
    async unit(name, statements) {
      try {
        return (await context.unit(name, [...statements, whileIn(run, phases)])).slice(0, -1)
      } catch (error) {
        if (!isCoreError(error, "store.outdated")) throw error
        throw new CoreError("sync.run_ended", "Cannot go on: the sync run was ended, or goes on without this job")
      }
    },
  }
}

/** Counts a page that could not be read. It is read again by the next attempt, until the run's budget is used up. */
async function withinBudget(error: unknown, run: SyncRun, context: JobContext, settings: SyncSettings) {
  const isPage = isCoreError(error) && error.category === "integration" && error.retryable && !context.signal.aborted
  if (!isPage) return error
  const [rows] = await context.unit("sync.count-page-failure", [countPageFailure(run)])
  const failures = Number(rows?.[0]?.pageFailures ?? 0)
  if (failures <= settings.pageFailureBudget) return error
  return new CoreError(
    "sync.page_failures",
    `Cannot read from the carrier: ${failures} pages failed, allowed are ${settings.pageFailureBudget}; the last one: ${error.message}`,
    { cause: error },
  )
}
