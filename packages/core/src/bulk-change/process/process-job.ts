import * as v from "valibot"
import type { JobRequest, JobType } from "../../jobs/mod.ts"
import type { BulkChangeKey, BulkChangeLane } from "../bulk-change.ts"

export interface ProcessPayload {
  readonly bulkChangeId: string
  readonly serviceProviderId: string
  /** From 0. The job of a slice enqueues the next one's in the unit that completes it. */
  readonly slice: number
}

const processPayload: v.GenericSchema<unknown, ProcessPayload> = v.object({
  bulkChangeId: v.pipe(v.string(), v.minLength(1)),
  serviceProviderId: v.pipe(v.string(), v.minLength(1)),
  slice: v.pipe(v.number(), v.integer(), v.minValue(0)),
})

/** Processes one slice of an account's part of a bulk change. */
export const PROCESS_BULK_CHANGE: JobType<ProcessPayload> = {
  type: "bulk-change.process",
  queue: "bulk-change",
  payload: processPayload,
  // A carrier that is away for an hour does not end a bulk change.
  maxAttempts: 20,
  retry: { kind: "exponential", baseMs: 1_000, maxMs: 300_000 },
  leaseMs: 60_000,
}

/** What the jobs of an account work on: the limits of the job store hold for each, over all workers. */
export function laneTarget(serviceProviderId: string): string {
  return `bulk-change/${serviceProviderId}`
}

/** @param why Sets a job apart from the one that waits for the same slice: whichever comes second finds nothing to do. */
export function processRequest(key: BulkChangeKey, lane: BulkChangeLane, runAt: number, why?: string): JobRequest {
  const { serviceProviderId, slice } = lane
  return {
    type: PROCESS_BULK_CHANGE as JobType<unknown>,
    tenantId: key.tenantId,
    payload: { bulkChangeId: key.id, serviceProviderId, slice },
    runAt,
    target: laneTarget(serviceProviderId),
    dedupeKey: `bulk-change.process/${key.id}/${serviceProviderId}/${slice}${why === undefined ? "" : `/${why}`}`,
  }
}

export interface FinishPayload {
  readonly bulkChangeId: string
  readonly round: number
  /** The account that stands still, where that is what there is to tell. */
  readonly standstillOf?: string | undefined
}

const finishPayload: v.GenericSchema<unknown, FinishPayload> = v.object({
  bulkChangeId: v.pipe(v.string(), v.minLength(1)),
  round: v.pipe(v.number(), v.integer(), v.minValue(0)),
  standstillOf: v.optional(v.string()),
})

/** Ends a bulk change of which all accounts are through, seals its log and tells who wants to know. */
export const FINISH_BULK_CHANGE: JobType<FinishPayload> = {
  type: "bulk-change.finish",
  queue: "bulk-change",
  payload: finishPayload,
  maxAttempts: 10,
  retry: { kind: "exponential", baseMs: 500, maxMs: 60_000 },
  leaseMs: 60_000,
}

export function finishRequest(key: BulkChangeKey, round: number, standstillOf?: string): JobRequest {
  return {
    type: FINISH_BULK_CHANGE as JobType<unknown>,
    tenantId: key.tenantId,
    payload: { bulkChangeId: key.id, round, ...(standstillOf !== undefined && { standstillOf }) },
  }
}
