import { isCoreError } from "../../errors/mod.ts"
import { enqueueJobs, type JobContext } from "../../jobs/mod.ts"
import { advanceProgress, type SessionKey } from "./statements.ts"

/** Tells a progress unless a later one was told. */
export async function raiseProgress(
  key: SessionKey,
  progress: number,
  told: Parameters<typeof enqueueJobs>[1],
  context: JobContext,
): Promise<void> {
  try {
    await context.unit("optimization.raise-progress", [
      ...advanceProgress(key, progress),
      ...enqueueJobs(context.runtime, told),
    ])
  } catch (error) {
    if (!isCoreError(error, "store.outdated")) throw error
  }
}
