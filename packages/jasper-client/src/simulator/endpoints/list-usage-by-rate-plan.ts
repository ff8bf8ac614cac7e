import { answerJson, type SimulatorAnswer } from "../call.ts"
import { CarrierError } from "../carrier-error.ts"
import { checkParameters, placePage, readPageRequest } from "../query.ts"
import { RATE_PLANS } from "../rate-plans.ts"
import { HOME_ZONE, ROAMING_ZONE } from "../usage-lists.ts"
import type { Carrier, EndpointCall } from "./endpoint.ts"

const PARAMETERS = ["ratePlanName", "cycleStartDate", "usageType", "ratePlanVersion", "pageSize", "pageNumber"]

/**
 * GET `/usages`: the usage of a rate plan's SIMs, by zone. Only SIMs with usage are listed, and one that used two
 * zones is listed twice, possibly on two pages.
 */
export function listUsageByRatePlan({ carrier, query }: EndpointCall): SimulatorAnswer {
  checkParameters(query, PARAMETERS)
  const ratePlanName = query.get("ratePlanName")
  if (ratePlanName === null) throw new CarrierError("10000011")
  const planIndex = RATE_PLANS.findIndex((plan) => plan.name === ratePlanName)
  if (planIndex < 0) throw new CarrierError("10000013")
  const page = readPageRequest(query, carrier.options.modes)

  const home = carrier.usageLists.of(planIndex, HOME_ZONE)
  const roaming = carrier.usageLists.of(planIndex, ROAMING_ZONE)
  const { start, lastPage } = placePage(page, home.length + roaming.length, carrier.options.modes)
  const end = start + page.pageSize
  const zones = [
    zoneOf(carrier, HOME_ZONE, home.subarray(start, end)),
    zoneOf(carrier, ROAMING_ZONE, roaming.subarray(Math.max(0, start - home.length), Math.max(0, end - home.length))),
  ]
  return answerJson(200, {
    ratePlanName,
    pageNumber: page.pageNumber,
    lastPage,
    zones: zones.filter((zone) => zone.devices.length > 0),
  })
}

function zoneOf(
  { fleet }: Carrier,
  zone: string,
  ids: Int32Array,
): { readonly zone: string; readonly devices: readonly unknown[] } {
  const devices = Array.from(ids, (id) => {
    const usage = fleet.usageOf(id)
    const isHome = zone === HOME_ZONE
    return {
      deviceId: fleet.iccidOf(id),
      usage: {
        dataUsage: isHome ? usage.homeBytes : usage.roamingBytes,
        smsMOUsage: isHome ? usage.smsSent : 0,
        smsMTUsage: isHome ? usage.smsReceived : 0,
        voiceMOUsage: 0,
        voiceMTUsage: 0,
      },
    }
  })
  return { zone, devices }
}
