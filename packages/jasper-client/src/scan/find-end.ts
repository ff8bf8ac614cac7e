import { PAGE_ROWS, readWindowPage, type ScanRun } from "./scan-run.ts"

/** Where a list ends. */
export interface ListEnd {
  /** The last page seen with rows; 0 for an empty list. Its successor was seen empty. */
  readonly endPage: number
  /** Rows on that page when it was read. */
  readonly rowsOnEndPage: number
  /** The server's clock at the latest answer that had one, epoch milliseconds. */
  readonly serverDate: number | undefined
}

/** Far more than galloping and bisecting take for any list; changes during the search may cost a few more. */
const MAX_PROBES = 100

/**
 * Finds a page with rows whose successor is empty: by galloping and bisection, since `lastPage` is no evidence. The rows
 * read on the way are not used: a page read before its successor was seen empty proves nothing.
 *
 * @param hint Where the end may be; a good one saves most of the search.
 * @returns undefined when the list would not hold still for it.
 */
export async function findEnd(run: ScanRun, since: number, hint?: number): Promise<ListEnd | undefined> {
  let full = 0
  let rowsOnFull = 0
  let empty = Number.POSITIVE_INFINITY
  let serverDate: number | undefined
  let probe = Math.max(1, hint ?? 1)
  let stride = 1
  for (let probes = 0; probes < MAX_PROBES; probes++) {
    const page = await readWindowPage(run, since, probe)
    serverDate = page.serverDate ?? serverDate
    if (page.rows.length === 0) {
      empty = probe
    } else {
      full = probe
      rowsOnFull = page.rows.length
    }
    if (empty - full <= 1) return { endPage: full, rowsOnEndPage: rowsOnFull, serverDate }
    const isShort = page.rows.length > 0 && page.rows.length < PAGE_ROWS
    if (isShort) {
      probe = full + 1
    } else if (empty === Number.POSITIVE_INFINITY) {
      probe = upwards(full, stride, hint, page.totalCount)
      stride *= 2
    } else if (full === 0 && hint !== undefined && probe === empty) {
      probe = Math.max(1, empty - stride)
      stride *= 2
    } else {
      probe = Math.floor((full + empty) / 2)
    }
  }
  return undefined
}

/** The next page to try while no empty one is known. */
function upwards(full: number, stride: number, hint: number | undefined, totalCount: number | undefined): number {
  const announced = totalCount === undefined ? 0 : Math.ceil(totalCount / PAGE_ROWS)
  if (announced > full) return announced
  // From a hint the end is near, so steps start small; from page 1 the page number itself doubles.
  return hint === undefined ? Math.max(full * 2, full + 1) : full + stride
}
