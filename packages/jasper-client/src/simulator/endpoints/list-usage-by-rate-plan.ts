import { answerJson, type SimulatorAnswer } from "../call.ts"
import { CarrierError } from "../carrier-error.ts"
import { type CycleUsage, NO_USAGE } from "../cycle-usage.ts"
import { checkParameters, placePage, readCycle, readPageRequest } from "../query.ts"
import { RATE_PLANS } from "../rate-plans.ts"
import { HOME_ZONE, ROAMING_ZONE } from "../usage-lists.ts"
import { type EndpointCall, requireAdvantage } from "./endpoint.ts"

const USAGE_TYPES = ["DATA", "SMS", "VOICE"]
const PARAMETERS = ["ratePlanName", "cycleStartDate", "usageType", "ratePlanVersion", "pageSize", "pageNumber"]

/**
 * GET `/usages`: the usage of a rate plan's SIMs, by zone. Only SIMs with usage are listed, and one that used two
 * zones is listed twice, possibly on two pages.
 */
export function listUsageByRatePlan(call: EndpointCall): SimulatorAnswer {
  const { carrier, query, now } = call
  requireAdvantage(call)
  checkParameters(query, PARAMETERS)
  const ratePlanName = query.get("ratePlanName")
  if (ratePlanName === null) throw new CarrierError("10000011")
  const version = query.get("ratePlanVersion") ?? "1"
  if (version !== "1" || RATE_PLANS.every((plan) => plan.name !== ratePlanName)) throw new CarrierError("10000013")
  const usageType = query.get("usageType")
  if (usageType !== null && !USAGE_TYPES.includes(usageType)) throw new CarrierError("10000028")
  const cycle = readCycle(query, now, carrier.options.modes)
  const page = readPageRequest(query, carrier.options.modes)

  const { home, roaming } = carrier.usageLists.of(ratePlanName, cycle, now)
  const { start, lastPage } = placePage(page, home.length + roaming.length, carrier.options.modes)
  const end = start + page.pageSize
  const usageOf = (id: number): CycleUsage =>
    carrier.meter.ratedUsage(id, cycle, now).find((rated) => rated.ratePlan === ratePlanName)?.usage ?? NO_USAGE
  const row = (id: number, isHome: boolean) => {
    const usage = usageOf(id)
    const all = {
      dataUsage: isHome ? usage.homeBytes : usage.roamingBytes,
      smsMOUsage: isHome ? usage.smsSent : 0,
      smsMTUsage: isHome ? usage.smsReceived : 0,
      voiceMOUsage: 0,
      voiceMTUsage: 0,
    }
    return { deviceId: carrier.fleet.iccidOf(id), usage: selectUsage(all, usageType) }
  }
  const roamingPart = roaming.subarray(Math.max(0, start - home.length), Math.max(0, end - home.length))
  const zones = [
    { zone: HOME_ZONE, devices: Array.from(home.subarray(start, end), (id) => row(id, true)) },
    { zone: ROAMING_ZONE, devices: Array.from(roamingPart, (id) => row(id, false)) },
  ]
  return answerJson(200, {
    ratePlanName,
    pageNumber: page.pageNumber,
    lastPage,
    zones: zones.filter((zone) => zone.devices.length > 0),
  })
}

/** Keeps the figures of one service, such as `smsMOUsage` for `SMS`. */
function selectUsage(
  usage: Readonly<Record<string, number>>,
  usageType: string | null,
): Readonly<Record<string, number>> {
  if (usageType === null) return usage
  return Object.fromEntries(Object.entries(usage).filter(([name]) => name.startsWith(usageType.toLowerCase())))
}
