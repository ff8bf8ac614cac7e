import type { DeviceSummary } from "../wire/device-summary.ts"
import type { ScanRefusal } from "./certificate.ts"
import { findEnd } from "./find-end.ts"
import { dateUpdatedOf, nextWindowStart } from "./next-window.ts"
import { PAGE_ROWS, readWindowPage, type ScanRun, type WindowPage } from "./scan-run.ts"
import { stitchDown } from "./stitch.ts"
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

/** How long a chase waits that cannot get on, milliseconds. */
const STANDSTILL_MS = 1_000

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
    // Only time gets past changes as young as the margin; asking again at once would not.
    if (after <= start) await run.clock.sleep(STANDSTILL_MS, run.signal)
    start = Math.max(start, after)
  }
  return { caughtUp: false, reason: "churn_outran_scan" }
}

/**
 * Reads a whole window backwards.
 *
 * @returns `still` when nothing changed meanwhile, so that all is read. Else where the next window starts: before this
 * reading began, less the margin. undefined: give up.
 */
async function* readByPosition(
  run: ScanRun,
  start: number,
  lastCall: number,
): AsyncGenerator<ChaseStep, number | "still" | undefined, void> {
  const end = await findEnd(run, start)
  if (end?.serverDate === undefined) return undefined
  const next = Math.floor((end.serverDate - run.marginMs) / 1_000) * 1_000
  if (run.isStitched) {
    const isRead = yield* stitchWindow(run, start, end.endPage, lastCall)
    return isRead ? next : undefined
  }
  const from = await climb(run, start, end.endPage)
  if (from === undefined) return undefined
  let lastPage: readonly DeviceSummary[] = []
  for await (const { pageNumber, rows } of sweepDown(run, start, from, from)) {
    if (pageNumber === from) lastPage = rows
    yield { rows, windowStart: start }
    if (run.tally.calls >= lastCall) return undefined
  }
  // Every change shows on the last page.
  const isStill = (await isSame(run, start, from, lastPage)) && (await isOrdered(run, lastPage, end.serverDate))
  return isStill ? "still" : next
}

async function* stitchWindow(
  run: ScanRun,
  start: number,
  endPage: number,
  lastCall: number,
): AsyncGenerator<ChaseStep, boolean, void> {
  const windows = stitchDown(run, start, endPage, undefined, lastCall - run.tally.calls)
  for (;;) {
    const step = await windows.next()
    if (step.done === true) return step.value
    yield { rows: step.value.rows, windowStart: start }
  }
}

/** Is the last page as it was, and still the last? A row that changes, comes or goes shows in one of the two. */
async function isSame(
  run: ScanRun,
  start: number,
  pageNumber: number,
  before: readonly DeviceSummary[],
): Promise<boolean> {
  const again = await readWindowPage(run, start, pageNumber)
  if (JSON.stringify(again.rows) !== JSON.stringify(before)) return false
  return again.rows.length < PAGE_ROWS || (await readWindowPage(run, start, pageNumber + 1)).rows.length === 0
}

/**
 * Would a change meanwhile have gone behind the last row? Not where dates are whole seconds: a change in the last row's own
 * second may stand before it.
 */
async function isOrdered(run: ScanRun, rows: readonly DeviceSummary[], serverDate: number): Promise<boolean> {
  const last = rows.at(-1)
  const updatedAt = last === undefined ? undefined : await dateUpdatedOf(run, last.iccid)
  return updatedAt !== undefined && (updatedAt % 1_000 !== 0 || updatedAt < serverDate)
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
