import type { Core } from "@altaworx/core"
import { archiveJobs, enqueueScheduledJobs, type JobSchedule, runDueJobs } from "@altaworx/core/jobs"

// New jobs are found this late at most; a host that must be quicker calls runDueJobs when it adds one.
const POLL_MS = 1_000
// Jobs of queues that are left to others are always due: without a pause the loop would spin on them.
const PAUSE_MS = 100
// Most jobs wait for carriers: side by side, each account goes at its own pace.
const JOBS_AT_ONCE = 8
// How often done jobs and old messages are looked for that have been kept long enough.
const RETENTION_MS = 3_600_000

/** Runs jobs as they fall due until the signal. A failure of the database is reported, and tried again. */
export async function runWorker(
  core: Core,
  options: {
    readonly signal: AbortSignal
    readonly queues: readonly string[] | undefined
    /** Jobs that recur. */
    readonly schedules: readonly JobSchedule[]
    readonly report: (error: unknown) => void
  },
): Promise<void> {
  const { signal, queues, schedules, report } = options
  const { clock } = core.runtime
  let archivedAt = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    let wait = POLL_MS
    try {
      await enqueueScheduledJobs(core, schedules)
      if (clock.now() - archivedAt >= RETENTION_MS) {
        await archiveJobs(core)
        archivedAt = clock.now()
      }
      const { nextDueAt } = await runDueJobs(core, { signal, concurrency: JOBS_AT_ONCE, ...(queues && { queues }) })
      if (nextDueAt !== null) wait = Math.min(POLL_MS, Math.max(PAUSE_MS, nextDueAt - clock.now()))
    } catch (error) {
      report(error)
    }
    await clock.sleep(wait, signal).catch(() => undefined)
  }
}
