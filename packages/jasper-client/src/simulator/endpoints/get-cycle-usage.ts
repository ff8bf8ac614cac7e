import { answerJson, type SimulatorAnswer } from "../call.ts"
import { cycleAt } from "../billing-cycle.ts"
import { deviceIdentity } from "../device-identity.ts"
import { checkParameters, readProjection } from "../query.ts"
import { type EndpointCall, findDevice } from "./endpoint.ts"

/** GET `/devices/{iccid}/ctdUsages`: usage since the billing cycle began, without saying when that was. */
export function getCycleUsage(call: EndpointCall): SimulatorAnswer {
  checkParameters(call.query, [])
  const id = findDevice(call)
  const { fleet, state } = call.carrier
  const record = state.shownRecord(id)
  const cycle = cycleAt(call.now, call.carrier.options.modes.utcOffsetHours)
  const usage = call.carrier.meter.usage(id, cycle, call.now)
  const bytes = usage.homeBytes + usage.roamingBytes
  return answerJson(
    200,
    readProjection(call.query)({
      ...deviceIdentity(call.carrier, id),
      status: record.status,
      ratePlan: record.ratePlan,
      communicationPlan: record.communicationPlan,
      ctdDataUsage: bytes,
      ctdSMSUsage: usage.smsSent + usage.smsReceived,
      ctdVoiceUsage: 0,
      ctdSessionCount: bytes === 0 ? 0 : 1 + fleet.traitOf(id, 120),
      overageLimitReached: false,
      overageLimitOverride: record.fields["overageLimitOverride"] ?? "DEFAULT",
    }),
  )
}
