import type { DeviceSummary } from "../wire/device-summary.ts"
import { PAGE_ROWS, readWindowPage, type ScanRun } from "./scan-run.ts"

/** A page that cannot be right is read this many times more. */
const MAX_REREADS = 2

/** A list that grows faster than this is located anew. */
const MAX_CLIMB = 50

/** One page of a sweep, ready to deliver. */
export interface SweptPage {
  readonly pageNumber: number
  readonly rows: readonly DeviceSummary[]
}

/**
 * Goes up from the end that was found to a page that is empty now. What was changed between the finding and the sweep
 * stands above that end, and may be older than the chase reaches.
 *
 * @returns The page to sweep from, its successor just seen empty; undefined when the end has moved too far.
 */
export async function climb(run: ScanRun, since: number, endPage: number): Promise<number | undefined> {
  for (let page = endPage; page <= endPage + MAX_CLIMB; page++) {
    const above = await readWindowPage(run, since, page + 1)
    if (above.rows.length === 0) return page
  }
  return undefined
}

/**
 * Reads pages `from` down to 1.
 *
 * Unchanged rows only ever move towards page 1 (changed rows go to the end, removed rows leave), so reading in that
 * direction cannot pass one by. The next page is already being read while the consumer stores this one; still one call
 * at a time.
 *
 * @param endPage The last page of the list when the sweep began: every page before it should be full.
 */
export async function* sweepDown(
  run: ScanRun,
  since: number,
  from: number,
  endPage: number,
): AsyncGenerator<SweptPage, void, void> {
  let next = from >= 1 ? readWhole(run, since, from, endPage) : undefined
  for (let pageNumber = from; next !== undefined; pageNumber--) {
    const rows: readonly DeviceSummary[] = await next
    next = pageNumber > 1 ? readWhole(run, since, pageNumber - 1, endPage) : undefined
    // The consumer may take its time, or leave: until it comes back a failure has nobody to go to.
    next?.catch(() => {})
    yield { pageNumber, rows }
  }
}

/** Reads a page; one that is short although it is not the last, or that repeats a device, is read again. */
async function readWhole(
  run: ScanRun,
  since: number,
  pageNumber: number,
  endPage: number,
): Promise<readonly DeviceSummary[]> {
  const rows = new Map<string, DeviceSummary>()
  for (let reads = 0; reads <= MAX_REREADS; reads++) {
    const page = await readWindowPage(run, since, pageNumber)
    const before = rows.size
    for (const row of page.rows) rows.set(row.iccid, row)
    const repeats = new Set(page.rows.map((row) => row.iccid)).size < page.rows.length
    const isShort = page.rows.length < PAGE_ROWS && pageNumber < endPage
    if (!repeats && !isShort) break
    // Twice the same short page: rows were removed, and the list now ends here.
    if (reads > 0 && isShort && !repeats && rows.size === before) break
  }
  return [...rows.values()]
}
