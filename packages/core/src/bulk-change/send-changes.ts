import { isCoreError } from "../errors/mod.ts"
import type { JobContext } from "../jobs/mod.ts"
import type { ChangeAnswer, ChangeIntent, DeviceChange } from "../ports/mod.ts"
import type { Statement } from "../store/mod.ts"
import type { BulkChange, BulkChangeLane } from "./bulk-change.ts"
import type { BulkChangeDevice, ChangeStep } from "./bulk-change-device.ts"
import { type CurrentDevice, currentDevices } from "./current-values.ts"
import { idAfterChange } from "./device-id.ts"
import { blockedDevices, moveDevices, postponeDevices, selectReadyDevices } from "./device-statements.ts"
import { beginStep, recordAnswer, returnDevice } from "./intent-statements.ts"
import { inventoryStatements } from "./inventory-step.ts"
import { deviceEntry } from "./log-entry.ts"
import { appendLog } from "./log-statements.ts"
import { patientSignal } from "./patient-signal.ts"
import { afterStep, halfDone, type RowMove } from "./progress.ts"
import { getBulkChange } from "./queries.ts"
import { BUSY, deviceRefusalOf, type Refusal, staleRefusalOf, TOO_LATE } from "./refusals.ts"
import { type Systems, systemOf } from "./systems.ts"

// Half of the two seconds in which a host has to stop.
const GRACE_MS = 1_000
// How long a device waits before it is looked at again whether an earlier bulk change still has it.
const WAIT_MS = 1_000
// Statements that one unit holds at most, where steps follow one another without a call in between.
const MOST_UNWRITTEN = 500

/** What the lanes of one slice share. */
interface Sending {
  readonly context: JobContext
  readonly systems: Systems
  readonly change: BulkChange
  readonly known: ReadonlyMap<string, CurrentDevice>
  /** By carrier identifier: whether the earlier bulk change stands still. */
  readonly blocked: ReadonlyMap<string, boolean>
  readonly signal: AbortSignal
  /** Set when nothing more is to be begun. */
  isOver: boolean
}

/**
 * Sends up to `limit` steps of an account, as many at once as it allows, each with its intent on record before the other
 * side hears of it. The answer to one device is written in the unit that begins the next: one small unit for each call. If
 * the process ends in between, the answer is lost like any other, and the other side is read.
 *
 * A device that the inventory shows otherwise than planned is not touched; one that an earlier bulk change has in hand
 * waits for it, and the others do not.
 */
export async function sendChanges(
  context: JobContext,
  systems: Systems,
  change: BulkChange,
  lane: BulkChangeLane,
  limit: number,
): Promise<void> {
  const { serviceProviderId } = lane
  const now = context.runtime.clock.now()
  const rows = await context.store.read((db) => selectReadyDevices(db, change, { serviceProviderId, now, limit }))
  if (rows.length === 0) return
  const scope = { tenantId: change.tenantId, serviceProviderId }
  const ids = rows.flatMap(({ carrierDeviceId }) => (carrierDeviceId === null ? [] : [carrierDeviceId]))
  const names = new Set(rows.flatMap(({ from }) => Object.keys(from)))
  const blockers = await context.store.rows<{ carrierDeviceId: string; standsStill: number }>(
    blockedDevices(change, serviceProviderId, ids, now),
  )
  const patient = patientSignal(context.signal, context.runtime.clock, GRACE_MS)
  const sending: Sending = {
    context,
    systems,
    change,
    known: await currentDevices(context, scope, ids, names),
    blocked: new Map(blockers.map((row) => [row.carrierDeviceId, row.standsStill === 1])),
    signal: patient.signal,
    isOver: false,
  }
  const queue = rows.values()
  const lanes = Math.max(1, Math.min(systems.carrier.capabilities.concurrency.value, rows.length))
  try {
    const results = await Promise.allSettled(Array.from({ length: lanes }, () => sendInTurn(sending, queue)))
    for (const result of results) if (result.status === "rejected") throw result.reason
  } finally {
    patient.end()
  }
  context.signal.throwIfAborted()
}

/** Takes one row after the other from the queue, which others take from too. */
async function sendInTurn(sending: Sending, queue: Iterator<BulkChangeDevice>): Promise<void> {
  const { context } = sending
  let unwritten: readonly Statement[] = []
  const write = async () => {
    if (unwritten.length > 0) await context.unit("bulk-change.record-answers", unwritten)
    unwritten = []
  }
  try {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      if (sending.isOver || context.signal.aborted) break
      const row = next.value
      const now = context.runtime.clock.now()
      const step = row.steps[row.step]
      const asked = row.isUndoing ? step?.undo : step?.change
      const held = beforehand(sending, row, step, asked, now)
      if (held) unwritten = [...unwritten, ...held]
      else unwritten = await sendStep(sending, row, step as ChangeStep, asked as DeviceChange, unwritten)
      if (unwritten.length > MOST_UNWRITTEN) await write()
    }
    await write()
  } catch (error) {
    sending.isOver = true
    throw error
  }
}

/** What is written instead of sending, or `undefined` where the step is to be sent. */
function beforehand(
  { change, known, blocked }: Sending,
  row: BulkChangeDevice,
  step: ChangeStep | undefined,
  asked: DeviceChange | null | undefined,
  now: number,
): readonly Statement[] | undefined {
  const id = row.carrierDeviceId ?? ""
  if (!step || !asked) return moved(change, row, halfDone(row, row.text ?? "Nothing takes the step back"), now)
  const isFirst = row.step === 0 && !row.isUndoing
  const standsStill = blocked.get(id)
  if (isFirst && standsStill === false) return [postponeDevices(change, [row.position], now + WAIT_MS)]
  const isTooLate = change.notAfter !== null && now >= change.notAfter
  const refusal = isFirst && (isTooLate ? TOO_LATE : standsStill ? BUSY : refusalNow(asked, row, known.get(id)))
  if (refusal) return refused(change, row, refusal, now)
  if (step.via !== "inventory") return undefined
  const scope = { tenantId: change.tenantId, serviceProviderId: row.serviceProviderId }
  const end = { status: "PROCESSED", code: null, text: "It is stored", isVerified: true } as const
  return [...inventoryStatements(scope, id, asked, now), ...moved(change, row, afterStep(row, end), now, asked)]
}

function refusalNow(
  asked: DeviceChange,
  row: BulkChangeDevice,
  current: CurrentDevice | undefined,
): Refusal | undefined {
  if (asked.changeType === "ActivateNewService" && !current?.device) return undefined
  return deviceRefusalOf(current?.device) ?? staleRefusalOf(row.from, current?.values ?? {})
}

function refused(change: BulkChange, row: BulkChangeDevice, refusal: Refusal, now: number): readonly Statement[] {
  const { position, step } = row
  const move: RowMove = {
    position,
    status: "ERROR",
    ...refusal,
    step,
    isUndoing: false,
    isReady: false,
    isEnd: true,
    isVerified: false,
  }
  return moved(change, row, move, now)
}

/** Moves a row and says so in the log. */
function moved(
  change: BulkChange,
  row: BulkChangeDevice,
  move: RowMove,
  now: number,
  request?: DeviceChange,
): readonly Statement[] {
  const { status, code, text } = move
  const told = { status, code, description: text ?? status, ...(request && { request }) }
  return [moveDevices(change, [move], now), appendLog(change, [deviceEntry("end", row, told)], now)]
}

/** Sends one step; gives what is left to be written. */
async function sendStep(
  sending: Sending,
  row: BulkChangeDevice,
  step: ChangeStep,
  asked: DeviceChange,
  unwritten: readonly Statement[],
): Promise<readonly Statement[]> {
  const { context, change } = sending
  const system = systemOf(sending.systems, step.via)
  const intent: ChangeIntent = {
    ...asked,
    id: context.runtime.newId(),
    carrierDeviceId: row.isUndoing ? idAfterChange(row) : (row.carrierDeviceId ?? ""),
  }
  const begin = beginStep(change, row, step.via, intent, context.runtime.clock.now())
  const results = await context.unit("bulk-change.begin-device", [...unwritten, ...begin])
  if (results.at(-1)?.length === 0) {
    // Cancelled meanwhile, and nothing more is begun; or another bulk change has this device in hand.
    const { state } = await getBulkChange(context, change.tenantId, change.id)
    if (state !== "processing") sending.isOver = true
    return [postponeDevices(change, [row.position], context.runtime.clock.now() + WAIT_MS)]
  }
  const answer = await sendOrReturn(sending, system, row, intent)
  const now = context.runtime.clock.now()
  const deadlineAt = now + system.capabilities.readBackDeadlineMs.value
  const recorded = recordAnswer(change, row, answer, { now, deadlineAt })
  const { code, text } = answer
  if (answer.outcome === "refused") {
    const move = afterStep(row, { status: "API_FAILED", code, text, isVerified: false })
    return [recorded, ...moved(change, row, move, now)]
  }
  const told = { status: "PENDING", code: row.isUndoing ? row.code : code, description: text, response: text } as const
  return [
    recorded,
    moveDevices(change, [pending(row, answer)], now),
    appendLog(change, [deviceEntry("answer", row, told)], now),
  ]
}

/** Answered, and not seen yet. A row that is taken back keeps the reason why. */
function pending(row: BulkChangeDevice, { code, text }: ChangeAnswer): RowMove {
  const { position, step, isUndoing } = row
  const told = isUndoing ? { code: row.code, text: row.text } : { code, text }
  return { position, status: "PENDING", ...told, step, isUndoing, isReady: false, isEnd: false, isVerified: false }
}

/**
 * Sends one change. Where the other side says that it surely did nothing for now, the device goes back in line and the job
 * waits; anything else that is thrown leaves the intent open, to be looked for and never sent again.
 */
async function sendOrReturn(
  { context, change, signal }: Sending,
  system: ReturnType<typeof systemOf>,
  row: BulkChangeDevice,
  intent: ChangeIntent,
): Promise<ChangeAnswer> {
  try {
    return await system.change(intent, { signal })
  } catch (error) {
    if (isCoreError(error, "carrier.unavailable") || isCoreError(error, "carrier.credentials")) {
      const now = context.runtime.clock.now()
      await context.unit("bulk-change.return-device", returnDevice(change, row, intent.id, now))
    }
    throw error
  }
}
