import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { releaseAllJobs } from "./claim-statements.ts"
import type { Job } from "./job.ts"
import { type DeadJobFilter, deadJobs, jobById, redriveJobs } from "./statements.ts"

/** The job of a tenant, or `undefined`; archived ones are not found. */
export async function findJob(core: Platform, tenantId: string, id: string): Promise<Job | undefined> {
  const [job] = await core.store.rows<Job>(jobById(tenantId, id))
  return job
}

/** Jobs of a tenant that were given up, in the order of their ids, with the reason. */
export function listDeadJobs(
  core: Platform,
  tenantId: string,
  options: {
    /** @default 100 */
    readonly limit?: number
    /** Id of the last job of the page before. */
    readonly after?: string
  } = {},
): Promise<readonly Job[]> {
  return core.store.rows<Job>(deadJobs(tenantId, { after: options.after ?? "", limit: options.limit ?? 100 }))
}

/**
 * Puts a job that was given up back in line, with all its attempts.
 *
 * @throws {CoreError} `input.not_found` if the tenant has no dead job of this id, or another job with its dedupe key
 *   took its place.
 */
export async function redriveDeadJob(core: Platform, tenantId: string, id: string): Promise<void> {
  if ((await redriveDeadJobs(core, tenantId, { ids: [id] })) === 1) return
  throw new CoreError("input.not_found", "Cannot redrive the job: no dead job has this id, or another took its place", {
    field: "id",
  })
}

/**
 * Puts the dead jobs of a tenant that fit a filter back in line, oldest first; those that another job with their dedupe
 * key replaced stay dead.
 *
 * @returns How many were put back.
 */
export async function redriveDeadJobs(
  core: Platform,
  tenantId: string,
  filter: DeadJobFilter = {},
  options: {
    /** @default 1000 */
    readonly limit?: number
  } = {},
): Promise<number> {
  const now = core.runtime.clock.now()
  const [rows] = await core.store.unit({ name: "jobs.redrive" }, [
    redriveJobs(tenantId, filter, now, options.limit ?? 1_000),
  ])
  return rows?.length ?? 0
}

/**
 * Takes every lease back at once. Only for a host that knows it is alone with its database, for example after a crash of
 * a single-process program: a lease held by a living worker would be lost to it. The attempts count: a job that ends its
 * process each time it runs is given up like any other.
 */
export async function releaseAllLeases(core: Platform): Promise<void> {
  await core.store.unit({ name: "jobs.release" }, releaseAllJobs(core.runtime.clock.now()))
}
