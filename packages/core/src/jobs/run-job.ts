import * as v from "valibot"
import { CoreError, isCoreError } from "../errors/mod.ts"
import type { Platform, Statement } from "../store/mod.ts"
import { enqueueJobs } from "./enqueue.ts"
import { type Failure, failureOf } from "./failure.ts"
import type { ClaimedJob } from "./claimed-job.ts"
import { completionOf, type FinishedJob, writeCompletion } from "./completion.ts"
import type { Job, JobContext, JobFailure, JobHandler, JobResult } from "./job.ts"
import { retryDelayMs } from "./retry-delay.ts"
import { blockTarget } from "./limit-statements.ts"
import { leaseFence } from "./lease-statements.ts"
import { buryJob, retryJob, returnJob } from "./statements.ts"

/** How a claimed job ended for this worker; `lost` = another worker has it, or its lease will lapse. */
export type JobEnding = "completed" | "retried" | "returned" | "dead" | "lost"

/** What became of a claimed job, before it is written. */
export type JobAttempt = { readonly result: JobResult } | { readonly error: unknown } | { readonly isAbandoned: true }

export interface JobOutcome {
  readonly ending: JobEnding
  readonly failure?: JobFailure
  /** What was thrown, where something was. */
  readonly error?: unknown
}

/** Runs a claimed job's handler. Never throws: what goes wrong with one job is that job's own. */
export async function attemptJob(platform: Platform, claimed: ClaimedJob): Promise<JobAttempt> {
  // The claim counts attempts; one too many means that the last ones ended with their worker.
  if (claimed.job.attempts > claimed.job.maxAttempts) return { isAbandoned: true }
  try {
    return { result: await runHandler(platform, claimed) }
  } catch (error) {
    return { error }
  }
}

/** Writes one of the endings that an attempt can have. Never throws either. */
export async function concludeJob(platform: Platform, claimed: ClaimedJob, attempt: JobAttempt): Promise<JobOutcome> {
  const { job, lost, stop } = claimed
  try {
    if ("isAbandoned" in attempt) return await bury(platform, claimed, abandoned(job))
    if ("error" in attempt) throw attempt.error
    return await complete(platform, claimed, attempt.result)
  } catch (error) {
    const failure = failureOf(error)
    if (lost.isLost || failure.code === "job.lease_lost") return { ending: "lost", failure, error }
    try {
      return { ...(await endFailed(platform, claimed, failure, stop?.aborted ?? false)), error }
    } catch (second) {
      // The failure could not be written, so nobody will know of it but the lease, which lapses.
      return { ending: "lost", failure: failureOf(second), error: second }
    }
  }
}

/**
 * Writes the results of jobs of one claim in one unit, or, where one of them spoils it, each in its own.
 *
 * @returns Their endings, in the order given.
 */
export async function completeTogether(
  platform: Platform,
  done: readonly FinishedJob[],
): Promise<readonly JobOutcome[]> {
  if (done.length > 1) {
    try {
      if (await writeCompletion(platform, completionOf(platform, done)))
        return done.map(() => ({ ending: "completed" }))
    } catch {
      // Whatever it was, it is found again, and laid to the job it belongs to.
    }
  }
  const outcomes: JobOutcome[] = []
  for (const { claimed, result } of done) outcomes.push(await concludeJob(platform, claimed, { result }))
  return outcomes
}

function runHandler(platform: Platform, claimed: ClaimedJob): Promise<JobResult> {
  const { job, handler } = claimed
  return handler.run(parsePayload(handler, job), new RunningContext(platform.runtime, claimed))
}

// A class, since there is one for each job: getters of a literal are made anew each time.
class RunningContext implements JobContext {
  readonly store: Platform["store"]
  readonly runtime: Platform["runtime"]
  readonly tenantId: string
  readonly jobId: string
  readonly attempt: number
  readonly unit: JobContext["unit"]
  readonly #claimed: ClaimedJob

  constructor(runtime: Platform["runtime"], claimed: ClaimedJob) {
    const { job, held, lost, heartbeat } = claimed
    this.store = heartbeat.store
    this.runtime = runtime
    this.tenantId = job.tenantId
    this.jobId = job.id
    this.attempt = job.attempts
    // Own, so that it can be taken out of the context.
    this.unit = async (name, statements) => {
      try {
        return await heartbeat.store.unit({ name, fence: leaseFence(held) }, statements)
      } catch (error) {
        if (isCoreError(error, "job.lease_lost")) lost.lose(error)
        throw error
      }
    }
    this.#claimed = claimed
  }

  get signal(): AbortSignal {
    const { stop, lost } = this.#claimed
    return stop ? AbortSignal.any([stop, lost.signal]) : lost.signal
  }
}

async function complete(platform: Platform, claimed: ClaimedJob, result: JobResult) {
  const isCompleted = await writeCompletion(platform, completionOf(platform, [{ claimed, result }]))
  return { ending: isCompleted ? "completed" : "lost" } as const
}

async function endFailed(platform: Platform, claimed: ClaimedJob, failure: Failure, isStopping: boolean) {
  const { job, held, handler } = claimed
  const now = platform.runtime.clock.now()
  if (isStopping) {
    // The host stops: the attempt was not the job's fault and is not counted.
    await finish(platform, claimed, "jobs.return", returnJob(held, now), {})
    return { ending: "returned", failure } as const
  }
  // The other side asks for a pause: it holds for all jobs of the target, and is no failed attempt of this one.
  const isPaced = failure.retryable && failure.retryAfterMs !== undefined && job.target !== null
  if (!failure.retryable || (job.attempts >= job.maxAttempts && !isPaced)) return bury(platform, claimed, failure)
  const wait = failure.retryAfterMs ?? retryDelayMs(handler.type.retry, job.attempts, platform.runtime.random())
  const runAt = now + Math.max(0, Math.ceil(wait))
  const statements = isPaced ? [blockTarget(job.tenantId, job.target ?? "", runAt)] : []
  await finish(
    platform,
    claimed,
    "jobs.retry",
    retryJob(held, { code: failure.code, message: failure.message, runAt, now, countAttempt: !isPaced }),
    { statements },
  )
  return { ending: "retried", failure } as const
}

async function bury(platform: Platform, claimed: ClaimedJob, failure: JobFailure) {
  const { held } = claimed
  const burial = buryJob(held, { code: failure.code, message: failure.message, now: platform.runtime.clock.now() })
  try {
    await finish(platform, claimed, "jobs.bury", burial, gaveUp(platform, claimed, failure))
  } catch (error) {
    if (isCoreError(error) && (error.retryable || error.code === "job.lease_lost")) throw error
    // What the room wanted to tell cannot be written: the dead letter must not be lost with it.
    await finish(platform, claimed, "jobs.bury", burial, {})
  }
  return { ending: "dead", failure } as const
}

/** Writes how a job ended together with what follows from it. The ending comes first: its dedupe key is free then. */
function finish(
  platform: Platform,
  { held }: ClaimedJob,
  name: string,
  ending: readonly Statement[],
  result: JobResult,
): Promise<unknown> {
  const next = enqueueJobs(platform.runtime, result.next ?? [])
  return platform.store.unit({ name, fence: leaseFence(held) }, [...ending, ...(result.statements ?? []), ...next])
}

function gaveUp(platform: Platform, { job, handler }: ClaimedJob, failure: JobFailure): JobResult {
  try {
    const { store, runtime } = platform
    const told = { code: failure.code, message: failure.message }
    return handler.gaveUp(parsePayload(handler, job), told, { store, runtime, tenantId: job.tenantId })
  } catch {
    // A payload that cannot be read has nothing to tell its room; the dead letter keeps it.
    return {}
  }
}

function parsePayload(handler: JobHandler, job: Job): unknown {
  const payload = v.safeParse(handler.type.payload, parseJson(job))
  if (payload.success) return payload.output
  throw new CoreError("job.payload_invalid", `Cannot run ${job.type}: its payload does not fit`, {
    field: v.getDotPath(payload.issues[0]) ?? "payload",
  })
}

function parseJson(job: Job): unknown {
  try {
    return JSON.parse(job.payload)
  } catch {
    throw new CoreError("job.payload_invalid", `Cannot run ${job.type}: its payload is no JSON`, { field: "payload" })
  }
}

function abandoned(job: Job): JobFailure {
  return {
    code: "job.abandoned",
    message: `Cannot run ${job.type}: its worker ended without a word in the last of ${job.maxAttempts} attempts`,
  }
}
