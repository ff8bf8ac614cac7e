import { isCoreError } from "../../errors/mod.ts"
import type { ChangeAnswer, ChangeOutcome, Clock, DeviceChange } from "../../ports/mod.ts"
import type { BatchResult } from "./batch-result.ts"
import type { BulkChangeDevice } from "../bulk-change-device.ts"
import type { CurrentDevice } from "../plan/current-values.ts"
import { idAfterChange } from "./device-id.ts"
import { WAIT_MS } from "../device-statements.ts"
import type { StepToSend } from "./intent.ts"
import { assignmentOf } from "./inventory-step.ts"
import { deviceEntry } from "../log/log-entry.ts"
import { afterStep, halfDone, type RowMove } from "./progress.ts"
import { BUSY, deviceRefusalOf, type Refusal, staleRefusalOf, TOO_LATE } from "../plan/refusals.ts"
import { type Systems, systemOf } from "./systems.ts"

/** What is known of the devices of a batch before any of them is touched. */
export interface Beforehand {
  /** From then on nothing is begun. */
  readonly notAfter: number | null
  readonly known: ReadonlyMap<string, CurrentDevice>
  /** By carrier identifier: whether the earlier bulk change that has the device in hand stands still. */
  readonly blocked: ReadonlyMap<string, boolean>
}

/**
 * The step of a row that is to be sent. `undefined` where nothing is, and `result` has what is written instead: a device
 * that the inventory shows otherwise than planned is not touched; one that an earlier bulk change has in hand waits for it;
 * and a step that is ours alone is made by what is written.
 */
export function stepToSend(
  before: Beforehand,
  row: BulkChangeDevice,
  at: { readonly now: number; readonly newId: () => string },
  result: BatchResult,
): StepToSend | undefined {
  const id = row.carrierDeviceId ?? ""
  const step = row.steps[row.step]
  const asked = row.isUndoing ? step?.undo : step?.change
  if (!step || !asked) return end(row, halfDone(row, row.text ?? "Nothing takes the step back"), result)
  const isFirst = row.step === 0 && !row.isUndoing
  const standsStill = before.blocked.get(id)
  if (isFirst && standsStill === false) {
    result.waiting.push({ position: row.position, readyAt: at.now + WAIT_MS })
    return undefined
  }
  const isTooLate = before.notAfter !== null && at.now >= before.notAfter
  const refusal = isFirst && (isTooLate ? TOO_LATE : standsStill ? BUSY : refusalNow(asked, row, before.known.get(id)))
  if (refusal) return end(row, refused(row, refusal), result)
  if (step.via === "inventory") return store(row, asked, at.now, result)
  const carrierDeviceId = row.isUndoing ? idAfterChange(row) : id
  return { row, via: step.via, intent: { ...asked, id: at.newId(), carrierDeviceId } }
}

function refusalNow(
  asked: DeviceChange,
  row: BulkChangeDevice,
  current: CurrentDevice | undefined,
): Refusal | undefined {
  if (asked.changeType === "ActivateNewService" && !current?.device) return undefined
  return deviceRefusalOf(current?.device) ?? staleRefusalOf(row.from, current?.values ?? {})
}

function refused({ position, step }: BulkChangeDevice, refusal: Refusal): RowMove {
  const end = { isUndoing: false, isReady: false, isEnd: true, isVerified: false }
  return { position, status: "ERROR", ...refusal, step, ...end }
}

/** A step that no other side has to make. */
function store(row: BulkChangeDevice, asked: DeviceChange, now: number, result: BatchResult): undefined {
  const assignment = assignmentOf(row.carrierDeviceId ?? "", asked, now)
  if (assignment) result.assignments.push(assignment)
  const stored = { status: "PROCESSED", code: null, text: "It is stored", isVerified: true } as const
  return end(row, afterStep(row, stored), result, asked)
}

/** Moves a row and says so in the log. */
function end(row: BulkChangeDevice, move: RowMove, result: BatchResult, request?: DeviceChange): undefined {
  const { status, code, text } = move
  result.moves.push(move)
  result.entries.push(
    deviceEntry("end", row, { status, code, description: text ?? status, ...(request && { request }) }),
  )
  return undefined
}

/** What decides at the last moment whether a step goes out. */
export interface Gate {
  /** Of the bulk change: from then on nothing is begun. */
  readonly notAfter: number | null
  /** Of the account: from then on it waits no longer. */
  readonly turnEndsAt: number
  /** Ends what was sent and is not answered. */
  readonly writes: AbortSignal
  /** Why nothing goes out any more. */
  readonly stopsFor: () => string | undefined
}

/**
 * Sends one step, if it still may go out when its turn has come. Where the other side says that it surely did nothing for
 * now, the device goes back in line and the error is thrown on; anything else that is thrown leaves the intent open, to be
 * looked for and never sent again.
 *
 * @param resultNow Asked when the answer is there: earlier ones may be written by then.
 * @returns What the answer was; `undefined` where it was not sent.
 */
export async function sendStep(
  clock: Clock,
  systems: Systems,
  { row, via, intent }: StepToSend,
  gate: Gate,
  resultNow: () => BatchResult,
): Promise<ChangeOutcome | undefined> {
  const system = systemOf(systems, via)
  const name = { position: row.position, id: intent.id }
  // What was begun is ended, also when it is late.
  const lastAt = row.step === 0 && !row.isUndoing ? (gate.notAfter ?? Infinity) : Infinity
  const putBack = (why: string) => {
    const result = resultNow()
    result.returned.push(name)
    if (clock.now() >= lastAt) return end(row, refused(row, TOO_LATE), result)
    const status = row.step > 0 || row.isUndoing ? "PROCESSING" : "NEW"
    const description = `It was not sent: ${why}. The device is back in line`
    result.entries.push(deviceEntry("answer", row, { status, code: null, description, occurrence: clock.now() }))
  }
  const why = clock.now() >= lastAt ? "its time is over" : gate.stopsFor()
  if (why !== undefined) {
    putBack(why)
    return undefined
  }
  let answer: ChangeAnswer
  try {
    answer = await system.change(intent, { signal: gate.writes, notAfter: Math.min(lastAt, gate.turnEndsAt) })
  } catch (error) {
    if (!isCoreError(error, "carrier.unavailable") && !isCoreError(error, "carrier.credentials")) throw error
    putBack("the other side is away")
    const isTurnOver = clock.now() >= gate.turnEndsAt && error.retryAfterMs === undefined
    if (isTurnOver || clock.now() >= lastAt) return undefined
    throw error
  }
  const result = resultNow()
  const now = clock.now()
  const deadlineAt = now + system.capabilities.readBackDeadlineMs.value
  result.answers.push({ ...answer, ...name, readDueAt: now, deadlineAt })
  const { code, text } = answer
  if (answer.outcome === "refused") {
    end(row, afterStep(row, { status: "API_FAILED", code, text, isVerified: false }), result)
    return answer.outcome
  }
  result.moves.push(pending(row, answer))
  const told = { status: "PENDING", code: row.isUndoing ? row.code : code, description: text, response: text } as const
  result.entries.push(deviceEntry("answer", row, told))
  return answer.outcome
}

/** Answered, and not seen yet. A row that is taken back keeps the reason why. */
function pending(row: BulkChangeDevice, { code, text }: ChangeAnswer): RowMove {
  const { position, step, isUndoing } = row
  const told = isUndoing ? { code: row.code, text: row.text } : { code, text }
  return { position, status: "PENDING", ...told, step, isUndoing, isReady: false, isEnd: false, isVerified: false }
}
