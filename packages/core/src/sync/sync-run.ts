import type { ScanCertificate } from "../ports/mod.ts"

/** Which devices a full run lists: all of them, or those changed within the last month. Only `all` may mark missing. */
export type Lookback = "all" | "month"

/** Whether a run lists devices whatever the inventory holds, or only what changed since the last run. */
export type SyncMode = "full" | "incremental"

export type SyncStatus = "active" | "succeeded" | "failed" | "cancelled"

/**
 * What an active run is doing; `done` once it ended. In `confirmation` it waits: it would mark so many devices missing
 * that somebody has to say that they are (`confirmMissing`), or end it (`cancelSyncRun`). From `settlement` on readers see
 * what it brought.
 */
export type SyncPhase = "devices" | "usage" | "promotion" | "confirmation" | "settlement" | "done"

/** One synchronisation of a provider's devices, as it stands. */
export interface SyncRun {
  readonly tenantId: string
  readonly id: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly mode: SyncMode
  /** Which devices the run lists: `since` for an incremental one. */
  readonly lookback: Lookback | "since"
  /** What the device list is asked from, epoch milliseconds; `null` for all. */
  readonly modifiedSince: number | null
  readonly status: SyncStatus
  readonly phase: SyncPhase
  readonly checkpoint: string | null
  /** Jobs that read a part of the device list and handed over to the next. */
  readonly slices: number
  /** Pages of the device list read so far, and the best knowledge of how many there are. */
  readonly pages: number
  readonly pagesExpected: number
  readonly usagePages: number
  /** How often a page could not be read, over all jobs of the run. */
  readonly pageFailures: number
  /** How often the device list was read anew because a scan could not be certified. */
  readonly restarts: number
  readonly staged: number
  readonly rejected: number
  readonly inserted: number
  readonly updated: number
  readonly unchanged: number
  /** Devices found missing, so far; none is marked before the run is published. */
  readonly missing: number
  readonly missingConfirmedAt: number | null
  readonly certificate: ScanCertificate | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly optimizeAfter: boolean
  readonly optimizationSessionId: string | null
  readonly startedAt: number
  /** When readers began to see what the run brought; `null` before that. */
  readonly publishedAt: number | null
  readonly finishedAt: number | null
}

/** How far another clock may be ahead of ours: an instant later than that is a mistake. */
export const CLOCK_SKEW_MS = 300_000

/**
 * Where a run over the last month begins: one UTC calendar month before now, at the month's last day where that one is
 * shorter, less one day.
 */
export function monthBefore(now: number): number {
  const at = new Date(now)
  const lastDayOfMonthBefore = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 0)).getUTCDate()
  const monthAgo = new Date(now)
  monthAgo.setUTCDate(Math.min(at.getUTCDate(), lastDayOfMonthBefore))
  monthAgo.setUTCMonth(at.getUTCMonth() - 1)
  return monthAgo.getTime() - 86_400_000
}
