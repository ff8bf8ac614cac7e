import type { OptimizationReport } from "./report.ts"

/**
 * The report as JSON for programs: money in micro-units and volumes of the fleet as decimal strings, because they may pass
 * 2^53; instants as ISO 8601 in UTC. The field names are those of {@link OptimizationReport}.
 */
export function renderOptimizationReportJson(report: OptimizationReport): string {
  return JSON.stringify(report, toJson, 2)
}

function toJson(name: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value)
  return typeof value === "number" && name.endsWith("At") ? new Date(value).toISOString() : value
}
