import * as v from "valibot"
import type { JobRequest, JobType } from "../jobs/mod.ts"

/** What the jobs of a run carry. */
export interface RunPayload {
  readonly runId: string
  /** How many jobs read the device list before this one, which is left undone where more did. */
  readonly slice?: number | undefined
}

const payload: v.GenericSchema<unknown, RunPayload> = v.object({
  runId: v.pipe(v.string(), v.minLength(1)),
  slice: v.optional(v.number()),
})

const syncJob = (type: string): JobType<RunPayload> => ({
  type,
  queue: "sync",
  payload,
  // More than the budget for failed pages, which is what ends a run whose carrier does not answer.
  maxAttempts: 12,
  retry: { kind: "exponential", baseMs: 1_000, maxMs: 60_000 },
  leaseMs: 60_000,
})

/** Reads the device list into staging. */
export const SYNC_DEVICES: JobType<RunPayload> = syncJob("sync.devices")
/** Reads rate plans and usage into staging. */
export const SYNC_USAGE: JobType<RunPayload> = syncJob("sync.usage")
/** Validates staging and brings it into the inventory. */
export const SYNC_PROMOTION: JobType<RunPayload> = syncJob("sync.promotion")

/**
 * A job of a run.
 *
 * @param step Names the hand-over within the run. A hand-over that is asked for twice, by a job that was delivered twice,
 *   is then one job: its id is the run's and the step's.
 */
export function syncJobRequest(
  type: JobType<RunPayload>,
  run: { readonly tenantId: string; readonly id: string; readonly slices?: number },
  step?: string,
): JobRequest {
  const payload: RunPayload = { runId: run.id, slice: run.slices }
  const request = { type: type as JobType<unknown>, tenantId: run.tenantId, payload }
  return step === undefined ? request : { ...request, id: `${run.id}.${step}` }
}
