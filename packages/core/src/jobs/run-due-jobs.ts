import type { Platform } from "../store/mod.ts"
import { startHeartbeat, type Heartbeat } from "./heartbeat.ts"
import type { Job, JobFailure, JobHandler, JobResult } from "./job.ts"
import {
  attemptJob,
  type ClaimedJob,
  completeTogether,
  concludeJob,
  type JobEnding,
  type JobOutcome,
} from "./run-job.ts"
import {
  bookStarts,
  type ClaimScope,
  claimJobs,
  type HeldJob,
  leaseFence,
  nextDueAt,
  promoteWaitingJobs,
  releaseLapsedJobs,
  returnJob,
  unblockJobs,
} from "./statements.ts"

/** A platform that knows how to run its jobs. */
export interface JobHost extends Platform {
  readonly handlers: readonly JobHandler[]
}

/** One job that ended for this worker. */
export interface JobEndedEvent {
  readonly job: Job
  readonly ending: JobEnding
  readonly failure: JobFailure | undefined
  /** What was thrown. For a debugger and a private file: the text of a defect may hold anything. */
  readonly error: unknown
}

export interface RunDueJobsOptions {
  /** Only these queues. @default all that have a handler */
  readonly queues?: readonly string[]
  /** Only this tenant's jobs. @default all tenants */
  readonly tenantId?: string
  /** Stops claiming after this many jobs. @default 1000 */
  readonly maxJobs?: number
  /** Stops claiming after this many milliseconds. @default no limit */
  readonly deadlineMs?: number
  /**
   * Jobs claimed in one unit, run one after the other, their results written in one unit at the end. More is faster for
   * short jobs; long ones it takes away from other workers, and more of them run again after a crash. @default 1
   */
  readonly claimSize?: number
  /** Jobs that run side by side. @default 1 */
  readonly concurrency?: number
  /** Stops claiming, and tells the running handlers to stop, when aborted. */
  readonly signal?: AbortSignal
  /** Told how each job ended, for logs and progress. */
  readonly onJobEnded?: (event: JobEndedEvent) => void
}

export interface RunDueJobsResult {
  readonly completed: number
  /** Put back in line for another attempt. */
  readonly retried: number
  /** Put back in line because the host stops; the attempt does not count. */
  readonly returned: number
  readonly dead: number
  /** Taken by another worker meanwhile, or their ending could not be written. */
  readonly lost: number
  /** When the next job can run, epoch milliseconds; `null` when none is waiting. */
  readonly nextDueAt: number | null
}

// How often lapsed leases and waiting jobs are looked for while there is enough to do: a claim in between is cheaper.
const CARE_INTERVAL_MS = 250
// A unit of this many updates takes a few milliseconds.
const PROMOTED_AT_ONCE = 1_000

/**
 * Runs the jobs that are due and returns when none is left or a limit is reached. The host decides when to call it: in a
 * loop, on a cron trigger, or for each message of a queue.
 *
 * A job runs at least once; what it writes to the database takes effect once, because its result, its completion and the
 * jobs that follow are one fenced unit. What goes wrong with one job is written to that job and does not throw.
 *
 * @throws {CoreError} What the store throws when no job can be claimed.
 */
export async function runDueJobs(host: JobHost, options: RunDueJobsOptions = {}): Promise<RunDueJobsResult> {
  const { clock } = host.runtime
  const counts: Record<JobEnding, number> = { completed: 0, retried: 0, returned: 0, dead: 0, lost: 0 }
  const queues = options.queues ?? [...new Set(host.handlers.map(({ type }) => type.queue))]
  if (host.handlers.length === 0 || queues.length === 0) return { ...counts, nextDueAt: null }

  const types = host.handlers.map(({ type: { type, leaseMs } }) => ({ type, leaseMs }))
  const scopeNow = (): ClaimScope => ({ types, queues, tenantId: options.tenantId, now: clock.now() })
  const startedAt = clock.now()
  const maxJobs = options.maxJobs ?? 1_000
  let claimedCount = 0
  let caredAt = Number.NEGATIVE_INFINITY
  let isLimited = false
  const mayClaim = () =>
    claimedCount < maxJobs &&
    !options.signal?.aborted &&
    (options.deadlineMs === undefined || clock.now() - startedAt < options.deadlineMs)

  const claim = async (limit: number): Promise<readonly [Job, HeldJob][]> => {
    const scope = scopeNow()
    const isCaring = scope.now - caredAt >= CARE_INTERVAL_MS
    if (isCaring) caredAt = scope.now
    const withLimits = isLimited
    const leaseToken = host.runtime.newId()
    const care = [releaseLapsedJobs(scope.now), unblockJobs(scope.now), promoteWaitingJobs(scope.now, PROMOTED_AT_ONCE)]
    const results = await host.store.unit({ name: "jobs.claim" }, [
      ...(isCaring ? care : []),
      claimJobs({ ...scope, leaseToken, limit, isLimited: withLimits }),
      ...(withLimits ? [bookStarts(leaseToken, scope.now)] : []),
    ])
    const jobs = [...((results.at(withLimits ? -2 : -1) ?? []) as unknown as readonly Job[])].sort(byTurn)
    if (jobs.length > 0 || (withLimits && isCaring)) {
      return jobs.map((job) => [job, { tenantId: job.tenantId, id: job.id, leaseToken }])
    }
    // Nothing, so far as a cheap claim sees: look again, with limits, and after lapsed and waiting jobs were looked for.
    isLimited = true
    caredAt = Number.NEGATIVE_INFINITY
    return claim(limit)
  }

  const lane = async (heartbeat: Heartbeat): Promise<void> => {
    while (mayClaim()) {
      const limit = Math.min(options.claimSize ?? 1, maxJobs - claimedCount)
      claimedCount += limit
      const claimed = await claim(limit)
      claimedCount -= limit - claimed.length
      if (claimed.length === 0) return
      const holds = claimed.map(([job, held]): ClaimedJob => {
        const handler = host.handlers.find(({ type }) => type.type === job.type) as JobHandler
        return { job, held, handler, lost: heartbeat.hold(held, handler.type.leaseMs), stop: options.signal }
      })
      const end = (one: ClaimedJob, { ending, failure, error }: JobOutcome) => {
        heartbeat.release(one.held)
        counts[ending]++
        options.onJobEnded?.({ job: one.job, ending, failure, error })
      }
      const done: { readonly claimed: ClaimedJob; readonly result: JobResult }[] = []
      for (const one of holds) {
        if (options.signal?.aborted) end(one, await giveBack(host, one.held))
        else {
          const attempt = await attemptJob(host, one)
          if ("result" in attempt) done.push({ claimed: one, result: attempt.result })
          else end(one, await concludeJob(host, one, attempt))
        }
      }
      const outcomes = await completeTogether(host, done)
      for (const [i, { claimed: one }] of done.entries()) end(one, outcomes[i] as JobOutcome)
    }
  }

  const heartbeat = startHeartbeat(host, types)
  const lanes = await Promise.allSettled(Array.from({ length: options.concurrency ?? 1 }, () => lane(heartbeat)))
  await heartbeat.stop()
  for (const result of lanes) if (result.status === "rejected") throw result.reason
  const [next] = await host.store.rows<{ at: number | null }>(nextDueAt(scopeNow()))
  return { ...counts, nextDueAt: next?.at ?? null }
}

/** Returns a job that was claimed and not begun. */
async function giveBack(host: JobHost, held: HeldJob): Promise<JobOutcome> {
  try {
    await host.store.unit({ name: "jobs.return", fence: leaseFence(held) }, [returnJob(held)])
    return { ending: "returned" }
  } catch {
    return { ending: "lost" }
  }
}

/** RETURNING gives rows in no order. */
function byTurn(a: Job, b: Job): number {
  return a.priority - b.priority || a.runAt - b.runAt || (a.id < b.id ? -1 : 1)
}
