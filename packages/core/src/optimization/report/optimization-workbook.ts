import writeExcelFile, { type Cell, type Sheet } from "write-excel-file/universal"
import { MICRO_UNITS } from "../../domain/mod.ts"
import { CoreError } from "../../errors/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { collectOptimizationReport } from "./collect-report.ts"
import { eachResult, type OptimizationResult } from "../results/list-results.ts"
import { eachLeftOutDevice, type LeftOutDevice } from "../results/left-out.ts"
import { EXCLUSION_TEXT } from "../results/move-reason.ts"
import type { OptimizationReport, ReportedForecast } from "./report.ts"
import { DROPPED_TEXT } from "./report-tables.ts"
import type { CostComponents } from "../session/session.ts"

export interface OptimizationWorkbookRequest {
  readonly tenantId: string
  readonly sessionId: string
  /** Leaves out the SIMs that stay. @default false */
  readonly movesOnly?: boolean
  /** More SIMs than this are refused: a workbook is built in memory, about 4 KB a row. @default 100000 */
  readonly maxRows?: number
}

/** An `.xlsx` file of a session, as people get it by mail. */
export interface OptimizationWorkbook {
  readonly contentType: string
  readonly content: Blob
}

/**
 * A session as a workbook: statistics, each rate plan before and after with its cost in parts and its usage at the end of the
 * period, what was left out and why, and a row for each SIM.
 * Identifiers are text, so no digit is lost; money is a number of two shown decimals. For larger fleets, and for
 * programs, see `optimizationCsv`.
 *
 * @throws {CoreError} `input.not_found` if the tenant has no such session; `input.invalid` while it has no result, and,
 *   field `maxRows`, for more SIMs than that.
 */
export async function optimizationWorkbook(
  core: Platform,
  request: OptimizationWorkbookRequest,
): Promise<OptimizationWorkbook> {
  const { tenantId, sessionId, movesOnly = false, maxRows = 100_000 } = request
  const report = await collectOptimizationReport(core, { tenantId, sessionId, moveCount: 1 })
  const rowCount = movesOnly ? report.moveCount : report.deviceCount + unpricedCount(report)
  if (rowCount > maxRows) {
    throw new CoreError(
      "input.invalid",
      `Cannot write the workbook: it would have ${rowCount} rows, ${maxRows} are allowed; take the CSV or only the moves`,
      { field: "maxRows" },
    )
  }
  const assignments = [header(...ASSIGNMENT_COLUMNS)]
  for await (const page of eachResult(core, { tenantId, id: sessionId }, { movesOnly, limit: 2_000 })) {
    assignments.push(...page.map(assignmentRow))
  }
  const leftOutDevices = [header("Device", "Communication plan", "Rate plan", "Usage, bytes", "Why")]
  if (!movesOnly) {
    for await (const page of eachLeftOutDevice(core, { tenantId, sessionId })) {
      leftOutDevices.push(...page.map(leftOutRow))
    }
  }
  const sheets = [
    sheet("Statistics", [28, 24], statistics(report)),
    sheet("Rate plans", [28, 14, 18, 14, 14, 16, 16], ratePlans(report)),
    sheet("Cost by component", [28, ...PARTS.flatMap(() => [16, 16])], components(report)),
    sheet("Usage", [28, 18, 18, 18, 18], forecast(report)),
    sheet("Left out", [32, 14, 60], leftOut(report)),
    ...(movesOnly ? [] : [sheet("Left out devices", [24, 20, 24, 16, 60], leftOutDevices)]),
    sheet("Assignments", [24, 20, 24, 24, 16, 10, 14, 14, 14, 80, 18, 18, 18], assignments),
  ]
  const content = await writeExcelFile(sheets).toBlob()
  return { contentType: content.type, content }
}

const ASSIGNMENT_COLUMNS = [
  "Device",
  "Communication plan",
  "Rate plan before",
  "Rate plan after",
  "Usage, bytes",
  "SMS",
  "Charge before",
  "Charge after",
  "Saving",
  "Reason",
  "Usage at the end, bytes",
  "at least",
  "at most",
]

function assignmentRow(result: OptimizationResult): Cell[] {
  return [
    text(result.carrierDeviceId),
    text(result.communicationPlan ?? ""),
    text(result.fromRatePlan),
    text(result.toRatePlan),
    count(result.usageBytes),
    count(result.smsCount),
    money(result.chargeBefore),
    money(result.chargeAfter),
    money(result.saving),
    text(result.reason),
    count(result.projectedBytes),
    count(result.lowBytes),
    count(result.highBytes),
  ]
}

function leftOutRow(device: LeftOutDevice): Cell[] {
  return [
    text(device.carrierDeviceId),
    text(device.communicationPlan ?? ""),
    text(device.ratePlan ?? ""),
    count(device.usageBytes),
    text(device.reason),
  ]
}

/** Devices without a result: those that may not move and use no pool that others move in. */
function unpricedCount({ exclusions }: OptimizationReport): number {
  return exclusions.reduce((sum, { isPriced, deviceCount }) => sum + (isPriced ? 0 : deviceCount), 0)
}

const PARTS = ["baseRate", "rateCharge", "overage", "sms"] as const

function components(report: OptimizationReport): Cell[][] {
  const { before, after } = report.components ?? { before: undefined, after: undefined }
  const row = (name: string, from: CostComponents | undefined, to: CostComponents | undefined): Cell[] => [
    text(name),
    ...PARTS.flatMap((part) => [money(BigInt(from?.[part] ?? 0)), money(BigInt(to?.[part] ?? 0))]),
  ]
  const names = ["Base rate", "Rate charge", "Overage", "SMS"]
  return [
    header("Rate plan", ...names.flatMap((name) => [`${name} before`, `${name} after`])),
    ...report.ratePlans.map((plan) => row(plan.name, plan.componentsBefore, plan.componentsAfter)),
    row("All", before, after),
  ]
}

function forecast(report: OptimizationReport): Cell[][] {
  const row = (name: string, { usedBytes, projectedBytes, lowBytes, highBytes }: ReportedForecast): Cell[] => [
    text(name),
    ...[usedBytes, projectedBytes, lowBytes, highBytes].map((bytes) => count(Number(bytes))),
  ]
  return [
    header("Rate plan after", "Used, bytes", "At the end, bytes", "at least", "at most"),
    ...report.ratePlans.filter(({ devicesAfter }) => devicesAfter > 0).map((plan) => row(plan.name, plan.forecast)),
    row("All", report.forecast),
  ]
}

function statistics(report: OptimizationReport): Cell[][] {
  const instant = (at: number) => text(new Date(at).toISOString())
  return [
    [bold("Session"), text(report.sessionId)],
    [bold("Service provider"), text(report.serviceProvider)],
    [bold("Billing period from"), instant(report.period.startsAt)],
    [bold("to"), instant(report.period.endsAt)],
    [bold("Finished"), instant(report.finishedAt)],
    [bold("SIMs optimized"), count(report.deviceCount)],
    [bold("SIMs left out"), count(report.excludedCount)],
    [bold("SIMs that move"), count(report.moveCount)],
    [bold("Cost before"), money(report.currentCost)],
    [bold("Cost after"), money(report.cost)],
    [bold("Saving"), money(report.saving)],
    [bold("No assignment costs less than"), money(report.lowerBound)],
    [bold("Gap"), { value: report.gap, type: Number, format: "0.0000%" }],
  ]
}

function ratePlans(report: OptimizationReport): Cell[][] {
  return [
    header("Rate plan", "Monthly", "Included, bytes", "SIMs before", "SIMs after", "Cost before", "Cost after"),
    ...report.ratePlans.map((plan) => [
      text(plan.name),
      money(plan.monthly),
      count(plan.includedBytes),
      count(plan.devicesBefore),
      count(plan.devicesAfter),
      money(plan.costBefore),
      money(plan.costAfter),
    ]),
  ]
}

function leftOut(report: OptimizationReport): Cell[][] {
  return [
    header("What", "SIMs", "Why"),
    ...report.exclusions.map((exclusion) => [
      text(exclusion.communicationPlan ?? "(no communication plan)"),
      count(exclusion.deviceCount),
      text(EXCLUSION_TEXT[exclusion.reason]),
    ]),
    ...report.droppedRatePlans.map((plan) => [text(plan.ratePlan), count(0), text(DROPPED_TEXT[plan.reason])]),
  ]
}

function sheet(name: string, widths: readonly number[], data: Cell[][]): Sheet<Blob> {
  return { sheet: name, columns: widths.map((width) => ({ width })), data }
}

const header = (...names: string[]): Cell[] => names.map(bold)
const bold = (value: string): Cell => ({ value, type: String, fontWeight: "bold" })
/** As text even where it looks like a number or a formula. */
const text = (value: string): Cell => ({ value, type: String })
const count = (value: number): Cell => ({ value, type: Number, format: "#,##0" })
const money = (micro: number | bigint): Cell => ({
  value: Number(micro) / MICRO_UNITS,
  type: Number,
  format: "#,##0.00",
})
