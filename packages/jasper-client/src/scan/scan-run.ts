import { readPage } from "../paged-list.ts"
import type { Clock } from "../ports.ts"
import type { Caller } from "../transport/caller.ts"
import { formatCarrierDate } from "../wire/carrier-date.ts"
import { type DevicePage, readDevicePage } from "../wire/device-page.ts"
import type { DeviceSummary } from "../wire/device-summary.ts"
import type { IccidSet } from "./iccid-set.ts"

/** Rows of a full page: the most the carrier gives. */
export const PAGE_ROWS = 50

/** What one scan uses and counts while it runs. */
export interface ScanRun {
  readonly call: Caller
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly marginMs: number
  /** See `ScanOptions.stitch`. */
  readonly isStitched: boolean
  /** Undefined when the consumer counts. */
  readonly seen: IccidSet | undefined
  /** Only ever grows. */
  readonly tally: ScanTally
}

/** Running counts; the one thing a scan changes in place. */
export interface ScanTally {
  pages: number
  rows: number
  duplicates: number
  sweeps: number
  steps: number
  calls: number
}

/** One answer of a window, with the server's instant. */
export interface WindowPage {
  readonly rows: readonly DeviceSummary[]
  readonly lastPage: boolean | undefined
  readonly totalCount: number | undefined
  /** The server's clock when it answered, epoch milliseconds in whole seconds. */
  readonly serverDate: number | undefined
}

/**
 * Reads one page of the devices changed at or after `since`.
 *
 * @param since Epoch milliseconds, whole seconds.
 * @param pageNumber From 1.
 */
export async function readWindowPage(
  run: ScanRun,
  since: number,
  pageNumber: number,
  pageSize: number = PAGE_ROWS,
): Promise<WindowPage> {
  const query = { modifiedSince: formatCarrierDate(since), pageSize: String(pageSize) }
  const { page, answer, attempts } = await readPage(
    run.call,
    { path: "/devices", query, read: readDevicePage },
    pageNumber,
    run.signal,
  )
  run.tally.calls += attempts
  const { rows, lastPage, totalCount } = page as DevicePage
  return { rows, lastPage, totalCount, serverDate: answer?.serverDate }
}

/** Counts rows that are about to be delivered. */
export function tallyRows(run: ScanRun, rows: readonly DeviceSummary[]): void {
  if (rows.length > 0) run.tally.pages += 1
  run.tally.rows += rows.length
  if (run.seen === undefined) return
  for (const row of rows) if (!run.seen.add(row.iccid)) run.tally.duplicates += 1
}
