import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { Job } from "./job.ts"
import { redriveJob, releaseAllJobs, selectDeadJobs, selectJob } from "./statements.ts"

/** Jobs of a tenant that were given up, oldest first, with the reason. */
export function listDeadJobs(
  core: Platform,
  tenantId: string,
  options: { readonly limit?: number } = {},
): Promise<readonly Job[]> {
  return core.store.read((db) => selectDeadJobs(db, tenantId, options.limit ?? 100))
}

/**
 * Puts a job that was given up back in line, with all its attempts.
 *
 * @throws {CoreError} `input.not_found` if the tenant has no dead job of this id.
 */
export async function redriveDeadJob(core: Platform, tenantId: string, id: string): Promise<void> {
  const [job] = await core.store.read((db) => selectJob(db, tenantId, id))
  if (job?.state !== "dead")
    throw new CoreError("input.not_found", "Cannot redrive the job: no dead job has this id", { field: "id" })
  await core.store.unit({ name: "jobs.redrive" }, [redriveJob(tenantId, id, core.runtime.clock.now())])
}

/**
 * Takes every lease back at once. Only for a host that knows it is alone with its database, for example after a crash of
 * a single-process program: a lease held by a living worker would be lost to it.
 */
export async function releaseAllLeases(core: Platform): Promise<void> {
  await core.store.unit({ name: "jobs.release" }, [releaseAllJobs(core.runtime.clock.now())])
}
