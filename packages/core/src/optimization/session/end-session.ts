import { CoreError } from "../../errors/mod.ts"
import { enqueueJob, type JobContext, type JobFailure, type JobRequest, type JobResult } from "../../jobs/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { END_OPTIMIZATION, type EndPayload, type SessionPayload, TELL_OPTIMIZATION } from "../job-types.ts"
import { getOptimizationSession, type OptimizationSessionDetails } from "./read-session.ts"
import { findSession } from "./read-session.ts"
import { tellEnded } from "./session-events.ts"
import { endSession, failSession, hideSession } from "./statements.ts"

/** Ends a session with its reason, unless it ended before; one that has no row yet gets it. */
export function endWithErrors(
  core: Platform,
  tenantId: string,
  payload: SessionPayload,
  { code, message }: JobFailure,
): JobResult {
  const key = { tenantId, id: payload.sessionId }
  return {
    statements: [failSession(key, payload, { code, message, now: core.runtime.clock.now() })],
    next: [tellJob(tenantId, payload.sessionId)],
  }
}

/** What ends a session from another room's unit. */
export function endOptimizationJob(tenantId: string, end: EndPayload): JobRequest {
  const type = END_OPTIMIZATION as JobRequest["type"]
  return { type, tenantId, id: `${end.sessionId}.end`, payload: end }
}

export function endOptimization(payload: EndPayload, context: JobContext): Promise<JobResult> {
  const { sessionId, code, message } = payload
  const key = { tenantId: context.tenantId, id: sessionId }
  return Promise.resolve({
    statements: [endSession(key, code, message, context.runtime.clock.now())],
    next: [tellJob(context.tenantId, sessionId)],
  })
}

/** Tells how a session ended, once it did. */
export async function tellOptimization(
  { sessionId }: { readonly sessionId: string },
  context: JobContext,
): Promise<JobResult> {
  const session = await findSession(context, context.tenantId, sessionId)
  return session?.status === "CompleteWithErrors" ? { next: await tellEnded(context, session) } : {}
}

function tellJob(tenantId: string, sessionId: string): JobRequest {
  const type = TELL_OPTIMIZATION as JobRequest["type"]
  return { type, tenantId, id: `${sessionId}.tell`, payload: { sessionId } }
}

/** A session to steer. */
export interface OptimizationSessionReference {
  readonly tenantId: string
  readonly id: string
}

/**
 * Ends a session before it has its winner. Its jobs stop at their next unit, and the tenant can start another one at once.
 * A session that is cancelled already stays so.
 *
 * @throws {CoreError} `input.not_found` for an unknown session; `optimization.wrong_state` where it ended otherwise.
 */
export async function cancelOptimizationSession(
  core: Platform,
  reference: OptimizationSessionReference,
): Promise<OptimizationSessionDetails> {
  const { tenantId, id } = reference
  await getOptimizationSession(core, tenantId, id)
  const code = "optimization.cancelled"
  await core.store.unit({ name: "optimization.cancel" }, [
    endSession(reference, code, "The session was cancelled", core.runtime.clock.now()),
    enqueueJob(core.runtime, tellJob(tenantId, id)),
  ])
  const session = await getOptimizationSession(core, tenantId, id)
  if (session.errorCode === code) return session
  throw new CoreError("optimization.wrong_state", `Cannot cancel the session: it is ${session.status}`)
}

/**
 * Hides a complete session from every list; what was stored stays in the database.
 *
 * @throws {CoreError} `input.not_found` for an unknown session; `optimization.wrong_state` while it runs.
 */
export async function deleteOptimizationSession(
  core: Platform,
  reference: OptimizationSessionReference,
): Promise<void> {
  const { status } = await getOptimizationSession(core, reference.tenantId, reference.id)
  if (!status.startsWith("Complete")) {
    throw new CoreError("optimization.wrong_state", `Cannot delete the session: it is ${status}`)
  }
  await core.store.unit({ name: "optimization.delete" }, [hideSession(reference, core.runtime.clock.now())])
}
