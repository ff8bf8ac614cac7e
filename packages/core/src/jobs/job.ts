import type { GenericSchema } from "valibot"
import type { Platform, Statement } from "../store/mod.ts"

/** How long to wait before the next attempt: full jitter over a doubling ceiling, or always the same. */
export interface RetryRule {
  readonly kind: "exponential" | "fixed"
  readonly baseMs: number
  readonly maxMs: number
}

/** What a kind of job carries and how it is run. One constant per kind, in the room that handles it. */
export interface JobType<P> {
  /** Stable name, for example `sync.scan`. */
  readonly type: string
  readonly queue: string
  readonly payload: GenericSchema<unknown, P>
  /** First attempt included. A job that goes on by enqueuing the next one begins to count anew. */
  readonly maxAttempts: number
  readonly retry: RetryRule
  /**
   * At least ten times the longest unit the handler writes; renewed while the handler runs. Jobs that are claimed together
   * have the longest of them.
   */
  readonly leaseMs: number
}

/** A job to be: what to do, for whom, from when. */
export interface JobRequest<P = unknown> {
  readonly type: JobType<P>
  readonly tenantId: string
  readonly payload: P
  /** Given where another job shall wait for this one. A job whose id is there already is not added. @default a new one */
  readonly id?: string
  /** 1 first to 10 last. @default 5 */
  readonly priority?: number
  /** Epoch milliseconds. @default now */
  readonly runAt?: number
  /** While a job of this tenant with the same key is ready or leased, this one is not added. */
  readonly dedupeKey?: string
  /** What the job works on, for example a carrier account: limits are kept for each. */
  readonly target?: string
  /**
   * Jobs of a tenant in the same lane run one after the other, in the order they were added; one that is given up lets the
   * next one go.
   */
  readonly lane?: string
  /** Ids of jobs of the same tenant that must be done before. A parent that was given up keeps it waiting. */
  readonly after?: readonly string[]
}

export type JobState = "ready" | "leased" | "done" | "dead"

/** A job as it stands. */
export interface Job {
  readonly tenantId: string
  readonly id: string
  readonly queue: string
  readonly type: string
  readonly payload: string
  readonly priority: number
  readonly state: JobState
  readonly attempts: number
  readonly maxAttempts: number
  readonly runAt: number
  readonly target: string | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
}

/** What a handler works with. */
export interface JobContext extends Platform {
  readonly tenantId: string
  /** The job's own id. */
  readonly jobId: string
  /** Counts from 1. */
  readonly attempt: number
  /** Aborts when the host stops, or when the lease is lost. A getter: a copy made by spreading the context has none. */
  readonly signal: AbortSignal
  /** Writes one unit, fenced: nothing is written once another worker holds the job. */
  unit(name: string, statements: readonly Statement[]): ReturnType<Platform["store"]["unit"]>
}

/** What is written together with the job's completion, and the jobs that follow it. */
export interface JobResult {
  readonly statements?: readonly Statement[]
  readonly next?: readonly JobRequest[]
}

/** What a handler works with once its job is given up. */
export interface GaveUpContext extends Platform {
  readonly tenantId: string
}

/** Why a job was given up. */
export interface JobFailure {
  readonly code: string
  readonly message: string
}

/** A job type with its handler: what `runDueJobs` needs to run it. */
export interface JobHandler {
  readonly type: JobType<unknown>
  run(payload: unknown, context: JobContext): Promise<JobResult>
  /** What to write when the job is given up, for example the failure of the run it belongs to. */
  gaveUp(payload: unknown, failure: JobFailure, context: GaveUpContext): JobResult
}

/**
 * Joins a job type and its handler.
 *
 * @param handler Called at least once per job, so all it does must be idempotent. Its result is written in one unit
 *   with the job's completion.
 * @param gaveUp Called when the attempts are used up or the failure is not worth a retry; what it returns is written
 *   once, in one unit with the burial.
 */
export function handleJob<P>(
  type: JobType<P>,
  handler: (payload: P, context: JobContext) => Promise<JobResult>,
  gaveUp?: (payload: P, failure: JobFailure, context: GaveUpContext) => JobResult,
): JobHandler {
  return {
    type: type as JobType<unknown>,
    run: (payload, context) => handler(payload as P, context),
    gaveUp: (payload, failure, context) => gaveUp?.(payload as P, failure, context) ?? {},
  }
}
