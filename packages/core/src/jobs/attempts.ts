import type { Platform } from "../store/mod.ts"
import { attemptsOf, type FailedOutcome } from "./attempt-statements.ts"

/** One attempt of a job, from its claim to its ending. */
export interface JobAttempt {
  /** Counts from 1. One that does not count, as when the host stops, has the number of the next. */
  readonly attempt: number
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** Epoch milliseconds. */
  readonly endedAt: number
  /** `lapsed` = its worker ended without a word. */
  readonly outcome: "completed" | FailedOutcome
  readonly errorCode: string | null
  /** As `runDueJobs` was told. */
  readonly worker: string
  readonly durationMs: number
}

/** What became of each attempt of a job, in their order. Kept as long as the job, in the archive too. */
export async function listJobAttempts(core: Platform, tenantId: string, id: string): Promise<readonly JobAttempt[]> {
  const rows = await core.store.rows<Omit<JobAttempt, "worker" | "durationMs"> & { readonly leaseToken: string }>(
    attemptsOf(tenantId, id),
  )
  return rows.map(({ leaseToken, ...attempt }) => ({
    ...attempt,
    worker: leaseToken.slice(0, Math.max(0, leaseToken.lastIndexOf("/"))),
    durationMs: attempt.endedAt - attempt.startedAt,
  }))
}
