import { type JobHost, type RunDueJobsOptions, type RunDueJobsResult, runDueJobs } from "./run-due-jobs.ts"

export interface RunDueJobsOfAllOptions extends RunDueJobsOptions {
  /** Jobs of one database before the next one has its turn. @default 50 */
  readonly turn?: number
  /** Told of a database that no job can be claimed from; the others go on. */
  readonly onHostFailed?: (error: unknown, host: JobHost) => void
}

/**
 * Runs the jobs that are due in several databases, a few of each in turn, so that a long line in one keeps none of the
 * others waiting. Limits are for all together. Returns when nothing is due in any, or a limit is reached.
 *
 * @throws What the last database threw, where jobs can be claimed from none.
 */
export async function runDueJobsOfAll(
  hosts: readonly JobHost[],
  options: RunDueJobsOfAllOptions = {},
): Promise<RunDueJobsResult> {
  const { turn = 50, onHostFailed, deadlineMs, maxJobs = 1_000, ...rest } = options
  const counts = { completed: 0, retried: 0, returned: 0, dead: 0, lost: 0 }
  const kinds = Object.keys(counts) as (keyof typeof counts)[]
  const nextDueAt = new Map<JobHost, number | null>()
  const failures: unknown[] = []
  const startedAt = hosts[0]?.runtime.clock.now() ?? 0
  let left = maxJobs
  let busy = [...hosts]
  while (busy.length > 0 && left > 0 && !options.signal?.aborted) {
    const stillBusy: JobHost[] = []
    for (const host of busy) {
      const remainingMs = deadlineMs === undefined ? undefined : deadlineMs - (host.runtime.clock.now() - startedAt)
      if (left <= 0 || (remainingMs !== undefined && remainingMs <= 0)) return sum()
      const limits = { maxJobs: Math.min(turn, left), ...(remainingMs !== undefined && { deadlineMs: remainingMs }) }
      try {
        const result = await runDueJobs(host, { ...rest, ...limits })
        for (const kind of kinds) counts[kind] += result[kind]
        nextDueAt.set(host, result.nextDueAt)
        const ran = kinds.reduce((total, kind) => total + result[kind], 0)
        left -= ran
        if (ran === limits.maxJobs) stillBusy.push(host)
      } catch (error) {
        failures.push(error)
        onHostFailed?.(error, host)
      }
    }
    busy = stillBusy
  }
  if (failures.length > 0 && failures.length === hosts.length) throw failures.at(-1)
  return sum()

  function sum(): RunDueJobsResult {
    const ats = [...nextDueAt.values()].filter((at) => at !== null)
    return { ...counts, nextDueAt: ats.length === 0 ? null : Math.min(...ats) }
  }
}
