import type { Platform } from "../store/mod.ts"
import type { JobState } from "./job.ts"
import { endPause, type LimitScope, upsertPause } from "./limit-statements.ts"
import { countJobs } from "./statements.ts"

/** Which jobs a pause is for: those that fit all that is given. */
export interface PauseScope {
  /** @default all tenants */
  readonly tenantId?: string
  /** @default all queues */
  readonly queue?: string
  /** @default all targets, and jobs without one */
  readonly target?: string
}

/** Claims no more jobs of a scope until it is resumed. Jobs that run go on; new ones wait in line. */
export async function pauseJobs(core: Platform, scope: PauseScope): Promise<void> {
  await core.store.unit({ name: "jobs.pause" }, [upsertPause(scopeOf(scope), core.runtime.clock.now())])
}

/** Undoes a pause of the same scope: a queue paused for all tenants stays paused for each of them. */
export async function resumeJobs(core: Platform, scope: PauseScope): Promise<void> {
  await core.store.unit({ name: "jobs.resume" }, endPause(scopeOf(scope), core.runtime.clock.now()))
}

function scopeOf({ tenantId = "*", queue = "", target = "" }: PauseScope): LimitScope {
  return { tenantId, queue, target }
}

/** How many jobs of a tenant are in each state, by queue. */
export async function countJobsByState(
  core: Platform,
  tenantId: string,
): Promise<readonly { readonly queue: string; readonly state: JobState; readonly count: number }[]> {
  return core.store.rows(countJobs(tenantId))
}
