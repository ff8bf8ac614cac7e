import type { Platform, Statement, UnitOptions, UnitRows } from "../store/mod.ts"
import { unblockHeirs } from "./claim-statements.ts"
import type { ClaimedJob } from "./claimed-job.ts"
import { enqueueJobs } from "./enqueue.ts"
import type { JobResult } from "./job.ts"
import { completeJobs, completionFence, countCompleted, type HeldJobs } from "./statements.ts"

/** A job whose handler is done, and what it wants written. */
export interface FinishedJob {
  readonly claimed: ClaimedJob
  readonly result: JobResult
}

/** What completes jobs that were claimed together, as a unit or the first part of one. */
export interface Completion {
  readonly held: HeldJobs
  readonly options: UnitOptions
  /** The second tells how many jobs were completed. */
  readonly statements: readonly Statement[]
}

/**
 * What completes jobs of one claim in one unit: all of them, or, where they want nothing else written and need no fence, each
 * that is still held.
 *
 * @throws {CoreError} For a follower that cannot be enqueued.
 */
export function completionOf(platform: Platform, done: readonly FinishedJob[]): Completion {
  const seqs = done.map(({ claimed }) => claimed.held.seq)
  const held = {
    seqs: JSON.stringify(seqs),
    count: seqs.length,
    isAll: seqs.length === done[0]?.claimed.claimSize,
    leaseToken: done[0]?.claimed.held.leaseToken ?? "",
  }
  const followed = done.flatMap(({ result }) => result.statements ?? [])
  const next = done.flatMap(({ result }) => result.next ?? [])
  const isFenced = followed.length > 0 || next.length > 0
  const hasHeirs = done.some(({ claimed }) => claimed.hasHeirs)
  const now = platform.runtime.clock.now()
  return {
    held,
    options: { name: "jobs.complete", ...(isFenced && { fence: completionFence(held) }) },
    // The ending comes first: its dedupe key is free then.
    statements: [
      ...completeJobs(held, now),
      ...(hasHeirs ? unblockHeirs(now) : []),
      ...followed,
      ...enqueueJobs(platform.runtime, next),
    ],
  }
}

/** Whether the unit of a completion completed all its jobs. */
export function isWhole({ held }: Completion, results: readonly UnitRows[]): boolean {
  return results[1]?.[0]?.["changed"] === held.count
}

/** Writes a completion alone; whether all its jobs are completed. */
export async function writeCompletion(platform: Platform, completion: Completion): Promise<boolean> {
  const results = await platform.store.unit(completion.options, completion.statements)
  if (isWhole(completion, results)) return true
  // Where the unit was written twice, because its first answer was lost, the second changes nothing.
  const [row] = await platform.store.rows<{ completed: number }>(countCompleted(completion.held))
  return row?.completed === completion.held.count
}
