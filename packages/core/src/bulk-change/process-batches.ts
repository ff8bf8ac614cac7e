import type { JobContext } from "../jobs/mod.ts"
import type { Statement } from "../store/mod.ts"
import { type BatchResult, emptyResult, resultStatements } from "./batch-result.ts"
import type { BulkChange, BulkChangeLane } from "./bulk-change.ts"
import { currentDevices } from "./current-values.ts"
import { blockedDevices, selectReadyDevices } from "./device-statements.ts"
import type { OpenIntent, StepToSend } from "./intent.ts"
import { beginSteps } from "./intent-statements.ts"
import { sealStatements } from "./log.ts"
import { type IntentRow, lookOnce, toOpenIntent } from "./look-once.ts"
import { dueIntents } from "./look-statements.ts"
import { patientSignal } from "./patient-signal.ts"
import { sendStep, stepToSend } from "./send-step.ts"
import type { Systems } from "./systems.ts"

/** How much is done at once. */
export interface BatchLimits {
  readonly callsPerBatch: number
  readonly sliceMs: number
}

// Half of the two seconds in which a host has to stop.
const GRACE_MS = 1_000
// What a batch should take: a cancel waits this long at most, and after a crash no more than this is unknown.
const BATCH_MS = 500

interface Slice {
  readonly context: JobContext
  readonly systems: Systems
  readonly change: BulkChange
  readonly lane: BulkChangeLane
  /** Aborts a little after the host stops: what is under way gets its answer. */
  readonly patient: AbortSignal
  /** What ended the slice before its time. */
  readonly failures: unknown[]
}

interface Batch {
  readonly looks: readonly OpenIntent[]
  readonly steps: readonly StepToSend[]
}

const NOTHING: Batch = { looks: [], steps: [] }

/**
 * Works on an account's part of a bulk change for about `sliceMs`, batch by batch: looks that are due, and the next steps.
 * All calls of a batch are made at once, and the connector lets them out as its account allows. One unit stands between two
 * batches: it writes what the one led to and the intents of the next, before the other side hears of them. If the process
 * ends, the answers of one batch are lost, like any other answers, and the other side is read.
 *
 * Batches grow as far as they take about half a second, so that a slow account's are of one call and a fast one's of many.
 */
export async function processBatches(
  context: JobContext,
  systems: Systems,
  change: BulkChange,
  lane: BulkChangeLane,
  { callsPerBatch, sliceMs }: BatchLimits,
): Promise<void> {
  const { clock } = context.runtime
  const patient = patientSignal(context.signal, clock, GRACE_MS)
  const slice: Slice = { context, systems, change, lane, patient: patient.signal, failures: [] }
  const endAt = clock.now() + sliceMs
  let size = 1
  let result = emptyResult()
  let seals: readonly Statement[] = []
  try {
    for (let isFirst = true; ; isFirst = false) {
      const isOver = slice.failures.length > 0 || context.signal.aborted || (!isFirst && clock.now() >= endAt)
      const { looks, steps } = isOver ? NOTHING : await takeBatch(slice, size, result)
      const now = clock.now()
      const statements = [
        ...resultStatements(change, lane.serviceProviderId, result, now),
        ...seals,
        ...(steps.length > 0 ? beginSteps(change, steps, now) : []),
      ]
      if (looks.length + statements.length === 0) break
      const begun = statements.length === 0 ? [] : await context.unit("bulk-change.batch", statements)
      const mayBeSent = new Set(steps.length > 0 ? begun.at(-1)?.map((row) => row["id"]) : [])
      result = emptyResult()
      // The log of what is written is sealed while the calls are under way; what is left, at the end of the slice.
      const sealing = sealStatements(context.store, change).catch(() => [])
      const batch = { looks, steps: steps.filter(({ intent }) => mayBeSent.has(intent.id)) }
      const tookMs = await callAll(slice, batch, result)
      seals = await sealing
      size = sizeAfter(size, batch.looks.length + batch.steps.length, tookMs, callsPerBatch)
    }
  } finally {
    patient.end()
  }
  if (slice.failures.length > 0) throw slice.failures[0]
  context.signal.throwIfAborted()
}

/** What is next, as the database has it; what needs no call goes into `result`. */
async function takeBatch({ context, change, lane }: Slice, size: number, result: BatchResult): Promise<Batch> {
  const { store, runtime } = context
  const { serviceProviderId } = lane
  const now = runtime.clock.now()
  const except = [...result.settled, ...result.postponed].map(({ position }) => position)
  const due = await store.rows<IntentRow>(dueIntents(change, { serviceProviderId, now, limit: size, except }))
  // More looks than sends, so that late ones are caught up with; but never looks alone.
  const limit = Math.max(Math.ceil(size / 3), size - due.length)
  const rows = await store.read((db) => selectReadyDevices(db, change, { serviceProviderId, now, limit }))
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
  return { looks, steps: rows.flatMap((row) => stepToSend(before, row, at, result) ?? []) }
}

/** Makes the calls of a batch, looks first; gives how long they took, milliseconds. */
async function callAll(
  { context, systems, patient, failures }: Slice,
  { looks, steps }: Batch,
  result: BatchResult,
): Promise<number> {
  const { clock } = context.runtime
  const startedAt = clock.now()
  const calls = [
    ...looks.map((open) => lookOnce(context.runtime, systems, open, context.signal, result)),
    ...steps.map((step) => sendStep(clock, systems, step, patient, result)),
  ]
  for (const call of await Promise.allSettled(calls)) if (call.status === "rejected") failures.push(call.reason)
  return clock.now() - startedAt
}

function sizeAfter(size: number, calls: number, tookMs: number, most: number): number {
  if (tookMs > BATCH_MS) return Math.max(1, Math.floor((calls * BATCH_MS) / tookMs))
  return tookMs < BATCH_MS / 2 && calls >= size ? Math.min(size * 2, most) : Math.min(size, most)
}
