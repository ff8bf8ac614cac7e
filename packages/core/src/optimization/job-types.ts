import * as v from "valibot"
import type { JobType, RetryRule } from "../jobs/mod.ts"

/** What a session is about; every job carries it whole, so that a failure before the first row is not lost either. */
export interface SessionPayload {
  readonly sessionId: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly syncRunId: string | null
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
}
const sessionPayload: v.GenericSchema<unknown, SessionPayload> = v.object(session)
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

/** Adds up the session once all its problems are solved. Enqueued by each of them; all but the last find work left. */
export const FINISH_OPTIMIZATION: JobType<SessionPayload> = {
  type: "optimization.finish",
  queue: "optimization",
  payload: sessionPayload,
  maxAttempts: 5,
  retry,
  leaseMs: 60_000,
}
