import { ACCOUNT_ID, ACCOUNT_NAME, OPERATOR } from "../account.ts"
import { answerJson, type SimulatorAnswer } from "../call.ts"
import { CarrierError } from "../carrier-error.ts"
import { checkParameters, placePage, readPageRequest, readProjection } from "../query.ts"
import { CURRENCY, RATE_PLANS, type SimulatedRatePlan } from "../rate-plans.ts"
import { ROAMING_ZONE, HOME_ZONE } from "../usage-lists.ts"
import { VARIED_PLANS } from "../varied-plans.ts"
import { formatStyleB } from "../wire-dates.ts"
import type { EndpointCall } from "./endpoint.ts"

/** GET `/rateplans`: the published plans with their prices, as strings in units of the currency. */
export function listRatePlans({ carrier, query, now }: EndpointCall): SimulatorAnswer {
  checkParameters(query, ["accountId", "pageSize", "pageNumber"])
  const accountId = query.get("accountId")
  if (accountId !== null && accountId !== ACCOUNT_ID) throw new CarrierError("10000004")
  const page = readPageRequest(query, carrier.options.modes)
  const plain = RATE_PLANS.map(wirePlan)
  const plans = carrier.options.modes.ratePlans === "plain" ? plain : [...plain, ...VARIED_PLANS]
  const { start, lastPage } = placePage(page, plans.length, carrier.options.modes)
  return answerJson(200, {
    ...OPERATOR,
    timeStamp: formatStyleB(now),
    pageNumber: page.pageNumber,
    lastPage,
    ratePlans: plans.slice(start, start + page.pageSize).map(readProjection(query)),
  })
}

function wirePlan(plan: SimulatedRatePlan): Readonly<Record<string, unknown>> {
  const monthly = decimal(plan.monthlyMicros)
  const zone = {
    includedData: String(plan.includedMegabytes),
    includedDataUnit: "MB",
    zoneUsageLimitUnit: "MB",
    bulkOverageEnabled: false,
    useTheseDataRoundingSettingsForAllZones: "true",
    dataRoundingUnit: "1 KB",
    dataRoundingFrequency: "Billing Cycle",
    tiers: [
      {
        tierLevel: 1,
        subscribersMoreThan: 0,
        subscribersUpTo: "Unlimited",
        dataOverage: decimal(plan.overageMicrosPerMegabyte),
        dataOverageUnit: `${CURRENCY}/MB`,
      },
    ],
  }
  return {
    name: plan.name,
    id: plan.id,
    accountName: ACCOUNT_NAME,
    accountId: ACCOUNT_ID,
    versionId: plan.id + 10_000,
    version: 1,
    status: "PUBLISHED",
    type: plan.pooled ? "Monthly - Pooled Subscriber" : "Monthly - Individual Subscriber",
    subscriptionCharge: monthly,
    subscriptionChargeUnit: CURRENCY,
    numberOfTiers: 1,
    tierTreatment: "NONE",
    lengthOfTerm: "1 Month",
    expireTermBasedOnUsage: false,
    tiers: [{ tierLevel: 1, subscriberThreshold: 0, subscriberCapacity: "Unlimited", perSubscriberCharge: monthly }],
    zones: { reportOverageAsRoaming: { [HOME_ZONE]: "false", [ROAMING_ZONE]: "false" } },
    // One zone with an allowance: usage in every zone of the plan draws on it.
    dataUsage: { useDefaultRating: false, zones: { [HOME_ZONE]: zone } },
  }
}

/** Micro-units as a decimal string: `800000` is `"0.80"`, `4500` is `"0.0045"`. */
function decimal(micros: number): string {
  const whole = Math.floor(micros / 1_000_000)
  const fraction = String(micros % 1_000_000).padStart(6, "0")
  return `${whole}.${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, "")}`
}
