import type { ScanCertificate } from "../ports/mod.ts"

/** Which devices a full run lists: all of them, or those changed within the last month. Only `all` may mark missing. */
export type Lookback = "all" | "month"

export type SyncStatus = "active" | "succeeded" | "failed" | "cancelled"

/** What an active run is doing; `done` once it ended. */
export type SyncPhase = "devices" | "usage" | "promotion" | "done"

/** One synchronisation of a provider's devices, as it stands. */
export interface SyncRun {
  readonly tenantId: string
  readonly id: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly mode: "full"
  readonly lookback: Lookback
  /** What the device list is asked from, epoch milliseconds; `null` for all. */
  readonly modifiedSince: number | null
  readonly status: SyncStatus
  readonly phase: SyncPhase
  readonly checkpoint: string | null
  /** Pages of the device list read so far, and the best knowledge of how many there are. */
  readonly pages: number
  readonly pagesExpected: number
  readonly usagePages: number
  /** How often the device list was read anew because a scan could not be certified. */
  readonly restarts: number
  readonly staged: number
  readonly rejected: number
  readonly inserted: number
  readonly updated: number
  readonly unchanged: number
  readonly missing: number
  readonly certificate: ScanCertificate | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly optimizeAfter: boolean
  readonly optimizationSessionId: string | null
  readonly startedAt: number
  readonly finishedAt: number | null
}

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
