import type { DeviceSummary } from "../wire/device-summary.ts"
import { PAGE_ROWS, readWindowPage, type ScanRun } from "./scan-run.ts"

/**
 * How far down the list has been read without a gap: `known` are the ICCIDs of the lowest window, `low` the position (from
 * 0) of its first row when it was read.
 */
export interface Stitching {
  readonly low: number
  readonly known: readonly string[]
}

/** One window of rows, and the stitching after it. */
export interface StitchedWindow extends Stitching {
  readonly rows: readonly DeviceSummary[]
}

/** Page sizes to choose from; smaller ones would cost more calls than their overlap saves. */
const MIN_SIZE = 20
/** Attempts at catching the end while it moves. */
const MAX_END_READS = 40

/**
 * Reads downwards in windows that overlap, each by at least one row with the one above: a known row must show again, or
 * rows were pushed up into what was read already. Then it goes up until a known row shows, and down again from there.
 *
 * @param from Where to go on; undefined to begin at the end.
 * @param maxCalls Calls after which it gives up.
 * @returns False when it gave up.
 */
export async function* stitchDown(
  run: ScanRun,
  since: number,
  endPage: number,
  from: Stitching | undefined,
  maxCalls: number,
): AsyncGenerator<StitchedWindow, boolean, void> {
  const lastCall = run.tally.calls + maxCalls
  let at = from
  if (at === undefined) {
    const end = await readEnd(run, since, endPage)
    if (end === undefined) return false
    yield end
    at = end
  }
  while (at.low > 0) {
    if (run.tally.calls >= lastCall) return false
    const window = windowBelow(at.low)
    const { rows } = await readWindowPage(run, since, window.pageNumber, window.pageSize)
    const first = (window.pageNumber - 1) * window.pageSize
    if (rows.length === 0) {
      // The whole list is shorter than this by now: what was known has moved down.
      at = { low: first, known: at.known }
    } else if (holdsKnown(rows, at.known)) {
      at = stitched(rows, first)
      yield { rows, ...at }
    } else {
      yield { rows, ...at }
      at = yield* stepUp(run, since, first + window.pageSize, at, lastCall)
    }
  }
  return true
}

/** Reads upwards from position `from` until a known row shows, or the end. */
async function* stepUp(
  run: ScanRun,
  since: number,
  from: number,
  at: Stitching,
  lastCall: number,
): AsyncGenerator<StitchedWindow, Stitching, void> {
  for (let pageNumber = Math.max(1, Math.ceil(from / PAGE_ROWS)); run.tally.calls < lastCall; pageNumber++) {
    const { rows } = await readWindowPage(run, since, pageNumber)
    const found = stitched(rows, (pageNumber - 1) * PAGE_ROWS)
    // Not full: the end itself, and everything is stitched down from it anew.
    if (rows.length > 0 && (rows.length < PAGE_ROWS || holdsKnown(rows, at.known))) {
      yield { rows, ...found }
      return found
    }
    if (rows.length === 0) return { low: (pageNumber - 1) * PAGE_ROWS, known: at.known }
    yield { rows, ...at }
  }
  return at
}

/** A short page that is not empty is the end, proven by one answer. */
async function readEnd(run: ScanRun, since: number, endPage: number): Promise<StitchedWindow | undefined> {
  let pageNumber = Math.max(1, endPage)
  let pageSize = PAGE_ROWS
  for (let reads = 0; reads < MAX_END_READS; reads++) {
    const { rows } = await readWindowPage(run, since, pageNumber, pageSize)
    const low = (pageNumber - 1) * pageSize
    if (rows.length === 0 && pageNumber === 1) return { rows, low: 0, known: [] }
    if (rows.length > 0 && rows.length < pageSize) return { rows, ...stitched(rows, low) }
    // The count is a multiple of this size, or the list has moved: another size ends elsewhere.
    const count = low + rows.length
    pageSize = rows.length === 0 ? nextSize(pageSize) : pageSize
    pageNumber = rows.length === 0 ? Math.max(1, Math.ceil(count / pageSize)) : pageNumber + 1
  }
  return undefined
}

function nextSize(size: number): number {
  return size > MIN_SIZE ? size - 1 : PAGE_ROWS
}

/** The window that reaches lowest and still holds the row at position `low`. */
function windowBelow(low: number): { readonly pageNumber: number; readonly pageSize: number } {
  let best = { pageNumber: Math.ceil((low + 1) / PAGE_ROWS), pageSize: PAGE_ROWS }
  for (let pageSize = PAGE_ROWS - 1; pageSize >= MIN_SIZE; pageSize--) {
    const pageNumber = Math.ceil((low + 1) / pageSize)
    if ((pageNumber - 1) * pageSize < (best.pageNumber - 1) * best.pageSize) best = { pageNumber, pageSize }
  }
  return best
}

function holdsKnown(rows: readonly DeviceSummary[], known: readonly string[]): boolean {
  const before = new Set(known)
  return rows.some((row) => before.has(row.iccid))
}

function stitched(rows: readonly DeviceSummary[], low: number): Stitching {
  return { low, known: rows.map((row) => row.iccid) }
}
