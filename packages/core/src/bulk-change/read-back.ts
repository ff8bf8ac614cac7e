import { isCoreError } from "../errors/mod.ts"
import { recordDevice } from "../inventory/mod.ts"
import type { JobContext } from "../jobs/mod.ts"
import type { Carrier, ListedDevice } from "../ports/mod.ts"
import type { Statement } from "../store/mod.ts"
import type { BulkChange } from "./bulk-change.ts"
import type { OpenIntent, Postponement, Settlement } from "./intent.ts"
import { dueIntents, postponeIntents, settleDevices } from "./statements.ts"
import { judgeLook, type Look } from "./verdict.ts"

// Looks of one unit. A kill loses at most these looks, and they are only reads.
const LOOKS_PER_UNIT = 25

/**
 * Looks once at each change whose look is due, up to `limit`, longest due first. What shows, or did not until its
 * deadline, is settled: intent, row and inventory in one unit. The others are looked at again after a growing pause, in
 * a later slice: a change that shows late holds up nobody.
 */
export async function readBackDue(
  context: JobContext,
  carrier: Carrier,
  change: BulkChange,
  limit: number,
): Promise<void> {
  const { clock } = context.runtime
  const due = await context.store.rows<OpenIntent & { position: number }>(dueIntents(change, clock.now(), limit))
  for (let start = 0; start < due.length; start += LOOKS_PER_UNIT) {
    const settlements: Settlement[] = []
    const postponements: Postponement[] = []
    const inventory: Statement[] = []
    let failure: { readonly error: unknown } | undefined
    for (const intent of due.slice(start, start + LOOKS_PER_UNIT)) {
      try {
        context.signal.throwIfAborted()
        const lookedAt = clock.now()
        const look = await lookAt(carrier, intent, context.signal)
        const verdict = judgeLook(intent, look, lookedAt, carrier.capabilities.readBackDeadlineMs.value)
        if (verdict.kind === "later") postponements.push({ position: intent.position, readDueAt: verdict.readDueAt })
        else {
          settlements.push(verdict.settlement)
          if (look.device) {
            const { tenantId, serviceProviderId } = change
            inventory.push(recordDevice({ tenantId, serviceProviderId, device: look.device }, clock.now()))
          }
        }
      } catch (error) {
        failure = { error }
        break
      }
    }
    if (settlements.length + postponements.length > 0) {
      await context.unit("bulk-change.settle-devices", [
        ...settleDevices(change, settlements, clock.now()),
        postponeIntents(change, postponements),
        ...inventory,
      ])
    }
    if (failure) throw failure.error
  }
}

/** One look. A carrier that cannot be read just now is no reason to stop: other devices may be readable. */
async function lookAt(
  carrier: Carrier,
  intent: OpenIntent,
  signal: AbortSignal,
): Promise<Look & { readonly device?: ListedDevice | undefined }> {
  try {
    const look = await carrier.readBack(intent, { signal })
    // A carrier whose read-back is no read of the device is asked for the device once the change is through.
    if (look.device || look.outcome !== "applied") return look
    return { ...look, device: await carrier.get(intent.carrierDeviceId, { signal }) }
  } catch (error) {
    if (!isCoreError(error) || !error.retryable || error.category !== "integration") throw error
    return { outcome: "unknown", code: error.code, text: error.message }
  }
}
