import * as v from "valibot"
import type { JobType, RetryRule } from "../jobs/mod.ts"
import type { SessionRequest } from "./session.ts"

/** What a session is about; every job carries it whole, so that a failure before the first row is not lost either. */
export interface SessionPayload {
  readonly sessionId: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly syncRunId: string | null
  readonly request: SessionRequest
}

/** Some queue items of one group, by position. */
export interface SequencesPayload extends SessionPayload {
  readonly group: number
  readonly first: number
  readonly count: number
}

export interface SolvePayload extends SessionPayload {
  /** Position of the problem. */
  readonly position: number
}

const session = {
  sessionId: v.string(),
  serviceProviderId: v.string(),
  billingPeriodId: v.string(),
  syncRunId: v.nullable(v.string()),
  request: v.object({
    portalType: v.picklist(["M2M", "Mobility", "CrossProvider"]),
    chargeType: v.picklist(["RateChargeAndOverage", "RateChargeOnly", "OverageOnly"]),
    projection: v.picklist(["none", "proportional", "legacy"]),
    customerId: v.nullable(v.string()),
    serviceProviderIds: v.array(v.string()),
    customerBillingPeriodId: v.nullable(v.string()),
    requestedBy: v.string(),
  }),
}
const sessionPayload: v.GenericSchema<unknown, SessionPayload> = v.object(session)
const sequencesPayload: v.GenericSchema<unknown, SequencesPayload> = v.object({
  ...session,
  group: v.number(),
  first: v.number(),
  count: v.number(),
})
const solvePayload: v.GenericSchema<unknown, SolvePayload> = v.object({ ...session, position: v.number() })

const retry: RetryRule = { kind: "exponential", baseMs: 1_000, maxMs: 60_000 }

/** Opens the session, loads its SIMs, and splits them into problems. */
export const PREPARE_OPTIMIZATION: JobType<SessionPayload> = {
  type: "optimization.prepare",
  queue: "optimization",
  payload: sessionPayload,
  maxAttempts: 5,
  retry,
  leaseMs: 60_000,
}

/** Fills some of a group's sequences. */
export const RUN_SEQUENCES: JobType<SequencesPayload> = {
  type: "optimization.run-sequences",
  queue: "optimization",
  payload: sequencesPayload,
  maxAttempts: 5,
  retry,
  leaseMs: 300_000,
}

/** Solves one problem and stores its results. */
export const SOLVE_OPTIMIZATION: JobType<SolvePayload> = {
  type: "optimization.solve",
  queue: "optimization",
  payload: solvePayload,
  maxAttempts: 5,
  retry,
  // Between two turns of the event loop the solver computes for seconds at most; the lease outlasts that many times.
  leaseMs: 300_000,
}

/** Tells how far the session is, and adds it up once all is done. Enqueued by each worker; all but the last find work left. */
export const FINISH_OPTIMIZATION: JobType<SessionPayload> = {
  type: "optimization.finish",
  queue: "optimization",
  payload: sessionPayload,
  maxAttempts: 5,
  retry,
  leaseMs: 60_000,
}
