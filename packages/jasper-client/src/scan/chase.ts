import type { DeviceSummary } from "../wire/device-summary.ts"
import type { ScanRefusal } from "./certificate.ts"
import { findEnd } from "./find-end.ts"
import { nextWindowStart } from "./next-window.ts"
import { PAGE_ROWS, readWindowPage, type ScanRun, type WindowPage } from "./scan-run.ts"
import { climb, sweepDown } from "./sweep.ts"

/** Rows found by the chase, and the window it now stands in. */
export interface ChaseStep {
  readonly rows: readonly DeviceSummary[]
  /** Epoch milliseconds, whole seconds. */
  readonly windowStart: number
}

/** How a chase ended: at a page that was not full, or not at all. */
export type ChaseEnd =
  | { readonly caughtUp: true; readonly windowStart: number }
  | { readonly caughtUp: false; readonly reason: ScanRefusal }

/** A page that cannot be right is read this many times more. */
const MAX_REREADS = 2

/**
 * Reads everything changed at or after `windowStart`.
 *
 * Only first pages are read, because one answer is atomic. Fewer than 50 rows are all there is. Exactly 50 do not fit,
 * and the next window starts at the date of the last one. Where more than 50 share a second, windows cannot get past
 * them; that window is read by position, backwards.
 *
 * @param maxCalls Calls after which the changes are taken to be faster than the reading.
 */
export async function* chase(
  run: ScanRun,
  windowStart: number,
  maxCalls: number,
): AsyncGenerator<ChaseStep, ChaseEnd, void> {
  const lastCall = run.tally.calls + maxCalls
  let start = windowStart
  while (run.tally.calls < lastCall) {
    const page = await readFirstPage(run, start)
    run.tally.steps += 1
    yield { rows: page.rows, windowStart: start }
    if (page.rows.length < PAGE_ROWS) return { caughtUp: true, windowStart: start }
    const next = await nextWindowStart(run, page)
    if (next !== undefined && next > start) {
      start = next
      continue
    }
    const after = yield* readByPosition(run, start, lastCall)
    if (after === undefined) break
    if (after === "still") return { caughtUp: true, windowStart: start }
    start = Math.max(start, after)
  }
  return { caughtUp: false, reason: "churn_outran_scan" }
}

/**
 * Reads a whole window backwards.
 *
 * @returns `still` when the last page is the same afterwards: every change shows there, so nothing changed meanwhile and
 * all is read. Else where the next window starts: before this reading began, less the margin. undefined: give up.
 */
async function* readByPosition(
  run: ScanRun,
  start: number,
  lastCall: number,
): AsyncGenerator<ChaseStep, number | "still" | undefined, void> {
  const end = await findEnd(run, start)
  if (end?.serverDate === undefined) return undefined
  const from = await climb(run, start, end.endPage)
  if (from === undefined) return undefined
  let lastPage: readonly DeviceSummary[] = []
  for await (const { pageNumber, rows } of sweepDown(run, start, from, from)) {
    if (pageNumber === from) lastPage = rows
    yield { rows, windowStart: start }
    if (run.tally.calls >= lastCall) return undefined
  }
  if (await isStill(run, start, from, lastPage)) return "still"
  return Math.floor((end.serverDate - run.marginMs) / 1_000) * 1_000
}

/** Is the last page as it was, and still the last? A row that changes, comes or goes shows in one of the two. */
async function isStill(
  run: ScanRun,
  start: number,
  pageNumber: number,
  before: readonly DeviceSummary[],
): Promise<boolean> {
  const again = await readWindowPage(run, start, pageNumber)
  if (JSON.stringify(again.rows) !== JSON.stringify(before)) return false
  return again.rows.length < PAGE_ROWS || (await readWindowPage(run, start, pageNumber + 1)).rows.length === 0
}

async function readFirstPage(run: ScanRun, start: number): Promise<WindowPage> {
  let page = await readWindowPage(run, start, 1)
  for (let reads = 0; reads < MAX_REREADS && isDoubtful(page); reads++) page = await readWindowPage(run, start, 1)
  return page
}

/** Short and not the last, or with a device twice. */
function isDoubtful({ rows, lastPage }: WindowPage): boolean {
  const repeats = new Set(rows.map((row) => row.iccid)).size < rows.length
  return repeats || (rows.length < PAGE_ROWS && lastPage === false)
}
