import type { Platform } from "../store/mod.ts"
import { deleteAcceptedMessages } from "./message-statements.ts"
import { archiveDoneJobs, deleteArchivedJobs, nextToArchive } from "./archive-statements.ts"

export interface RetentionOptions {
  /** How long done jobs stay beside the others, milliseconds. @default 86400000 (a day) */
  readonly keepDoneMs?: number
  /** How long the archive keeps them, milliseconds. @default 7776000000 (90 days) */
  readonly keepArchivedMs?: number
  /** How long accepted messages are kept: one delivered again later makes its jobs again. @default 2592000000 (30 days) */
  readonly keepMessagesMs?: number
  /** Stops after this many of each. @default 10000 */
  readonly maxJobs?: number
}

// A unit of this size takes a few milliseconds.
const CHUNK = 500

export interface RetentionResult {
  /** Done jobs moved into the archive. */
  readonly archived: number
  /** Jobs that left the archive, with their attempts. */
  readonly forgotten: number
  /** Accepted messages that were forgotten. */
  readonly messages: number
}

/**
 * Moves done jobs into the archive, and forgets what the archive kept long enough. Dead jobs and dead
 * messages stay until they are put back in line. Stops anywhere without harm, and goes on when called again.
 */
export async function archiveJobs(core: Platform, options: RetentionOptions = {}): Promise<RetentionResult> {
  const now = core.runtime.clock.now()
  const maxJobs = options.maxJobs ?? 10_000
  const inChunks = async (chunk: (limit: number) => Promise<number>) => {
    let total = 0
    while (total < maxJobs) {
      const limit = Math.min(CHUNK, maxJobs - total)
      const count = await chunk(limit)
      total += count
      if (count < limit) break
    }
    return total
  }
  const archived = await archiveOldJobs(core, now - (options.keepDoneMs ?? 86_400_000), maxJobs)
  const forgotten = await inChunks(async (limit) => {
    const before = now - (options.keepArchivedMs ?? 90 * 86_400_000)
    return (await core.store.unit({ name: "jobs.forget" }, deleteArchivedJobs(before, limit))).at(-1)?.length ?? 0
  })
  const messages = await inChunks(async (limit) => {
    const before = now - (options.keepMessagesMs ?? 30 * 86_400_000)
    return (
      (await core.store.unit({ name: "jobs.forget-messages" }, [deleteAcceptedMessages(before, limit)]))[0]?.length ?? 0
    )
  })
  return { archived, forgotten, messages }
}

/** Walks over the jobs from the oldest on: done ones leave soon, so what stands before the young ones is little. */
async function archiveOldJobs(core: Platform, before: number, maxJobs: number): Promise<number> {
  let archived = 0
  for (let after = 0; archived < maxJobs; ) {
    const [chunk] = await core.store.rows<{ last: number | null; isOld: number | null; isEnd: number }>(
      nextToArchive(after, before, Math.min(CHUNK, maxJobs - archived)),
    )
    if (!chunk || chunk.last === null) break
    if (chunk.isOld === 1) {
      const range = { after, last: chunk.last }
      const moved = await core.store.unit({ name: "jobs.archive" }, archiveDoneJobs(range, before))
      archived += moved.at(-1)?.length ?? 0
    }
    if (chunk.isEnd === 1) break
    after = chunk.last
  }
  return archived
}
