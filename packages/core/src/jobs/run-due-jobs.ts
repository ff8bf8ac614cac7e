import type { Platform } from "../store/mod.ts"
import { claimJobs } from "./claim-jobs.ts"
import type { ClaimedJob, LeasedJob } from "./claimed-job.ts"
import { type Completion, completionOf, type FinishedJob } from "./completion.ts"
import { type Heartbeat, startHeartbeat } from "./heartbeat.ts"
import type { Job, JobFailure, JobHandler } from "./job.ts"
import { lineRing } from "./line-ring.ts"
import { attemptJob, completeTogether, concludeJob, type JobEnding, type JobOutcome } from "./run-job.ts"
import { type HeldJob, leaseFence } from "./lease-statements.ts"
import { returnJob } from "./statements.ts"

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
  /** Names this worker in the log of attempts. @default a new name for each call */
  readonly worker?: string
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

/**
 * Runs the jobs that are due and returns when none is left or a limit is reached. The host decides when to call it: in a
 * loop, on a cron trigger, or for each message of a queue.
 *
 * Jobs of the same tenant, queue and target stand in one line, first priorities first. Tenants take turns, and so do the
 * lines of each, so no tenant waits for another's backlog.
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
  const handlers = new Map(host.handlers.map((handler) => [handler.type.type, handler]))
  const scope = { types, queues, tenantId: options.tenantId }
  const ring = lineRing(host, scope)
  // Short: each leased job and its index entry hold one.
  const ownToken =
    options.worker === undefined ? `${host.runtime.newId()}/` : `${options.worker}/${host.runtime.newId()}.`
  let claims = 0
  const startedAt = clock.now()
  const maxJobs = options.maxJobs ?? 1_000
  let claimedCount = 0
  const mayClaim = () =>
    claimedCount < maxJobs &&
    !options.signal?.aborted &&
    (options.deadlineMs === undefined || clock.now() - startedAt < options.deadlineMs)

  const end = (heartbeat: Heartbeat, { job, held }: LeasedJob, { ending, failure, error }: JobOutcome) => {
    heartbeat.release(held)
    counts[ending]++
    options.onJobEnded?.({ job, ending, failure, error })
  }

  const settle = async (heartbeat: Heartbeat, done: readonly FinishedJob[]): Promise<readonly []> => {
    const outcomes = await completeTogether(host, done)
    for (const [i, { claimed }] of done.entries()) end(heartbeat, claimed, outcomes[i] as JobOutcome)
    return []
  }

  /** Writes what is done and leases what comes next, in one unit where that goes. */
  const turn = async (heartbeat: Heartbeat, done: readonly FinishedJob[]): Promise<readonly LeasedJob[]> => {
    const limit = mayClaim() ? Math.min(options.claimSize ?? 1, maxJobs - claimedCount) : 0
    // Reserved, so that lanes beside this one do not pass the limit together.
    claimedCount += limit
    const jobs = limit > 0 ? await claimNext(heartbeat, done, limit) : await settle(heartbeat, done)
    claimedCount -= limit - jobs.length
    return jobs
  }

  const claimNext = async (
    heartbeat: Heartbeat,
    done: readonly FinishedJob[],
    limit: number,
  ): Promise<readonly LeasedJob[]> => {
    let open = done
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const lines = await ring.next(limit)
      if (lines.length === 0) {
        if (open.length === 0) break
        // What follows from what is done may be what comes next.
        open = await settle(heartbeat, open)
        continue
      }
      const claim = { ...scope, lines, limit, leaseToken: ownToken + (++claims).toString(36), now: clock.now() }
      const completion = open.length === 0 ? undefined : completionFor(host, open)
      const together = completion && (await claimJobs(host, ring, claim, completion).catch(() => undefined))
      if (together?.isCompleted) for (const { claimed } of open) end(heartbeat, claimed, COMPLETED)
      // One of them spoils it, or it is not known whether it was written: each is written for itself.
      else await settle(heartbeat, open)
      open = []
      // Under the same token, the claim gives what it leased before, if it did.
      const { jobs } = together ?? (await claimJobs(host, ring, claim))
      if (jobs.length > 0) return jobs
    }
    return settle(heartbeat, open)
  }

  const lane = async (heartbeat: Heartbeat): Promise<void> => {
    let done: FinishedJob[] = []
    for (;;) {
      const leased = await turn(heartbeat, done)
      if (leased.length === 0) return
      done = []
      const holds = leased.map((one): ClaimedJob => {
        const handler = handlers.get(one.job.type) as JobHandler
        const lost = heartbeat.hold(one.held, handler.type.leaseMs)
        return { ...one, handler, heartbeat, claimSize: leased.length, lost, stop: options.signal }
      })
      for (const one of holds) {
        if (options.signal?.aborted) end(heartbeat, one, await giveBack(host, one.held))
        else {
          const attempt = await attemptJob(host, one)
          if ("result" in attempt) done.push({ claimed: one, result: attempt.result })
          else end(heartbeat, one, await concludeJob(host, one, attempt))
        }
      }
    }
  }

  const heartbeat = startHeartbeat(host, types)
  const lanes = await Promise.allSettled(Array.from({ length: options.concurrency ?? 1 }, () => lane(heartbeat)))
  await heartbeat.stop()
  for (const result of lanes) if (result.status === "rejected") throw result.reason
  return { ...counts, nextDueAt: await ring.nextDueAt() }
}

const COMPLETED: JobOutcome = { ending: "completed" }
// A line that was found may be taken by others before its turn comes; then there is another look.
const MOST_TRIES = 4

/** What completes jobs in the unit of the next claim; `undefined` where one of them cannot be, and is found later. */
function completionFor(host: JobHost, done: readonly FinishedJob[]): Completion | undefined {
  try {
    return completionOf(host, done)
  } catch {
    return undefined
  }
}

/** Returns a job that was claimed and not begun. */
async function giveBack(host: JobHost, held: HeldJob): Promise<JobOutcome> {
  try {
    const returning = returnJob(held, host.runtime.clock.now())
    await host.store.unit({ name: "jobs.return", fence: leaseFence(held) }, returning)
    return { ending: "returned" }
  } catch {
    return { ending: "lost" }
  }
}
