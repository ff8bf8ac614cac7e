import { isCoreError } from "../../errors/mod.ts"
import type { Clock, ListedDevice, Runtime } from "../../ports/mod.ts"
import type { BatchResult } from "./batch-result.ts"
import type { OpenIntent } from "./intent.ts"
import { deviceEntry } from "../log/log-entry.ts"
import { afterStep } from "./progress.ts"
import { TURN_OVER } from "./slice-signals.ts"
import { type Systems, systemOf } from "./systems.ts"
import { judgeLook, type Look } from "./verdict.ts"

/** An open intent as it is read. */
export type IntentRow = Omit<OpenIntent, "intent" | "isUndoing" | "isRecheck" | "steps"> & {
  readonly id: string
  readonly carrierDeviceId: string
  readonly change: string
  readonly isUndoing: number
  readonly isRecheck: number
  readonly steps: string
}

export function toOpenIntent(row: IntentRow): OpenIntent {
  const { id, carrierDeviceId, change, ...rest } = row
  return {
    ...rest,
    intent: { ...JSON.parse(change), id, carrierDeviceId },
    isUndoing: row.isUndoing === 1,
    isRecheck: row.isRecheck === 1,
    steps: JSON.parse(row.steps),
  }
}

/**
 * Looks once at a change. What shows, or did not until its deadline, is settled: intent, row and inventory. Otherwise the
 * next look is due after a growing pause: a change that shows late holds up nobody. A look that does not come about in the
 * account's turn stays due.
 *
 * @param resultNow Asked when the look is over: earlier ones may be written by then.
 */
export async function lookOnce(
  { clock, newId }: Pick<Runtime, "clock" | "newId">,
  systems: Systems,
  open: OpenIntent,
  turn: { readonly signal: AbortSignal; readonly notAfter: number },
  resultNow: () => BatchResult,
): Promise<void> {
  const { position, intent } = open
  const name = { position, id: intent.id }
  const deadlineMs = systemOf(systems, open.via).capabilities.readBackDeadlineMs.value
  const lookedAt = clock.now()
  if (lookedAt >= turn.notAfter) return
  const look = await lookAt(systems, open, turn, clock)
  if (!look) return
  const verdict = judgeLook(open, look, lookedAt, deadlineMs)
  const result = resultNow()
  if (verdict.kind === "later") {
    result.postponed.push({ ...name, readDueAt: verdict.readDueAt })
    return
  }
  const move = afterStep({ ...open, code: open.rowCode, text: open.rowText }, verdict.end)
  result.settled.push(name)
  result.moves.push(move)
  const { status, code, text } = move
  const told = { status, code, description: text ?? status, response: look.text }
  result.entries.push(deviceEntry("end", open, open.isRecheck ? { ...told, occurrence: lookedAt } : told))
  if (look.outcome === "applied" && intent.changeType === "ChangeIccidImei") {
    const { carrierDeviceId, iccid, imei } = intent
    const newCarrierDeviceId = look.device?.carrierDeviceId ?? carrierDeviceId
    result.swaps.push({ carrierDeviceId, newCarrierDeviceId, iccid, imei })
  }
  const isNew = look.outcome === "applied" && intent.changeType === "ActivateNewService"
  if (look.device) result.reads.push({ device: look.device, ...(isNew && { newId: newId() }) })
}

/**
 * One look; nothing where the account's turn was over before. A system that cannot be read just now is no reason to stop:
 * other devices may be readable. One that says when to come back is.
 */
async function lookAt(
  systems: Systems,
  { intent, via }: OpenIntent,
  turn: { readonly signal: AbortSignal; readonly notAfter: number },
  clock: Clock,
): Promise<(Look & { readonly device?: ListedDevice | undefined }) | undefined> {
  const { signal } = turn
  try {
    if (via !== "carrier") return await systemOf(systems, via).readBack(intent, turn)
    const look = await systems.carrier.readBack(intent, turn)
    // A carrier whose read-back is no read of the device is asked for the device once the change is through.
    if (look.device || look.outcome !== "applied") return look
    const isRenamed = intent.changeType === "ChangeIccidImei" && intent.iccid !== null
    const id = isRenamed && systems.carrier.capabilities.deviceIdentifier === "iccid" ? intent.iccid : null
    return { ...look, device: await systems.carrier.get(id ?? intent.carrierDeviceId, { signal }) }
  } catch (error) {
    if (signal.aborted && signal.reason !== TURN_OVER) throw error
    const isPaused = isCoreError(error) && error.retryAfterMs !== undefined
    if (!isPaused && clock.now() >= turn.notAfter) return undefined
    if (isPaused || !isCoreError(error) || !error.retryable || error.category !== "integration") throw error
    return { outcome: "unknown", code: error.code, text: error.message }
  }
}
