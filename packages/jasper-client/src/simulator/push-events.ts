import type { DeviceRecord } from "./device-record.ts"
import type { PushEvent } from "./push.ts"

/** The events that a change of a SIM sets off. */
export function pushEventsOf(
  iccid: string,
  before: DeviceRecord,
  after: DeviceRecord,
  at: number,
): readonly PushEvent[] {
  const events: PushEvent[] = []
  const eventId = `EV-${iccid}-${at}`
  if (before.status !== after.status) {
    const data = { iccid, previousState: before.status, currentState: after.status }
    events.push({ eventId: `${eventId}-S`, eventType: "SIM_STATE_CHANGE", at, data })
  }
  if (before.ratePlan !== after.ratePlan) {
    const data = { iccid, previousRatePlan: before.ratePlan, currentRatePlan: after.ratePlan }
    events.push({ eventId: `${eventId}-P`, eventType: "SIM_RATEPLAN_CHANGE", at, data })
  }
  return events
}
