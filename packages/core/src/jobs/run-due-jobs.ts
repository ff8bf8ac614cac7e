import * as v from "valibot"
import { CoreError, isCoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { enqueueJob } from "./enqueue.ts"
import type { Job, JobContext, JobHandler, JobResult, RetryRule } from "./job.ts"
import {
  buryJob,
  claimJobs,
  completeJob,
  leaseFence,
  releaseLapsedJobs,
  renewLease,
  retryJob,
  selectNextDueAt,
} from "./statements.ts"

/** A platform that knows how to run its jobs. */
export interface JobHost extends Platform {
  readonly handlers: readonly JobHandler[]
}

export interface RunDueJobsOptions {
  /** Only these queues. @default all that have a handler */
  readonly queues?: readonly string[]
  /** Stops claiming after this many jobs. @default 1000 */
  readonly maxJobs?: number
  /** Stops claiming after this many milliseconds. @default no limit */
  readonly deadlineMs?: number
  /** Stops claiming, and tells the running handler to stop, when aborted. */
  readonly signal?: AbortSignal
}

export interface RunDueJobsResult {
  readonly completed: number
  readonly retried: number
  readonly dead: number
  /** When the next job can run, epoch milliseconds; `null` when none is waiting. */
  readonly nextDueAt: number | null
}

/**
 * Runs the jobs that are due, one after the other, and returns when none is left or a limit is reached. The host decides
 * when to call it: in a loop, on a cron trigger, or for each message of a queue.
 *
 * A job runs at least once; what it writes to the database takes effect once, because its result, its completion and the
 * jobs that follow are one fenced unit.
 */
export async function runDueJobs(host: JobHost, options: RunDueJobsOptions = {}): Promise<RunDueJobsResult> {
  const { store, runtime, handlers } = host
  const types = handlers.map(({ type }) => type.type)
  const queues = options.queues ?? [...new Set(handlers.map(({ type }) => type.queue))]
  const startedAt = runtime.clock.now()
  const maxJobs = options.maxJobs ?? 1_000
  const counts = { completed: 0, retried: 0, dead: 0 }
  for (let claimed = 0; claimed < maxJobs && !options.signal?.aborted; claimed++) {
    const now = runtime.clock.now()
    if (options.deadlineMs !== undefined && now - startedAt >= options.deadlineMs) break
    const leaseToken = runtime.newId()
    const longestLease = Math.max(0, ...handlers.map(({ type }) => type.leaseMs))
    const [, rows] = await store.unit({ name: "jobs.claim" }, [
      releaseLapsedJobs(now),
      claimJobs({ types, queues, now, leaseUntil: now + longestLease, leaseToken, limit: 1 }),
    ])
    const job = rows?.[0] as Job | undefined
    if (!job) break
    counts[await runJob(host, job, leaseToken, options.signal)]++
  }
  return { ...counts, nextDueAt: await store.read((db) => selectNextDueAt(db, types)) }
}

async function runJob(
  host: JobHost,
  job: Job,
  leaseToken: string,
  stop: AbortSignal | undefined,
): Promise<"completed" | "retried" | "dead"> {
  const { store, runtime } = host
  const handler = host.handlers.find(({ type }) => type.type === job.type) as JobHandler
  const fence = leaseFence({ ...job, leaseToken })
  const lost = new AbortController()
  const signal = stop ? AbortSignal.any([stop, lost.signal]) : lost.signal
  const context: JobContext = {
    store,
    runtime,
    tenantId: job.tenantId,
    attempt: job.attempts,
    signal,
    unit: (name, statements) => store.unit({ name, fence }, statements),
  }
  const finish = (name: string, last: ReturnType<typeof completeJob>, result: JobResult) =>
    store.unit({ name, fence }, [
      ...(result.statements ?? []),
      ...(result.next ?? []).map((request) => enqueueJob(runtime, request)),
      last,
    ])
  const endHeartbeat = startHeartbeat(
    context,
    handler.type.leaseMs,
    () => renewLease(job.tenantId, job.id, runtime.clock.now() + handler.type.leaseMs),
    lost,
  )
  try {
    const payload = parsePayload(handler, job)
    const result = await handler.run(payload, context)
    await finish("jobs.complete", completeJob(job.tenantId, job.id, runtime.clock.now()), result)
    return "completed"
  } catch (error) {
    if (isCoreError(error, "job.lease_lost")) return "retried"
    const failure = failureOf(error)
    const now = runtime.clock.now()
    if (stop?.aborted) {
      // The host stops: the attempt was not the job's fault and is not counted.
      await finish("jobs.return", retryJob(job.tenantId, job.id, { ...failure, runAt: now, countAttempt: false }), {})
      return "retried"
    }
    if (failure.retryable && job.attempts < job.maxAttempts) {
      const wait = failure.retryAfterMs ?? retryDelayMs(handler.type.retry, job.attempts, runtime.random())
      await finish(
        "jobs.retry",
        retryJob(job.tenantId, job.id, { ...failure, runAt: now + wait, countAttempt: true }),
        {},
      )
      return "retried"
    }
    await finish("jobs.bury", buryJob(job.tenantId, job.id, { ...failure, now }), gaveUp(handler, job, failure, host))
    return "dead"
  } finally {
    await endHeartbeat()
  }
}

function gaveUp(handler: JobHandler, job: Job, failure: { code: string; message: string }, host: Platform): JobResult {
  try {
    return handler.gaveUp(parsePayload(handler, job), failure, { store: host.store, runtime: host.runtime, tenantId: job.tenantId })
  } catch {
    // A payload that cannot be read has nothing to tell its room; the dead letter keeps it.
    return {}
  }
}

function parsePayload(handler: JobHandler, job: Job): unknown {
  const payload = v.safeParse(handler.type.payload, JSON.parse(job.payload))
  if (!payload.success) {
    throw new CoreError("job.payload_invalid", `Cannot run ${job.type}: its payload does not fit`, {
      field: v.getDotPath(payload.issues[0]) ?? "payload",
    })
  }
  return payload.output
}

/** Wait before attempt `attempt + 1`, milliseconds. Full jitter spreads workers that failed together. */
export function retryDelayMs(rule: RetryRule, attempt: number, random: number): number {
  if (rule.kind === "fixed") return rule.baseMs
  return Math.round(random * Math.min(rule.maxMs, rule.baseMs * 2 ** Math.min(attempt, 30)))
}

function failureOf(error: unknown): {
  code: string
  message: string
  retryable: boolean
  retryAfterMs: number | undefined
} {
  if (isCoreError(error))
    return { code: error.code, message: error.message, retryable: error.retryable, retryAfterMs: error.retryAfterMs }
  // Not one of our errors: a defect, so its text may hold anything, and only its kind is kept.
  const kind = error instanceof Error ? error.name : typeof error
  return { code: "unexpected", message: `Unexpected ${kind}`, retryable: true, retryAfterMs: undefined }
}

/** Renews the lease while a handler waits for something slow; aborts the handler when the lease is lost. */
function startHeartbeat(
  context: JobContext,
  leaseMs: number,
  renew: () => ReturnType<typeof renewLease>,
  lost: AbortController,
): () => Promise<void> {
  const ended = new AbortController()
  const beat = async () => {
    while (!ended.signal.aborted) {
      await context.runtime.clock.sleep(leaseMs / 3, ended.signal)
      await context.unit("jobs.renew", [renew()])
    }
  }
  const beating = beat().catch((error: unknown) => {
    if (!ended.signal.aborted) lost.abort(error)
  })
  return () => {
    ended.abort(new DOMException("The job ended", "AbortError"))
    return beating
  }
}
