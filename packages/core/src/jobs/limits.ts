import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { deleteIdleLimits, upsertLimit } from "./limit-statements.ts"

/** How many jobs may run. What is left out is not limited. */
export interface JobLimit {
  /** @default all tenants together */
  readonly tenantId?: string
  /** @default all queues together */
  readonly queue?: string
  /** What the jobs work on. @default all targets together, and jobs without one */
  readonly target?: string
  /** Jobs that run at once, over all workers. */
  readonly maxInFlight?: number
  /** Milliseconds between two starts, at a steady pace. */
  readonly intervalMs?: number
  /** Starts that may come at once after a rest. @default 1 */
  readonly burst?: number
}

/**
 * Limits the jobs of a tenant, a queue or a target, or of any combination of them, over all workers and processes. A job
 * starts when every limit it falls under lets it. Takes the place of an earlier limit of the same scope; the pace already
 * used up stays used up.
 *
 * @throws {CoreError} `input.invalid` for a number that is no positive integer. Nothing was written.
 * @example At most two jobs of one carrier account at once, and twenty of a queue
 * ```ts
 * import { createClient } from "@libsql/client"
 * import { setJobLimit } from "@altaworx/core/jobs"
 * import { systemRuntime } from "@altaworx/core/ports"
 * import { openStore } from "@altaworx/core/store"
 *
 * const runtime = systemRuntime()
 * const store = await openStore({ url: ":memory:", createClient, runtime })
 * await setJobLimit({ store, runtime }, { tenantId: "t1", target: "account-7", maxInFlight: 2 })
 * await setJobLimit({ store, runtime }, { queue: "sync", maxInFlight: 20 })
 * store.close()
 * ```
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
  const { tenantId = "*", queue = "", target = "", maxInFlight = null, intervalMs = null, burst = 1 } = limit
  const row = { tenantId, queue, target, maxInFlight, intervalMs, burst }
  await core.store.unit({ name: "jobs.limit" }, [upsertLimit(row), deleteIdleLimits(core.runtime.clock.now())])
}
