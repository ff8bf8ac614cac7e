import { parseCsvLine, type TextLine, textLines } from "../../domain/mod.ts"
import { CoreError } from "../../errors/mod.ts"
import type {
  DeviceFileEntry,
  DeviceFileFaultCode,
  DeviceFileField,
  DeviceFileHeader,
  DeviceFileRow,
} from "./device-file.ts"
import { delimiterOf, matchHeader } from "./match-header.ts"
import { identifierOf } from "./spoiled-identifier.ts"

const REASONS: Readonly<Record<DeviceFileFaultCode, string>> = {
  device_missing: "no device is named; fill in one of the identifiers",
  digits_lost: "a spreadsheet has lost the last digits; format the column as text and paste the identifiers again",
  identifier_invalid: "not an identifier: 5 to 32 digits are expected",
  line_too_long: "the line is longer than 64 Ki characters",
  not_utf8: "the line is not UTF-8; save the file as CSV UTF-8",
  open_quote: "a quote is not closed on its line",
  quote_inside_field: "a quote stands inside a field; write it twice",
  too_many_fields: "there are more fields than columns; quote fields that contain the delimiter",
}

const IDENTIFIERS: readonly DeviceFileField[] = ["device", "iccid", "imei", "msisdn", "eid", "newIccid", "newImei"]

/**
 * Reads a file of devices as people make them: CSV with a header in any order of columns, or a bare list of identifiers,
 * one a line. What is wrong with a line is said of that line; all others are read. A million lines take the memory of one.
 *
 * @param source Pieces of text or of bytes, for example the body of a request.
 * @throws {CoreError} `input.invalid`, field `header`: the file is empty, no column names the device, or two columns mean
 *   the same. Nothing was read by then.
 * @example
 * ```ts
 * import { readDeviceFile } from "@altaworx/core/bulk-change"
 *
 * const file = "ICCID,Rate Plan\n8900000000000000017,Flex 5MB\n8.90E+18,Flex 5MB\n"
 * for await (const entry of readDeviceFile([file])) {
 *   if (entry.kind === "row") console.log(entry.line, entry.values.carrierRatePlan) // 2 Flex 5MB
 *   if (entry.kind === "fault") console.log(entry.line, entry.column, entry.code) // 3 ICCID digits_lost
 * }
 * ```
 */
export async function* readDeviceFile(
  source: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): AsyncGenerator<DeviceFileEntry, void> {
  let header: DeviceFileHeader | undefined
  for await (const line of textLines(source)) {
    // Spreadsheets leave lines of nothing but delimiters.
    if (/^[\s,;]*$/.test(line.text) && !line.cut) continue
    if (header === undefined) {
      header = matchHeader(line.text)
      yield { kind: "header", header }
      if (header.text !== null) continue
    }
    yield entryOf(line, header)
  }
  if (header === undefined) {
    throw new CoreError("input.invalid", "Cannot read the file: it is empty", { field: "header" })
  }
}

function entryOf(line: TextLine, header: DeviceFileHeader): DeviceFileEntry {
  const { number, text } = line
  const fault = (code: DeviceFileFaultCode, column: string | null = null): DeviceFileEntry => ({
    kind: "fault",
    line: number,
    text,
    column,
    code,
    reason: REASONS[code],
  })
  if (line.cut) return fault("line_too_long")
  if (text.includes("\uFFFD")) return fault("not_utf8")
  const parsed = parseCsvLine(text, delimiterOf(header, text))
  if (parsed.fault !== undefined) return fault(parsed.fault)
  const cells = parsed.fields.map((cell) => cell.trim())
  // Spreadsheets end lines with empty fields.
  if (cells.slice(header.columns.length).some((cell) => cell !== "")) return fault("too_many_fields")
  const values: Partial<Record<DeviceFileField, string>> = {}
  for (const [at, { field, name }] of header.columns.entries()) {
    const cell = cells[at] ?? ""
    if (field === null || cell === "") continue
    if (!IDENTIFIERS.includes(field)) {
      values[field] = unguarded(cell)
      continue
    }
    const identifier = identifierOf(cell)
    if (identifier === undefined) return fault("digits_lost", name)
    const digits = identifier.replaceAll(/[\s-]/g, "").replace(/^\+/, "")
    if (!/^\d{5,32}$/.test(digits)) return fault("identifier_invalid", name)
    values[field] = digits
  }
  if (!IDENTIFIERS.slice(0, 5).some((field) => values[field] !== undefined)) return fault("device_missing")
  return { kind: "row", line: number, text, values } satisfies { kind: "row" } & DeviceFileRow
}

/** Without the apostrophe that keeps a spreadsheet from running a text, as our own files have it. */
function unguarded(cell: string): string {
  return /^'[=+@-]/.test(cell) ? cell.slice(1) : cell
}
