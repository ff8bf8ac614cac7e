import { csvLine, MICRO_UNITS } from "../../domain/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { eachLeftOutDevice, type LeftOutDevice } from "../results/left-out.ts"
import { eachResult, type OptimizationResult } from "../results/list-results.ts"

const COLUMNS = [
  "device",
  "communicationPlan",
  "fromRatePlan",
  "toRatePlan",
  "usageBytes",
  "smsCount",
  "chargeBefore",
  "chargeAfter",
  "saving",
  "reason",
  "serviceProvider",
  "days",
  "projectedBytes",
  "lowBytes",
  "highBytes",
  "baseRateBefore",
  "rateChargeBefore",
  "overageBefore",
  "smsBefore",
  "baseRateAfter",
  "rateChargeAfter",
  "overageAfter",
  "smsAfter",
]

/**
 * The SIMs of a session as CSV (RFC 4180), in pieces of a few thousand lines: the priced ones with their charges in parts and
 * their usage at the end of the period with its band, then those that were left out, with the reason, no charges and a saving
 * of zero. Money has six decimals, which is all there are, so the saving column adds up to the session's saving exactly. SIMs
 * that stay are in it too: what they pay for a shared pool changes when others move.
 *
 * @param request `movesOnly` leaves both out, and with them the exact sum.
 * @throws {CoreError} `input.not_found` if the tenant has no such session.
 */
export async function* optimizationCsv(
  core: Platform,
  request: { readonly tenantId: string; readonly sessionId: string; readonly movesOnly?: boolean },
): AsyncGenerator<string, void> {
  const key = { tenantId: request.tenantId, id: request.sessionId }
  const movesOnly = request.movesOnly ?? false
  const pages = eachResult(core, key, { movesOnly, limit: 2_000 })
  yield csvLine(COLUMNS)
  for await (const page of pages) yield page.map((result) => csvLine(fieldsOf(result))).join("")
  if (movesOnly) return
  for await (const page of eachLeftOutDevice(core, request))
    yield page.map((device) => csvLine(leftOut(device))).join("")
}

type Fields = Parameters<typeof csvLine>[0]

function fieldsOf(result: OptimizationResult): Fields {
  const { componentsBefore: before, componentsAfter: after } = result
  return [
    result.carrierDeviceId,
    result.communicationPlan ?? "",
    result.fromRatePlan,
    result.toRatePlan,
    result.usageBytes,
    result.smsCount,
    decimal(result.chargeBefore),
    decimal(result.chargeAfter),
    decimal(result.saving),
    result.reason,
    result.serviceProviderId,
    result.days,
    result.projectedBytes,
    result.lowBytes,
    result.highBytes,
    ...[before, after].flatMap(({ baseRate, rateCharge, overage, sms }) =>
      [baseRate, rateCharge, overage, sms].map(decimal),
    ),
  ]
}

function leftOut(device: LeftOutDevice): Fields {
  const { carrierDeviceId, communicationPlan, ratePlan, usageBytes, smsCount, reason, serviceProviderId } = device
  const plan = ratePlan ?? ""
  // Nobody priced it, so it has no charges; that it saves nothing is known.
  const fields = [
    carrierDeviceId,
    communicationPlan ?? "",
    plan,
    plan,
    usageBytes,
    smsCount,
    "",
    "",
    decimal(0),
    reason,
  ]
  return [...fields, serviceProviderId, ...Array.from({ length: COLUMNS.length - fields.length - 1 }, () => "")]
}

/** Micro-units as a decimal with all six digits. */
function decimal(micro: number): string {
  const value = Math.abs(micro)
  const fraction = String(value % MICRO_UNITS).padStart(6, "0")
  return `${micro < 0 ? "-" : ""}${Math.floor(value / MICRO_UNITS)}.${fraction}`
}
