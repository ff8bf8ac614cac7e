import { csvLine, MICRO_UNITS } from "../domain/mod.ts"
import type { Platform } from "../store/mod.ts"
import { eachResult, type OptimizationResult } from "./list-results.ts"

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
]

/**
 * The priced SIMs of a session as CSV (RFC 4180), in pieces of a few thousand lines. Money has six decimals, which is
 * all there are, so the saving column adds up to the session's saving exactly. SIMs that stay are in it too: what they
 * pay for a shared pool changes when others move.
 *
 * @param request `movesOnly` leaves them out, and with them the exact sum.
 * @throws {CoreError} `input.not_found` if the tenant has no such session.
 */
export async function* optimizationCsv(
  core: Platform,
  request: { readonly tenantId: string; readonly sessionId: string; readonly movesOnly?: boolean },
): AsyncGenerator<string, void> {
  const key = { tenantId: request.tenantId, id: request.sessionId }
  const pages = eachResult(core, key, { movesOnly: request.movesOnly ?? false, limit: 2_000 })
  yield csvLine(COLUMNS)
  for await (const page of pages) yield page.map((result) => csvLine(fieldsOf(result))).join("")
}

function fieldsOf(result: OptimizationResult): Parameters<typeof csvLine>[0] {
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
  ]
}

/** Micro-units as a decimal with all six digits. */
function decimal(micro: number): string {
  const value = Math.abs(micro)
  const fraction = String(value % MICRO_UNITS).padStart(6, "0")
  return `${micro < 0 ? "-" : ""}${Math.floor(value / MICRO_UNITS)}.${fraction}`
}
