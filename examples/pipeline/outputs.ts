import { createWriteStream, writeFileSync } from "node:fs"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { collectOptimizationReport, optimizationCsv, renderOptimizationReport } from "@altaworx/core/optimization"
import type { DataFolder } from "./data-folder.ts"
import { type PipelineResult, TENANT_ID } from "./pipeline.ts"
import type { Results } from "./results.ts"

/** Writes what the run leaves behind: the report, its rows, the changes that failed, and last of all the figures. */
export async function writeOutputs(result: PipelineResult, results: Results, folder: DataFolder): Promise<void> {
  const { core, optimizationSessionId: sessionId } = result
  const report = await collectOptimizationReport(core, {
    tenantId: TENANT_ID,
    sessionId,
    serviceProvider: "Simulated Control Center",
    certificate: results.certificate,
    changes: results.lastRun.apply,
  })
  writeFileSync(folder.report, renderOptimizationReport(report))
  await pipeline(
    Readable.from(optimizationCsv(core, { tenantId: TENANT_ID, sessionId })),
    createWriteStream(folder.csv),
  )
  writeFileSync(folder.failures, failureRows(results.failures))
  writeFileSync(folder.lastRun, `${JSON.stringify(results.lastRun, null, 2)}\n`)
}

function failureRows(failures: Results["failures"]): string {
  const planOf = (values: Results["failures"][number]["from"]) => String(values["ratePlan"] ?? "")
  const quoted = (text: string | null) => `"${(text ?? "").replaceAll('"', '""')}"`
  const rows = failures.map(({ identifier, from, to, status, code, text }) =>
    [identifier, quoted(planOf(from)), quoted(planOf(to)), status, quoted(code), quoted(text)].join(","),
  )
  return ["device,fromRatePlan,toRatePlan,status,code,text", ...rows, ""].join("\r\n")
}
