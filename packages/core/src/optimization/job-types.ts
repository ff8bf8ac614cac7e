import * as v from "valibot"
import type { JobType, RetryRule } from "../jobs/mod.ts"
import type { SessionRequest } from "./session/session.ts"

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
    billInAdvance: v.boolean(),
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

/** What asks for a session that nobody opened yet. Every text is as it was given; the handler looks it up. */
export interface ReceivePayload {
  /** What asked, for example the id of the message. */
  readonly requestId: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  /** Whether devices and usage are fresh; if not, a sync goes before. */
  readonly hasSynced: boolean
  /** Where the sync begins, epoch milliseconds; `null` for the seed-full date. */
  readonly lastSyncDate: number | null
  /** The session to go on with. */
  readonly optimizationSessionId: string | null
  readonly request: SessionRequest
}

/** What asks for a customer's session. */
export interface ReceiveCustomerPayload {
  readonly requestId: string
  readonly customerId: string
  /** Empty = all of the tenant's. */
  readonly serviceProviderIds: readonly string[]
  readonly billingPeriodId: string | null
  readonly customerBillingPeriodId: string | null
}

/** A session to open, with its id. */
export interface BeginPayload extends SessionPayload {
  readonly requestId: string
  readonly hasSynced: boolean
  readonly lastSyncDate: number | null
}

/** A session that waits for its sync. */
export interface AwaitSyncPayload extends BeginPayload {
  /** How often it looked, from 0. */
  readonly round: number
}

/** A session that cannot go on. */
export interface EndPayload {
  readonly sessionId: string
  readonly code: string
  readonly message: string
}

const beginning = { requestId: v.string(), hasSynced: v.boolean(), lastSyncDate: v.nullable(v.number()) }
const receivePayload: v.GenericSchema<unknown, ReceivePayload> = v.object({
  ...beginning,
  serviceProviderId: v.string(),
  billingPeriodId: v.string(),
  optimizationSessionId: v.nullable(v.string()),
  request: session.request,
})
const receiveCustomerPayload: v.GenericSchema<unknown, ReceiveCustomerPayload> = v.object({
  requestId: v.string(),
  customerId: v.string(),
  serviceProviderIds: v.array(v.string()),
  billingPeriodId: v.nullable(v.string()),
  customerBillingPeriodId: v.nullable(v.string()),
})
const beginPayload: v.GenericSchema<unknown, BeginPayload> = v.object({ ...session, ...beginning })
const awaitSyncPayload: v.GenericSchema<unknown, AwaitSyncPayload> = v.object({
  ...session,
  ...beginning,
  round: v.number(),
})
const endPayload: v.GenericSchema<unknown, EndPayload> = v.object({
  sessionId: v.string(),
  code: v.string(),
  message: v.string(),
})
const tellPayload: v.GenericSchema<unknown, { readonly sessionId: string }> = v.object({ sessionId: v.string() })
const schedulePayload: v.GenericSchema<unknown, Record<string, never>> = v.object({})

const job = <P>(type: string, payload: v.GenericSchema<unknown, P>): JobType<P> => ({
  type: `optimization.${type}`,
  queue: "optimization",
  payload,
  maxAttempts: 5,
  retry,
  leaseMs: 60_000,
})

/** Checks what was asked for, and opens a session for it. */
export const RECEIVE_OPTIMIZATION: JobType<ReceivePayload> = job("receive", receivePayload)
/** The same for a customer's lines. */
export const RECEIVE_CUSTOMER_OPTIMIZATION: JobType<ReceiveCustomerPayload> = job(
  "receive-customer",
  receiveCustomerPayload,
)
/** Opens the session, and starts what goes before it. */
export const BEGIN_OPTIMIZATION: JobType<BeginPayload> = job("begin", beginPayload)
/** Starts the sync that a session waits for, and looks after it until the session goes on or ends. */
export const AWAIT_SYNC: JobType<AwaitSyncPayload> = job("await-sync", awaitSyncPayload)
/** Ends a session with a reason that another room has. */
export const END_OPTIMIZATION: JobType<EndPayload> = job("end", endPayload)
/** Tells how a session ended. */
export const TELL_OPTIMIZATION: JobType<{ readonly sessionId: string }> = job("tell", tellPayload)
/** Asks for the sessions that are due by the providers' schedules. */
export const SCHEDULE_OPTIMIZATIONS: JobType<Record<string, never>> = job("schedule", schedulePayload)

/** Opens the session, loads its SIMs, and splits them into problems. */
export const PREPARE_OPTIMIZATION: JobType<SessionPayload> = {
  type: "optimization.prepare",
  queue: "optimization",
  payload: sessionPayload,
  // It writes the most units of all jobs here, and each may be where its worker ends.
  maxAttempts: 12,
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

/** How far a session is, is told before the rest of its work is done. */
export const FINISH_PRIORITY = 3
