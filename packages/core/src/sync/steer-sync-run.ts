import { CoreError } from "../errors/mod.ts"
import { enqueueJob } from "../jobs/mod.ts"
import type { Platform } from "../store/mod.ts"
import { SYNC_PROMOTION, syncJobRequest } from "./jobs.ts"
import { getSyncRun } from "./start-sync-run.ts"
import { cancelRun, confirmRun } from "./run-statements.ts"
import type { SyncRun } from "./sync-run.ts"

/** A run to steer. */
export interface SyncRunReference {
  readonly tenantId: string
  readonly id: string
}

/**
 * Says that the devices which a run found missing are really gone: the run, which waits in phase `confirmation`, looks for
 * the rest of them and goes on to publication.
 *
 * @throws {CoreError} `input.not_found` for an unknown run; `sync.wrong_state` where it does not wait. Nothing was written.
 */
export async function confirmMissing(core: Platform, reference: SyncRunReference): Promise<SyncRun> {
  const { tenantId, id } = reference
  const run = await getSyncRun(core, tenantId, id)
  if (run.phase !== "confirmation") {
    throw new CoreError("sync.wrong_state", `Cannot confirm: the sync run waits for nothing, it is ${run.phase}`)
  }
  // The key keeps two who confirm at once from starting two jobs; a job too many finds nothing to do.
  const job = { ...syncJobRequest(SYNC_PROMOTION, run), dedupeKey: `sync.confirm/${id}` }
  await core.store.unit({ name: "sync.confirm-missing" }, [
    confirmRun(reference, core.runtime.clock.now()),
    enqueueJob(core.runtime, job),
  ])
  return getSyncRun(core, tenantId, id)
}

/**
 * Ends a run before it is published. Its jobs stop at their next unit, readers never see anything of it, and the next full
 * run throws away what it staged. A run that is cancelled already stays so.
 *
 * @throws {CoreError} `input.not_found` for an unknown run; `sync.wrong_state` where it ended otherwise, or is published.
 */
export async function cancelSyncRun(core: Platform, reference: SyncRunReference): Promise<SyncRun> {
  await core.store.unit({ name: "sync.cancel" }, [cancelRun(reference, core.runtime.clock.now())])
  const run = await getSyncRun(core, reference.tenantId, reference.id)
  if (run.status !== "cancelled") {
    const state = run.publishedAt === null ? run.status : "published"
    throw new CoreError("sync.wrong_state", `Cannot cancel the sync run: it is ${state}`)
  }
  return run
}
