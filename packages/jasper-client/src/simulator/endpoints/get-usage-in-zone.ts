import { answerJson, type SimulatorAnswer } from "../call.ts"
import { CarrierError } from "../carrier-error.ts"
import { checkParameters, readCycle, readProjection } from "../query.ts"
import { HOME_ZONE, ROAMING_ZONE } from "../usage-lists.ts"
import { formatStyleB } from "../wire-dates.ts"
import { type EndpointCall, findDevice, requireAdvantage } from "./endpoint.ts"

/** GET `/devices/{iccid}/usageInZone`: one of the last three cycles, by the plan and the zone of the usage. */
export function getUsageInZone(call: EndpointCall): SimulatorAnswer {
  const { carrier, query, now } = call
  requireAdvantage(call)
  checkParameters(query, ["cycleStartDate", "ratePlan", "zone", "isActiveRatePlan"])
  const id = findDevice(call)
  const cycle = readCycle(query, now, carrier.options.modes)
  const zone = query.get("zone")
  if (zone !== null && zone !== HOME_ZONE && zone !== ROAMING_ZONE) throw new CarrierError("10000031")
  const wantedPlan = query.get("ratePlan")
  const plans = carrier.meter
    .ratedUsage(id, cycle, now)
    .filter(({ ratePlan }) => wantedPlan === null || ratePlan === wantedPlan)
  const byPlan = plans.map(({ ratePlan, usage }) => {
    const rows = [
      zoneRow(ratePlan, HOME_ZONE, usage.homeBytes, usage.smsReceived, usage.smsSent),
      ...(usage.roamingBytes > 0 ? [zoneRow(ratePlan, ROAMING_ZONE, usage.roamingBytes, 0, 0)] : []),
    ]
    return [`${ratePlan}, 1`, rows.filter((row) => zone === null || row.zone === zone)] as const
  })
  return answerJson(
    200,
    readProjection(query)({
      iccid: call.subject,
      timeStamp: formatStyleB(now),
      cycleStartDate: formatStyleB(cycle.startsAt),
      cycleEndDate: formatStyleB(cycle.endsAt - 1000),
      deviceCycleUsageInZones: Object.fromEntries(byPlan),
    }),
  )
}

function zoneRow(ratePlan: string, zone: string, dataUsage: number, received: number, sent: number) {
  return {
    ratePlan,
    ratePlanVersion: "1",
    zone,
    dataUsage,
    dataUsageUnit: "bytes",
    voiceMTUsage: null,
    voiceMTUsageUnit: null,
    voiceMOUsage: null,
    voiceMOUsageUnit: null,
    smsmtusage: received,
    smsmousage: sent,
  }
}
