import type { Platform } from "../store/mod.ts"
import type { JobState } from "./job.ts"
import { countJobs, deletePause, insertPause } from "./statements.ts"

interface QueueScope {
  readonly queue: string
  /** @default all tenants */
  readonly tenantId?: string
}

/** Claims no more jobs from a queue until it is resumed. Jobs that run go on; new ones wait in line. */
export async function pauseQueue(core: Platform, { queue, tenantId = "*" }: QueueScope): Promise<void> {
  await core.store.unit({ name: "jobs.pause" }, [insertPause(tenantId, queue, core.runtime.clock.now())])
}

/** Undoes a pause of the same scope: a queue paused for all tenants stays paused for each of them. */
export async function resumeQueue(core: Platform, { queue, tenantId = "*" }: QueueScope): Promise<void> {
  await core.store.unit({ name: "jobs.resume" }, [deletePause(tenantId, queue)])
}

/** How many jobs of a tenant are in each state, by queue. */
export async function countJobsByState(
  core: Platform,
  tenantId: string,
): Promise<readonly { readonly queue: string; readonly state: JobState; readonly count: number }[]> {
  return core.store.rows(countJobs(tenantId))
}
