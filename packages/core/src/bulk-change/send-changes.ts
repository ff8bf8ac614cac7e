import { isCoreError } from "../errors/mod.ts"
import { findDevicesByCarrierId } from "../inventory/mod.ts"
import type { JobContext } from "../jobs/mod.ts"
import type { Carrier, ChangeAnswer, ChangeIntent } from "../ports/mod.ts"
import type { Statement } from "../store/mod.ts"
import type { BulkChange, BulkChangeDevice } from "./bulk-change.ts"
import { patientSignal } from "./patient-signal.ts"
import { getBulkChange } from "./queries.ts"
import { BUSY, refusalOf } from "./refusals.ts"
import { beginDevice, recordAnswer, refuseDevice, returnDevice, selectNewDevices } from "./statements.ts"

// Half of the two seconds in which a host has to stop.
const GRACE_MS = 1_000

/**
 * Sends up to `limit` changes, one after the other, each with its intent on record before the carrier hears of it. The
 * answer to one device is written in the unit that begins the next: one small unit for each call. If the process ends in
 * between, the answer is lost like any other, and the carrier is read.
 *
 * A device that the inventory shows on another plan than planned, or that another bulk change has in hand, is not touched.
 */
export async function sendChanges(
  context: JobContext,
  carrier: Carrier,
  change: BulkChange,
  limit: number,
): Promise<void> {
  const rows = await context.store.read((db) => selectNewDevices(db, change, limit))
  if (rows.length === 0) return
  const { tenantId, serviceProviderId } = change
  const carrierDeviceIds = rows.map(({ carrierDeviceId }) => carrierDeviceId)
  const devices = await findDevicesByCarrierId(context, { tenantId, serviceProviderId, carrierDeviceIds })
  const known = new Map(devices.map((device) => [device.carrierDeviceId, device]))
  const patient = patientSignal(context.signal, context.runtime.clock, GRACE_MS)
  let unwritten: readonly Statement[] = []
  try {
    for (const row of rows) {
      if (context.signal.aborted) break
      const refusal = refusalOf(row, known.get(row.carrierDeviceId))
      if (refusal) {
        unwritten = [...unwritten, refuseDevice(change, row.position, refusal, context.runtime.clock.now())]
        continue
      }
      const intent = intentOf(context, change, row)
      const begin = beginDevice(change, row.position, intent, context.runtime.clock.now())
      const results = await context.unit("bulk-change.begin-device", [...unwritten, ...begin])
      unwritten = []
      if (results.at(-1)?.length === 0) {
        // Cancelled meanwhile, and nothing more is begun; or another bulk change has this device in hand.
        const { state } = await getBulkChange(context, tenantId, change.id)
        if (state !== "processing") return
        unwritten = [refuseDevice(change, row.position, BUSY, context.runtime.clock.now())]
        continue
      }
      const answer = await sendOrReturn(context, carrier, change, row.position, intent, patient.signal)
      const now = context.runtime.clock.now()
      const deadlineAt = now + carrier.capabilities.readBackDeadlineMs.value
      unwritten = recordAnswer(change, row.position, answer, { now, deadlineAt })
    }
    if (unwritten.length > 0) await context.unit("bulk-change.record-answers", unwritten)
  } finally {
    patient.end()
  }
  context.signal.throwIfAborted()
}

function intentOf(context: JobContext, change: BulkChange, row: BulkChangeDevice): ChangeIntent {
  return {
    id: context.runtime.newId(),
    changeType: change.changeType,
    carrierDeviceId: row.carrierDeviceId,
    ratePlan: row.toRatePlan,
  }
}

/**
 * Sends one change. Where the carrier says that it surely did nothing for now, the device goes back in line and the job
 * waits; anything else that is thrown leaves the intent open, to be looked for and never sent again.
 */
async function sendOrReturn(
  context: JobContext,
  carrier: Carrier,
  change: BulkChange,
  position: number,
  intent: ChangeIntent,
  signal: AbortSignal,
): Promise<ChangeAnswer> {
  try {
    return await carrier.change(intent, { signal })
  } catch (error) {
    if (isCoreError(error, "carrier.unavailable") || isCoreError(error, "carrier.credentials")) {
      await context.unit("bulk-change.return-device", returnDevice(change, position, intent.id))
    }
    throw error
  }
}
