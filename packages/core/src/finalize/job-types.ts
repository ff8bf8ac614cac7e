import * as v from "valibot"
import type { JobType } from "../jobs/mod.ts"

/** What a finished sync hands over. Every retry carries it whole. */
export interface FinalizePayload {
  readonly syncRunId: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly listed: number
  readonly changed: number
  readonly readAt: number
  readonly optimizeAfter: boolean
  readonly optimizationSessionId: string | null
  /** How often it waited for rows to be processed, from 0. */
  readonly retryCount: number
}

/** A run whose devices are read one by one: those after `after`. */
export interface ReadDetailsPayload extends FinalizePayload {
  readonly after: string
}

/** A sync that came to nothing, or whose finalize did. */
export interface FailurePayload {
  readonly syncRunId: string
  readonly code: string
  readonly message: string
}

const run = {
  syncRunId: v.string(),
  serviceProviderId: v.string(),
  billingPeriodId: v.string(),
  listed: v.number(),
  changed: v.number(),
  readAt: v.number(),
  optimizeAfter: v.boolean(),
  optimizationSessionId: v.nullable(v.string()),
  retryCount: v.optional(v.number(), 0),
}
const payload: v.GenericSchema<unknown, FinalizePayload> = v.object(run)
const details: v.GenericSchema<unknown, ReadDetailsPayload> = v.object({ ...run, after: v.string() })

const failure: v.GenericSchema<unknown, FailurePayload> = v.object({
  syncRunId: v.string(),
  code: v.string(),
  message: v.string(),
})

/** Closes a sync: waits, reconciles, adds communication plans, sums up, and starts the optimization that was asked for. */
export const FINALIZE_SYNC: JobType<FinalizePayload> = {
  type: "finalize.sync",
  queue: "finalize",
  payload,
  // Failures of the database or of a defect; waiting for rows is not counted as one.
  maxAttempts: 8,
  retry: { kind: "exponential", baseMs: 1_000, maxMs: 300_000 },
  leaseMs: 60_000,
}

/** Reads devices one by one whose activation date is needed. */
export const READ_DETAILS: JobType<ReadDetailsPayload> = {
  type: "finalize.read-details",
  queue: "finalize",
  payload: details,
  maxAttempts: 8,
  retry: { kind: "exponential", baseMs: 1_000, maxMs: 300_000 },
  leaseMs: 300_000,
}

/** Tells that a sync failed, and ends the session that waits for it. */
export const FINALIZE_FAILURE: JobType<FailurePayload> = {
  type: "finalize.failure",
  queue: "finalize",
  payload: failure,
  maxAttempts: 8,
  retry: { kind: "exponential", baseMs: 1_000, maxMs: 300_000 },
  leaseMs: 60_000,
}
