import { isCoreError } from "../errors/mod.ts"
import type { JobContext } from "../jobs/mod.ts"
import type { ListedDevice } from "../ports/mod.ts"
import type { Statement } from "../store/mod.ts"
import type { BulkChange, BulkChangeLane } from "./bulk-change.ts"
import { moveDevices } from "./device-statements.ts"
import type { OpenIntent, Postponement } from "./intent.ts"
import { dueIntents, postponeIntents, settleIntents } from "./intent-statements.ts"
import { seenStatements } from "./inventory-step.ts"
import { deviceEntry, type NewLogEntry } from "./log-entry.ts"
import { appendLog } from "./log-statements.ts"
import { afterStep, type RowMove } from "./progress.ts"
import { type Systems, systemOf } from "./systems.ts"
import { judgeLook, type Look } from "./verdict.ts"

// Looks of one unit. A kill loses at most these looks, and they are only reads.
const LOOKS_PER_UNIT = 25

type IntentRow = Omit<OpenIntent, "intent" | "isUndoing" | "isRecheck" | "steps"> & {
  readonly id: string
  readonly carrierDeviceId: string
  readonly change: string
  readonly isUndoing: number
  readonly isRecheck: number
  readonly steps: string
}

function toOpenIntent(row: IntentRow): OpenIntent {
  const { id, carrierDeviceId, change, ...rest } = row
  return {
    ...rest,
    intent: { ...JSON.parse(change), id, carrierDeviceId },
    isUndoing: row.isUndoing === 1,
    isRecheck: row.isRecheck === 1,
    steps: JSON.parse(row.steps),
  }
}

/** What the looks of one unit led to. */
interface Seen {
  readonly settled: { readonly id: string; readonly position: number }[]
  readonly moves: RowMove[]
  readonly entries: NewLogEntry[]
  readonly inventory: Statement[]
  readonly postponements: Postponement[]
}

/**
 * Looks once at each change of an account whose look is due, up to `limit`, longest due first. What shows, or did not until
 * its deadline, is settled: intent, row and inventory in one unit. The others are looked at again after a growing pause, in
 * a later slice: a change that shows late holds up nobody.
 */
export async function readBackDue(
  context: JobContext,
  systems: Systems,
  change: BulkChange,
  { serviceProviderId }: BulkChangeLane,
  limit: number,
): Promise<void> {
  const { clock } = context.runtime
  const due = await context.store.rows<IntentRow>(dueIntents(change, { serviceProviderId, now: clock.now(), limit }))
  for (let start = 0; start < due.length; start += LOOKS_PER_UNIT) {
    const seen: Seen = { settled: [], moves: [], entries: [], inventory: [], postponements: [] }
    const queue = due
      .slice(start, start + LOOKS_PER_UNIT)
      .map(toOpenIntent)
      .values()
    const lanes = Math.max(1, systems.carrier.capabilities.concurrency.value)
    const results = await Promise.allSettled(
      Array.from({ length: lanes }, () => lookInTurn(context, systems, change, queue, seen)),
    )
    const now = clock.now()
    if (seen.settled.length + seen.postponements.length > 0) {
      await context.unit("bulk-change.settle-devices", [
        settleIntents(change, seen.settled, now),
        moveDevices(change, seen.moves, now),
        appendLog(change, seen.entries, now),
        postponeIntents(change, seen.postponements),
        ...seen.inventory,
      ])
    }
    for (const result of results) if (result.status === "rejected") throw result.reason
  }
}

async function lookInTurn(
  context: JobContext,
  systems: Systems,
  change: BulkChange,
  queue: Iterator<OpenIntent>,
  seen: Seen,
): Promise<void> {
  for (let next = queue.next(); !next.done; next = queue.next()) {
    context.signal.throwIfAborted()
    await lookOnce(context, systems, change, next.value, seen)
  }
}

async function lookOnce(
  context: JobContext,
  systems: Systems,
  change: BulkChange,
  open: OpenIntent,
  seen: Seen,
): Promise<void> {
  const { clock } = context.runtime
  const { position, intent } = open
  const deadlineMs = systemOf(systems, open.via).capabilities.readBackDeadlineMs.value
  const lookedAt = clock.now()
  const look = await lookAt(systems, open, context.signal)
  const verdict = judgeLook(open, look, lookedAt, deadlineMs)
  if (verdict.kind === "later") {
    seen.postponements.push({ position, id: intent.id, readDueAt: verdict.readDueAt })
    return
  }
  const move = afterStep({ ...open, code: open.rowCode, text: open.rowText }, verdict.end)
  seen.settled.push({ position, id: intent.id })
  seen.moves.push(move)
  const { status, code, text } = move
  const told = { status, code, description: text ?? status, response: look.text }
  seen.entries.push(deviceEntry("end", open, open.isRecheck ? { ...told, occurrence: lookedAt } : told))
  const scope = { tenantId: change.tenantId, serviceProviderId: open.serviceProviderId }
  const isApplied = look.outcome === "applied"
  const at = { now: clock.now(), newId: context.runtime.newId() }
  seen.inventory.push(...seenStatements(scope, intent, { isApplied, device: look.device }, at))
}

/** One look. A system that cannot be read just now is no reason to stop: other devices may be readable. */
async function lookAt(
  systems: Systems,
  { intent, via }: OpenIntent,
  signal: AbortSignal,
): Promise<Look & { readonly device?: ListedDevice | undefined }> {
  try {
    if (via !== "carrier") return await systemOf(systems, via).readBack(intent, { signal })
    const look = await systems.carrier.readBack(intent, { signal })
    // A carrier whose read-back is no read of the device is asked for the device once the change is through.
    if (look.device || look.outcome !== "applied") return look
    const isRenamed = intent.changeType === "ChangeIccidImei" && intent.iccid !== null
    const id = isRenamed && systems.carrier.capabilities.deviceIdentifier === "iccid" ? intent.iccid : null
    return { ...look, device: await systems.carrier.get(id ?? intent.carrierDeviceId, { signal }) }
  } catch (error) {
    if (!isCoreError(error) || !error.retryable || error.category !== "integration") throw error
    return { outcome: "unknown", code: error.code, text: error.message }
  }
}
