import { CoreError, isCoreError } from "../../errors/mod.ts"
import type { JobContext } from "../../jobs/mod.ts"
import type { ChangeOutcome } from "../../ports/mod.ts"
import type { Statement } from "../../store/mod.ts"
import { type BatchResult, emptyResult, resultStatements } from "./batch-result.ts"
import type { BulkChange, BulkChangeLane } from "../bulk-change.ts"
import type { StepVia } from "../bulk-change-device.ts"
import { addCall, type CallQueues, openCalls, untilOpen } from "./call-queues.ts"
import { currentDevices } from "../plan/current-values.ts"
import { blockedDevices, selectReadyDevices } from "../device-statements.ts"
import type { OpenIntent, StepToSend } from "./intent.ts"
import { beginSteps } from "./intent-statements.ts"
import { sealStatements } from "../log/log.ts"
import { type IntentRow, lookOnce, toOpenIntent } from "./look-once.ts"
import { dueIntents } from "./look-statements.ts"
import { type Gate, sendStep, stepToSend } from "./send-step.ts"
import { type SliceSignals, sliceSignals } from "./slice-signals.ts"
import type { Systems } from "./systems.ts"

/** How much is done at once. */
export interface BatchLimits {
  readonly callsPerBatch: number
  readonly sliceMs: number
}

// Half of the two seconds in which a host has to stop.
const GRACE_MS = 1_000
// How long beyond its slice an account may let calls wait: then others have their turn.
const PATIENCE_MS = 5_000
// How long an account is left alone that did not answer, or refused for its rate.
const PAUSE_MS = 1_000
// The other side is taken for away when so many answers in a row were lost: each is a device of which nobody knows.
const MOST_LOST_IN_ROW = 5
// What a batch should take: a cancel waits this long at most, and after a crash no more than this is unknown.
const BATCH_MS = 500
// The next batch is made ready while this share of one is still under way, so that the account is never idle.
const OVERLAP = 0.2

interface Slice {
  readonly context: JobContext
  readonly systems: Systems
  readonly change: BulkChange
  readonly lane: BulkChangeLane
  readonly signals: SliceSignals
  /** What has not gone out by then waits for the account's next turn, epoch milliseconds. */
  readonly turnEndsAt: number
  readonly queues: CallQueues
  /** Positions of the looks that are under way, or not written yet. */
  readonly looking: Set<number>
  /** What ended the slice before its time. */
  readonly failures: unknown[]
  /** Whether the other side said anything of a device. */
  hasProgressed: boolean
  /** Changes in a row whose answers were lost. */
  lostInRow: number
  /** What the calls that ended led to, and nobody wrote yet. */
  result: BatchResult
}

const FAILED = "a call before it failed"

interface Batch {
  readonly looks: readonly OpenIntent[]
  readonly steps: readonly StepToSend[]
}

const NOTHING: Batch = { looks: [], steps: [] }

/**
 * Works on an account's part of a bulk change for about `sliceMs`, batch by batch: looks that are due, and the next steps.
 * The calls of a batch go into one queue for each side, which begins as many at once as that side allows; the connector
 * keeps the pace. One unit stands between two batches: it writes what the calls led to, and the intents of the next ones
 * before the other side hears of them. If the process ends, the answers of one batch are lost, like any other answers, and
 * the other side is read.
 *
 * What has not gone out when the account's turn is over goes back in line, so that one that is slow or paused does not keep
 * others waiting. A failure after some answers is no failed attempt.
 *
 * Batches grow as far as they take about half a second, so that a slow account's are of one call and a fast one's of many.
 *
 * @returns How long the account is better left alone.
 */
export async function processBatches(
  context: JobContext,
  systems: Systems,
  change: BulkChange,
  lane: BulkChangeLane,
  limits: BatchLimits,
): Promise<{ readonly pauseMs: number }> {
  const { clock } = context.runtime
  const turnEndsAt = clock.now() + limits.sliceMs + PATIENCE_MS
  const signals = sliceSignals(context.signal, clock, { graceMs: GRACE_MS, turnEndsAt })
  const shared = { context, systems, change, lane, signals, turnEndsAt, queues: new Map() as CallQueues }
  const begun = { looking: new Set<number>(), failures: [], hasProgressed: false, lostInRow: 0, result: emptyResult() }
  const slice: Slice = { ...shared, ...begun }
  try {
    await runBatches(slice, limits)
  } finally {
    await untilOpen(slice.queues, 0)
    signals.end()
  }
  context.signal.throwIfAborted()
  const hasFailed = slice.failures.length > 0
  if (hasFailed && !(slice.hasProgressed && isAway(slice.failures[0]))) throw slice.failures[0]
  return { pauseMs: hasFailed || (!slice.hasProgressed && clock.now() >= turnEndsAt) ? PAUSE_MS : 0 }
}

/** Away for now, and nobody knows until when. */
function isAway(failure: unknown): boolean {
  return isCoreError(failure, "carrier.unavailable") && failure.retryAfterMs === undefined
}

function saysSomething({ answers, moves }: BatchResult): boolean {
  return answers.some(({ outcome }) => outcome !== "unknown") || moves.some(({ isVerified }) => isVerified)
}

async function runBatches(slice: Slice, { callsPerBatch, sliceMs }: BatchLimits): Promise<void> {
  const { context } = slice
  const { clock } = context.runtime
  const endAt = clock.now() + sliceMs
  let size = 1
  let rows = 1
  let seals: readonly Statement[] = []
  for (let isFirst = true; ; isFirst = false) {
    const isOver = slice.failures.length > 0 || context.signal.aborted || (!isFirst && clock.now() >= endAt)
    if (isOver) await untilOpen(slice.queues, 0)
    const result = slice.result
    slice.result = emptyResult()
    slice.hasProgressed ||= saysSomething(result)
    const batch = isOver ? NOTHING : await takeBatch(slice, { size, rows }, result)
    const isWritten = await beginBatch(slice, batch, result, seals)
    // The log of what is written is sealed while the calls are under way; what is left, at the end of the slice.
    const sealing = isWritten ? sealStatements(context.store, slice.change).catch(() => []) : []
    const before = { calls: openCalls(slice.queues), at: clock.now() }
    if (before.calls === 0 && !isWritten) return
    // What needs no call is only written: more of it at once.
    rows = before.calls === 0 ? Math.min(rows * 2, callsPerBatch) : 1
    await untilOpen(slice.queues, batch.looks.length + batch.steps.length > 0 ? Math.floor(before.calls * OVERLAP) : 0)
    seals = await sealing
    size = sizeAfter(size, before.calls - openCalls(slice.queues), clock.now() - before.at, callsPerBatch)
  }
}

/** As many calls as take about half a second, if so many calls took so long; never much more than before. */
function sizeAfter(size: number, calls: number, tookMs: number, most: number): number {
  if (calls === 0) return size
  const fitting = Math.round((calls * BATCH_MS) / Math.max(1, tookMs))
  return Math.max(1, Math.min(fitting, size * 2, most))
}

/**
 * What is next, as the database has it; what needs no call goes into `result`.
 *
 * @param atOnce About `size` calls, looked for among at least so many `rows`.
 */
async function takeBatch(
  slice: Slice,
  atOnce: { readonly size: number; readonly rows: number },
  result: BatchResult,
): Promise<Batch> {
  const { context, change, lane, looking } = slice
  const { size } = atOnce
  const { store, runtime } = context
  const { serviceProviderId } = lane
  const now = runtime.clock.now()
  const open = { serviceProviderId, now, limit: size, except: [...looking] }
  const due = await store.rows<IntentRow>(dueIntents(change, open))
  // More looks than sends, so that late ones are caught up with; but never looks alone.
  const limit = Math.max(Math.ceil(size / 3), size - due.length)
  const ready = { serviceProviderId, now, limit: Math.max(limit, atOnce.rows) }
  const rows = await store.read((db) => selectReadyDevices(db, change, ready))
  const looks = due.map(toOpenIntent)
  if (rows.length === 0) return { looks, steps: [] }
  const ids = rows.flatMap(({ carrierDeviceId }) => (carrierDeviceId === null ? [] : [carrierDeviceId]))
  const names = new Set(rows.flatMap(({ from }) => Object.keys(from)))
  const blockers = await store.rows<{ carrierDeviceId: string; standsStill: number }>(
    blockedDevices(change, serviceProviderId, ids, now),
  )
  const before = {
    notAfter: change.notAfter,
    known: await currentDevices(context, { tenantId: change.tenantId, serviceProviderId }, ids, names),
    blocked: new Map(blockers.map((row) => [row.carrierDeviceId, row.standsStill === 1])),
  }
  const at = { now, newId: () => runtime.newId() }
  return { looks, steps: rows.flatMap((row) => stepToSend(before, row, at, result) ?? []).slice(0, limit) }
}

/**
 * Writes a result and the intents of a batch, and makes the calls of those that are on record then.
 *
 * @returns Whether there was anything to write.
 */
async function beginBatch(
  slice: Slice,
  { looks, steps }: Batch,
  result: BatchResult,
  seals: readonly Statement[],
): Promise<boolean> {
  const { context, change, systems, signals, looking } = slice
  const { clock } = context.runtime
  const now = clock.now()
  const statements = [
    ...resultStatements(change, slice.lane.serviceProviderId, result, now),
    ...seals,
    ...(steps.length > 0 ? beginSteps(change, steps, now) : []),
  ]
  const written = statements.length === 0 ? [] : await context.unit("bulk-change.batch", statements)
  for (const { position } of [...result.settled, ...result.postponed]) looking.delete(position)
  const begun = new Set(steps.length === 0 ? [] : written.at(-1)?.map((row) => row["id"]))
  const turn = { signal: signals.reads, notAfter: slice.turnEndsAt }
  for (const open of looks) {
    looking.add(open.position)
    add(slice, open.via, () => lookOnce(context.runtime, systems, open, turn, () => slice.result))
  }
  const gate: Gate = {
    notAfter: change.notAfter,
    turnEndsAt: slice.turnEndsAt,
    writes: signals.writes,
    stopsFor: () => (context.signal.aborted ? "the host stops" : slice.failures.length > 0 ? FAILED : undefined),
  }
  for (const step of steps) {
    if (!begun.has(step.intent.id)) continue
    add(slice, step.via, async () => noteOutcome(slice, await sendStep(clock, systems, step, gate, () => slice.result)))
  }
  return statements.length > 0
}

/** @throws {CoreError} `carrier.unavailable` when too many answers in a row were lost. */
function noteOutcome(slice: Slice, outcome: ChangeOutcome | undefined): void {
  if (outcome === undefined) return
  slice.lostInRow = outcome === "unknown" ? slice.lostInRow + 1 : 0
  if (slice.lostInRow < MOST_LOST_IN_ROW) return
  throw new CoreError("carrier.unavailable", `The answers of ${slice.lostInRow} changes in a row were lost`)
}

/** Puts a call in line. What it throws ends the slice. */
function add({ queues, systems, failures }: Slice, via: StepVia, call: () => Promise<void>): void {
  addCall(queues, systems, via, call).catch((error: unknown) => void failures.push(error))
}
