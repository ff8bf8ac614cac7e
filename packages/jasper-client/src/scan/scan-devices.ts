import { isJasperError } from "../errors.ts"
import type { Clock } from "../ports.ts"
import type { Caller } from "../transport/caller.ts"
import { openScope } from "../transport/scope.ts"
import type { DeviceSummary } from "../wire/device-summary.ts"
import { assumptionsOf } from "./assumptions.ts"
import type { ScanCertificate, ScanRefusal } from "./certificate.ts"
import { chase, type ChaseEnd } from "./chase.ts"
import type { ScanCheckpoint } from "./checkpoint.ts"
import { findEnd, type ListEnd } from "./find-end.ts"
import { createIccidSet } from "./iccid-set.ts"
import { dateUpdatedOf } from "./next-window.ts"
import type { ScanBatch, ScanOptions } from "./scan-batch.ts"
import { PAGE_ROWS, readWindowPage, type ScanRun, tallyRows } from "./scan-run.ts"
import { startScan } from "./start-scan.ts"
import { stitchDown } from "./stitch.ts"
import { climb, sweepDown } from "./sweep.ts"

type Scan = AsyncGenerator<ScanBatch, ScanCertificate, void>
/** One phase: its batches, and where the scan stands after it. */
type Phase<Result> = AsyncGenerator<ScanBatch, Result, void>

/** How late a write may become visible, unless the caller knows better. */
const MARGIN_MS = 2_000
const MAX_SWEEPS = 10
/** How often the end may run away before the sweep has begun. */
const MAX_LOCATES = 5
/** A chase may take this many calls, and as many again as two sweeps. */
const CHASE_CALLS = 200
/** One look-back year, with an hour to spare for clocks that differ. */
const CAPPED_MS = 365 * 24 * 3_600_000 - 3_600_000

/**
 * Reads every device of a scope, however the list changes meanwhile: finds the end, sweeps backwards to page 1, chases
 * what changed since the sweep began, and counts.
 *
 * @throws {TypeError | RangeError | JasperError} Before anything is sent, if the options or the checkpoint do not fit.
 */
export function scanDevices(call: Caller, clock: Clock, options: ScanOptions): Scan {
  const start = startScan(options, clock.now())
  return scanAll(call, clock, options, start)
}

async function* scanAll(call: Caller, clock: Clock, options: ScanOptions, start: ScanCheckpoint): Scan {
  const scope = openScope(options.signal, clock, Number.POSITIVE_INFINITY, () => undefined)
  const { pages, rows, duplicates, sweeps, steps, calls } = start
  const run: ScanRun = {
    call,
    clock,
    signal: scope.signal,
    marginMs: options.marginMs ?? MARGIN_MS,
    isStitched: start.isStitched,
    seen: options.countDistinct === undefined ? createIccidSet() : undefined,
    tally: { pages, rows, duplicates, sweeps, steps, calls },
  }
  try {
    return yield* phases(run, options, start)
  } finally {
    // A consumer that leaves ends the call that is reading ahead.
    scope.abort(new DOMException("The scan was left", "AbortError"))
    scope.close()
  }
}

async function* phases(run: ScanRun, options: ScanOptions, start: ScanCheckpoint): Scan {
  let at = start
  // Rows of an earlier run are not in `seen`: the count can then only be bounded.
  const before = start.rows === 0 ? 0 : start.distinct
  const finish = (refusal: ScanRefusal | undefined, counted?: Counted): ScanCertificate =>
    certificateOf(run, at, refusal, counted)
  let locates = 0
  for (;;) {
    if (at.phase === "locate") {
      locates += 1
      if (locates > MAX_LOCATES + (options.maxSweeps ?? MAX_SWEEPS)) return finish("end_not_found")
      const located = await locate(run, at)
      if (typeof located === "string") return finish(located)
      at = located
      yield batch(run, at, [], before)
    } else if (at.phase === "sweep") {
      const swept = at.isStitched ? yield* stitch(run, at, before) : yield* sweep(run, at, before)
      if (swept === undefined) return finish("churn_outran_scan")
      at = swept
    } else if (at.phase === "chase") {
      const end = yield* chaseFrom(run, at, before)
      if (!end.caughtUp) return finish(end.reason)
      at = { ...at, phase: "count", windowStart: end.windowStart }
    } else {
      const listed = await listedNow(run, at, options, before)
      const end = yield* chaseFrom(run, at, before)
      if (!end.caughtUp) return finish(end.reason)
      const counted = await compare(run, options, before, start, listed)
      if (counted.count !== "short") return finish(undefined, counted)
      if (run.tally.sweeps >= (options.maxSweeps ?? MAX_SWEEPS)) return finish("count_short", counted)
      at = { ...at, phase: "locate" }
    }
  }
}

/** Finds the end, and the server's instant before the sweep. */
async function locate(run: ScanRun, at: ScanCheckpoint): Promise<ScanCheckpoint | ScanRefusal> {
  const { since, isCapped, end } = await findEndWithinLookBack(run, at)
  if (end === undefined) return "end_not_found"
  const fence = end.serverDate ?? (await lastDate(run, since, end.endPage))
  if (fence === undefined) return "no_server_clock"
  run.tally.sweeps += 1
  return {
    ...at,
    phase: "sweep",
    since,
    isCapped,
    fence: Math.floor((fence - run.marginMs) / 1_000) * 1_000,
    endPage: end.endPage,
    nextPage: end.endPage + 1,
    stitching: undefined,
  }
}

/** A carrier that refuses to look back that far is asked for a year: better some devices than none, but no proof. */
async function findEndWithinLookBack(
  run: ScanRun,
  at: ScanCheckpoint,
): Promise<{ readonly since: number; readonly isCapped: boolean; readonly end: ListEnd | undefined }> {
  const hint = at.endPage > 0 ? at.endPage : undefined
  try {
    return { since: at.since, isCapped: at.isCapped, end: await findEnd(run, at.since, hint) }
  } catch (error) {
    if (!isJasperError(error, "limit.look_back") || at.isCapped) throw error
    const since = Math.floor((run.clock.now() - CAPPED_MS) / 1_000) * 1_000
    return { since, isCapped: true, end: await findEnd(run, since) }
  }
}

/** Without a `Date` header: the date of the newest change is an instant on the server's clock too, only an older one. */
async function lastDate(run: ScanRun, since: number, endPage: number): Promise<number | undefined> {
  const last = endPage > 0 ? (await readWindowPage(run, since, endPage)).rows.at(-1) : undefined
  return last === undefined ? undefined : await dateUpdatedOf(run, last.iccid)
}

async function* sweep(run: ScanRun, from: ScanCheckpoint, before: number): Phase<ScanCheckpoint> {
  let at = from
  if (at.nextPage > at.endPage) {
    const top = await climb(run, at.since, at.endPage)
    if (top === undefined) return { ...at, phase: "locate" }
    at = { ...at, endPage: top, nextPage: top }
  }
  for await (const { pageNumber, rows } of sweepDown(run, at.since, at.nextPage, at.endPage)) {
    tallyRows(run, rows)
    at = { ...at, nextPage: pageNumber - 1 }
    yield batch(run, at, rows, before)
  }
  return { ...at, phase: "chase", windowStart: at.fence }
}

async function* stitch(run: ScanRun, from: ScanCheckpoint, before: number): Phase<ScanCheckpoint | undefined> {
  let at = from
  const windows = stitchDown(run, at.since, at.endPage, at.stitching, CHASE_CALLS + 4 * at.endPage)
  for (;;) {
    const step = await windows.next()
    if (step.done === true) {
      return step.value ? { ...at, phase: "chase", windowStart: at.fence, stitching: undefined } : undefined
    }
    const { rows, low, known } = step.value
    tallyRows(run, rows)
    at = { ...at, stitching: { low, known }, nextPage: Math.min(at.endPage, Math.ceil(low / PAGE_ROWS)) }
    yield batch(run, at, rows, before)
  }
}

async function* chaseFrom(run: ScanRun, at: ScanCheckpoint, before: number): Phase<ChaseEnd> {
  const steps = chase(run, at.windowStart, CHASE_CALLS + 2 * at.endPage)
  for (;;) {
    const step = await steps.next()
    if (step.done === true) return step.value
    tallyRows(run, step.value.rows)
    if (step.value.rows.length === 0) continue
    yield batch(run, { ...at, windowStart: step.value.windowStart }, step.value.rows, before)
  }
}

/** How many devices the carrier lists now; undefined when the list would not hold still. */
async function listedNow(
  run: ScanRun,
  at: ScanCheckpoint,
  options: ScanOptions,
  before: number,
): Promise<number | undefined> {
  const distinct = (await options.countDistinct?.()) ?? before + (run.seen?.size ?? 0)
  const end = await findEnd(run, at.since, Math.max(1, Math.ceil(distinct / PAGE_ROWS)))
  return end === undefined ? undefined : Math.max(0, end.endPage - 1) * PAGE_ROWS + end.rowsOnEndPage
}

interface Counted {
  readonly listed: number | undefined
  readonly count: ScanCertificate["count"]
}

/** Compares what was seen with what is listed, once everything that came in meanwhile has been read too. */
async function compare(
  run: ScanRun,
  options: ScanOptions,
  before: number,
  start: ScanCheckpoint,
  listed: number | undefined,
): Promise<Counted> {
  if (listed === undefined) return { listed, count: "unchecked" }
  const counted = await options.countDistinct?.()
  const isExact = counted !== undefined || start.rows === 0
  const distinct = counted ?? before + (run.seen?.size ?? 0)
  if (distinct < listed) return { listed, count: "short" }
  if (!isExact) return { listed, count: "unchecked" }
  if (counted !== undefined) run.tally.duplicates = run.tally.rows - counted
  return { listed, count: distinct === listed ? "equal" : "more" }
}

function batch(run: ScanRun, at: ScanCheckpoint, rows: readonly DeviceSummary[], before: number): ScanBatch {
  const { tally } = run
  const swept = at.endPage - Math.min(at.nextPage, at.endPage)
  return {
    rows,
    checkpoint: { ...at, ...tally, distinct: before + (run.seen?.size ?? 0) },
    progress: {
      phase: at.phase,
      pagesRead: swept + tally.steps,
      pagesExpected: at.endPage + tally.steps,
      rows: tally.rows,
    },
  }
}

function certificateOf(
  run: ScanRun,
  at: ScanCheckpoint,
  refusal: ScanRefusal | undefined,
  counted: Counted = { listed: undefined, count: "unchecked" },
): ScanCertificate {
  const reason = refusal ?? (at.isCapped ? "look_back_capped" : undefined)
  const { scope, since, startedAt } = at
  const method = at.isStitched ? "stitch-and-chase" : "sweep-and-chase"
  return {
    certified: reason === undefined,
    reason,
    scope,
    method,
    since,
    ...run.tally,
    ...counted,
    startedAt,
    finishedAt: run.clock.now(),
    assumptions: assumptionsOf({ scope, method, since, count: counted.count, marginMs: run.marginMs }),
  }
}
