import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { upsertLimit } from "./statements.ts"

/** How many jobs may run. What is left out is not limited. */
export interface JobLimit {
  readonly tenantId: string
  /** What the jobs work on. @default all jobs of the tenant */
  readonly target?: string
  /** Jobs that run at once, over all workers. */
  readonly maxInFlight?: number
  /** Milliseconds between two starts, at a steady pace. */
  readonly intervalMs?: number
  /** Starts that may come at once after a rest. @default 1 */
  readonly burst?: number
}

/**
 * Limits the jobs of a tenant, or of one of its targets, over all workers and processes. Takes the place of an earlier
 * limit of the same; the pace already used up stays used up.
 *
 * @throws {CoreError} `input.invalid` for a number that is no positive integer. Nothing was written.
 */
export async function setJobLimit(core: Platform, limit: JobLimit): Promise<void> {
  for (const field of ["maxInFlight", "intervalMs", "burst"] as const) {
    const value = limit[field]
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) {
      throw new CoreError("input.invalid", `Cannot limit jobs: ${field} must be a positive integer, got ${value}`, {
        field,
      })
    }
  }
  const { tenantId, target = "", maxInFlight = null, intervalMs = null, burst = 1 } = limit
  await core.store.unit({ name: "jobs.limit" }, [upsertLimit({ tenantId, target, maxInFlight, intervalMs, burst })])
}
