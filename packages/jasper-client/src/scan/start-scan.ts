import { JasperError } from "../errors.ts"
import { parseCarrierDate } from "../wire/carrier-date.ts"
import type { ScanCheckpoint } from "./checkpoint.ts"
import type { ScanOptions } from "./scan-batch.ts"

/** Before any SIM of any account: the carrier's own scripts begin here. */
const BEFORE_ALL = Date.UTC(2000, 0, 1)
/** The scope `month`: the longest month, so that it never covers less than one. */
const MONTH_MS = 31 * 24 * 3_600_000
const PHASES = ["locate", "sweep", "chase", "count"]

/**
 * Checks the options and answers where the scan begins: at its start, or at the checkpoint.
 *
 * @throws {RangeError | TypeError} If an option is out of range. Nothing was sent.
 * @throws {JasperError} `checkpoint.invalid`, if the checkpoint is of another version or scope.
 */
export function startScan(options: ScanOptions, now: number): ScanCheckpoint {
  const { scope, since, marginMs = 0, maxSweeps = 1, stitch = false, checkpoint } = options
  if (scope !== "all" && scope !== "month" && scope !== "since") {
    throw new TypeError(`Cannot scan: scope must be all, month or since, got ${String(scope)}`)
  }
  if ((since !== undefined) !== (scope === "since")) {
    throw new TypeError("Cannot scan: since goes with scope since, and only with it")
  }
  if (!(marginMs >= 0)) throw new RangeError(`Cannot scan: marginMs must be 0 or more, got ${marginMs}`)
  if (!Number.isInteger(maxSweeps) || maxSweeps < 1) {
    throw new RangeError(`Cannot scan: maxSweeps must be a whole number from 1, got ${maxSweeps}`)
  }
  const lower = wholeSecond(since === undefined ? lowerBound(scope, now) : instantOf(since))
  if (checkpoint === undefined) return firstCheckpoint(scope, lower, now, stitch)
  if (checkpoint.version !== 1 || checkpoint.scope !== scope || !PHASES.includes(checkpoint.phase)) {
    throw new JasperError("checkpoint.invalid", "Cannot resume the scan: the checkpoint is of another version or scope")
  }
  if (checkpoint.isStitched !== stitch) {
    throw new JasperError("checkpoint.invalid", "Cannot resume the scan: the checkpoint is of another method")
  }
  if (scope === "since" && checkpoint.since !== lower) {
    throw new JasperError("checkpoint.invalid", "Cannot resume the scan: the checkpoint began at another instant")
  }
  return checkpoint
}

function firstCheckpoint(scope: ScanOptions["scope"], since: number, now: number, isStitched: boolean): ScanCheckpoint {
  return {
    version: 1,
    scope,
    phase: "locate",
    since,
    fence: 0,
    nextPage: 0,
    endPage: 0,
    windowStart: 0,
    startedAt: now,
    sweeps: 0,
    steps: 0,
    pages: 0,
    rows: 0,
    duplicates: 0,
    calls: 0,
    stitching: undefined,
    isStitched,
    distinct: 0,
    isCapped: false,
  }
}

function lowerBound(scope: ScanOptions["scope"], now: number): number {
  return scope === "all" ? BEFORE_ALL : now - MONTH_MS
}

function instantOf(since: Date | number | string): number {
  const at = typeof since === "string" ? parseCarrierDate(since) : Number(since)
  if (at === undefined || !Number.isFinite(at)) {
    throw new RangeError(
      "Cannot scan: since must be a Date, epoch milliseconds, or ISO 8601 text with seconds and zone",
    )
  }
  return at
}

/** Requests take whole seconds; rounding down loses nothing. */
function wholeSecond(at: number): number {
  return Math.floor(at / 1_000) * 1_000
}
