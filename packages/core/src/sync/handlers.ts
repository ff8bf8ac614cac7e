import {
  type GaveUpContext,
  handleJob,
  type JobContext,
  type JobFailure,
  type JobHandler,
  type JobRequest,
  type JobResult,
} from "../jobs/mod.ts"
import type { Carrier } from "../ports/mod.ts"
import { SYNC_DEVICES, SYNC_PROMOTION, SYNC_USAGE } from "./jobs.ts"
import { promote } from "./promote.ts"
import { readDevices } from "./read-devices.ts"
import { readUsage } from "./read-usage.ts"
import { getSyncRun } from "./start-sync-run.ts"
import { endRun } from "./statements.ts"
import type { SyncPhase, SyncRun } from "./sync-run.ts"
import { DEFAULT_SYNC_SETTINGS, type SyncSettings } from "./sync-settings.ts"

export interface SyncHandlersOptions {
  /** Opens a provider's carrier account. */
  readonly carrierFor: (tenantId: string, serviceProviderId: string) => Promise<Carrier>
  /** Jobs that follow a run's success, written in the unit that ends it. Gets the run with its final counts. */
  readonly afterSuccess: (run: SyncRun) => readonly JobRequest[]
  /** @default DEFAULT_SYNC_SETTINGS */
  readonly settings?: Partial<SyncSettings>
}

const giveUp = ({ runId }: { readonly runId: string }, failure: JobFailure, context: GaveUpContext): JobResult => ({
  statements: [
    endRun(
      { tenantId: context.tenantId, id: runId },
      { status: "failed", now: context.runtime.clock.now(), ...failure },
    ),
  ],
})

/** The handlers of a sync's three phases. */
export function syncHandlers(options: SyncHandlersOptions): readonly JobHandler[] {
  const settings: SyncSettings = { ...DEFAULT_SYNC_SETTINGS, ...options.settings }

  /** Runs a phase, unless the run ended or is already past it: a job may be delivered twice. */
  const phaseHandler =
    (phase: SyncPhase, work: (run: SyncRun, carrier: Carrier, context: JobContext) => Promise<JobResult>) =>
    async ({ runId }: { readonly runId: string }, context: JobContext): Promise<JobResult> => {
      const run = await getSyncRun(context, context.tenantId, runId)
      if (run.status !== "active" || run.phase !== phase) return {}
      const carrier = await options.carrierFor(run.tenantId, run.serviceProviderId)
      return work(run, carrier, context)
    }

  return [
    handleJob(
      SYNC_DEVICES,
      phaseHandler("devices", (run, carrier, context) => readDevices(run, carrier, context, settings)),
      giveUp,
    ),
    handleJob(
      SYNC_USAGE,
      phaseHandler("usage", (run, carrier, context) => readUsage(run, carrier, context, settings)),
      giveUp,
    ),
    handleJob(
      SYNC_PROMOTION,
      phaseHandler("promotion", (run, carrier, context) =>
        promote(run, carrier, context, settings, options.afterSuccess),
      ),
      giveUp,
    ),
  ]
}
