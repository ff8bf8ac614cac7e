import { MICRO_UNITS } from "../domain/mod.ts"
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
  yield line(COLUMNS)
  for await (const page of pages) yield page.map((result) => line(fieldsOf(result))).join("")
}

function fieldsOf(result: OptimizationResult): readonly string[] {
  return [
    text(result.carrierDeviceId),
    text(result.communicationPlan ?? ""),
    text(result.fromRatePlan),
    text(result.toRatePlan),
    String(result.usageBytes),
    String(result.smsCount),
    decimal(result.chargeBefore),
    decimal(result.chargeAfter),
    decimal(result.saving),
    text(result.reason),
  ]
}

function line(fields: readonly string[]): string {
  return `${fields.join(",")}\r\n`
}

/** Quotes where CSV asks for it. A leading formula sign gets an apostrophe, or a spreadsheet would run a carrier's text. */
function text(value: string): string {
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** Micro-units as a decimal with all six digits. */
function decimal(micro: number): string {
  const value = Math.abs(micro)
  const fraction = String(value % MICRO_UNITS).padStart(6, "0")
  return `${micro < 0 ? "-" : ""}${Math.floor(value / MICRO_UNITS)}.${fraction}`
}
