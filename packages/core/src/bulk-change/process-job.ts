import * as v from "valibot"
import type { JobRequest, JobType } from "../jobs/mod.ts"
import type { BulkChangeKey } from "./bulk-change.ts"

export interface ProcessPayload {
  readonly bulkChangeId: string
  /** From 0. The job of a slice enqueues the next one's in the unit that completes it. */
  readonly slice: number
}

const payload: v.GenericSchema<unknown, ProcessPayload> = v.object({
  bulkChangeId: v.pipe(v.string(), v.minLength(1)),
  slice: v.pipe(v.number(), v.integer(), v.minValue(0)),
})

/** Processes one slice of a bulk change. */
export const PROCESS_BULK_CHANGE: JobType<ProcessPayload> = {
  type: "bulk-change.process",
  queue: "bulk-change",
  payload,
  // A carrier that is away for an hour does not end a bulk change.
  maxAttempts: 20,
  retry: { kind: "exponential", baseMs: 1_000, maxMs: 300_000 },
  leaseMs: 60_000,
}

export function processRequest(key: BulkChangeKey, slice: number, runAt: number): JobRequest {
  return {
    type: PROCESS_BULK_CHANGE as JobType<unknown>,
    tenantId: key.tenantId,
    payload: { bulkChangeId: key.id, slice },
    runAt,
    dedupeKey: `bulk-change.process/${key.id}/${slice}`,
  }
}
