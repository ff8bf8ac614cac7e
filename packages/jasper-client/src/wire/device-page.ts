import type { Answer } from "../transport/caller.ts"
import type { DeviceSummary } from "./device-summary.ts"
import { isIccid } from "./iccid.ts"
import { schemaError } from "./read-answer.ts"

/** One answer of Search Devices. */
export interface DevicePage {
  readonly rows: readonly DeviceSummary[]
  /** The carrier's word on whether more follow; undefined when it says nothing. No evidence: it was seen lying. */
  readonly lastPage: boolean | undefined
  /** Newer carrier releases only. */
  readonly totalCount: number | undefined
}

/**
 * Reads a page of Search Devices. By hand: a scan reads millions of rows, and a schema library costs ten times as much
 * a row.
 *
 * @throws {JasperError} `response.schema`, with the path of the first wrong field.
 */
export function readDevicePage(answer: Answer): DevicePage {
  const page = answer.json as { devices?: unknown; lastPage?: unknown; totalCount?: unknown } | null
  if (typeof page !== "object" || page === null) throw schemaError(answer, "the answer", "an object")
  if (!Array.isArray(page.devices)) throw schemaError(answer, "devices", "a list")
  const rows: DeviceSummary[] = []
  for (const [index, row] of page.devices.entries()) {
    rows.push(readRow(row as Partial<Record<keyof DeviceSummary, unknown>> | null, index, answer))
  }
  return {
    rows,
    lastPage: page.lastPage === true || page.lastPage === "true" ? true : page.lastPage === false ? false : undefined,
    totalCount: typeof page.totalCount === "number" && page.totalCount >= 0 ? page.totalCount : undefined,
  }
}

function readRow(
  row: Partial<Record<keyof DeviceSummary, unknown>> | null,
  index: number,
  answer: Answer,
): DeviceSummary {
  if (typeof row !== "object" || row === null) throw schemaError(answer, `devices.${index}`, "an object")
  const { iccid, status, ratePlan, communicationPlan } = row
  if (!isIccid(iccid)) throw schemaError(answer, `devices.${index}.iccid`, "an ICCID of 19 or 20 digits")
  if (typeof status !== "string") throw schemaError(answer, `devices.${index}.status`, "text")
  return {
    iccid,
    status,
    ratePlan: nameOf(ratePlan, index, "ratePlan", answer),
    communicationPlan: nameOf(communicationPlan, index, "communicationPlan", answer),
  }
}

function nameOf(value: unknown, index: number, key: string, answer: Answer): string | null {
  if (value === undefined || value === null || value === "") return null
  if (typeof value !== "string") throw schemaError(answer, `devices.${index}.${key}`, "text or null")
  return value
}
