import * as v from "valibot"
import type { JobContext, JobRequest, JobResult, JobType } from "../../jobs/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { type MoveFates, reconcile } from "./reconcile.ts"

interface ReconcilePayload {
  readonly sessionId: string
  readonly bulkChangeId: string
}

const reconcilePayload: v.GenericSchema<unknown, ReconcilePayload> = v.object({
  sessionId: v.string(),
  bulkChangeId: v.string(),
})

/** Holds what the changes of a session brought against what was predicted. */
export const RECONCILE_OPTIMIZATION: JobType<ReconcilePayload> = {
  type: "optimization.reconcile",
  queue: "optimization",
  payload: reconcilePayload,
  maxAttempts: 10,
  retry: { kind: "exponential", baseMs: 1_000, maxMs: 60_000 },
  leaseMs: 60_000,
}

/** Tells how the changes of a session ended. */
export interface ChangesPort {
  fatesOf(core: Platform, key: { readonly tenantId: string; readonly bulkChangeId: string }): MoveFates
}

/** What follows once the changes of a session have ended. */
export function reconcileJob(tenantId: string, payload: ReconcilePayload): JobRequest {
  return { type: RECONCILE_OPTIMIZATION as JobRequest["type"], tenantId, payload }
}

export async function reconcileChanges(
  { sessionId, bulkChangeId }: ReconcilePayload,
  context: JobContext,
  changes: ChangesPort,
): Promise<JobResult> {
  const { tenantId } = context
  await reconcile(context, { tenantId, id: sessionId }, changes.fatesOf(context, { tenantId, bulkChangeId }))
  return {}
}
