import { type GaveUpContext, handleJob, type JobContext, type JobFailure, type JobHandler } from "../jobs/mod.ts"
import type { JobRequest, JobResult } from "../jobs/mod.ts"
import { notify } from "../notifications/mod.ts"
import { listServiceProviders } from "../providers/mod.ts"
import type { Platform } from "../store/mod.ts"
import { type FinalizeOptions, finalizeSync } from "./finalize-sync.ts"
import {
  FINALIZE_FAILURE,
  FINALIZE_SYNC,
  type FailurePayload,
  READ_DETAILS,
  type ReadDetailsPayload,
} from "./job-types.ts"
import { readDetails } from "./read-details.ts"

/** The run a failure is about, as another room knows it. */
export interface FailedRun {
  readonly serviceProviderId: string
  readonly optimizationSessionId: string | null
}

export interface FinalizeHandlersOptions extends FinalizeOptions {
  /** The run of an id, or `undefined`. @default runs are not known, and their failures are told to nobody */
  readonly findRun?: (core: Platform, tenantId: string, syncRunId: string) => Promise<FailedRun | undefined>
  /** What ends a session with a reason. */
  readonly endOptimization?: (
    tenantId: string,
    end: { readonly sessionId: string; readonly code: string; readonly message: string },
  ) => JobRequest
}

export function finalizeHandlers(options: FinalizeHandlersOptions): readonly JobHandler[] {
  return [
    handleJob(FINALIZE_SYNC, (run, context) => finalizeSync(run, context, options), giveUp),
    ...(options.carrierFor ? [handleJob(READ_DETAILS, readWith(options.carrierFor))] : []),
    handleJob(FINALIZE_FAILURE, (failure, context) => tellFailure(failure, context, options)),
  ]
}

function readWith(carrierFor: NonNullable<FinalizeOptions["carrierFor"]>) {
  return (payload: ReadDetailsPayload, context: JobContext) => readDetails(payload, context, carrierFor)
}

/** What tells of a sync that failed, and ends the session that waits for it: once, whoever asks for it. */
export function syncFailedJob(tenantId: string, failure: FailurePayload): JobRequest {
  const type = FINALIZE_FAILURE as JobRequest["type"]
  return { type, tenantId, id: `${failure.syncRunId}.failure`, payload: failure }
}

function giveUp(run: { readonly syncRunId: string }, failure: JobFailure, context: GaveUpContext): JobResult {
  const { code, message } = failure
  return { next: [syncFailedJob(context.tenantId, { syncRunId: run.syncRunId, code, message })] }
}

async function tellFailure(
  { syncRunId, code, message }: FailurePayload,
  context: JobContext,
  options: FinalizeHandlersOptions,
): Promise<JobResult> {
  const { tenantId } = context
  const run = await options.findRun?.(context, tenantId, syncRunId)
  if (!run) return {}
  const { serviceProviderId, optimizationSessionId } = run
  const provider = (await listServiceProviders(context, tenantId)).find(({ id }) => id === serviceProviderId)
  const told = notify(tenantId, {
    type: "sync.failed",
    serviceProviderId,
    serviceProviderName: provider?.name ?? serviceProviderId,
    integrationType: provider?.integrationType ?? "unknown",
    occurredAt: context.runtime.clock.now(),
    syncRunId,
    optimizationSessionId,
    code,
    message,
  })
  const end =
    optimizationSessionId === null
      ? undefined
      : options.endOptimization?.(tenantId, { sessionId: optimizationSessionId, code, message })
  return { next: end === undefined ? [told] : [told, end] }
}
