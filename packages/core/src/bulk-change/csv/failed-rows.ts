import { csvLine, parseCsvLine } from "../../domain/mod.ts"
import type { DeviceFileHeader } from "./device-file.ts"
import { delimiterOf } from "./match-header.ts"

/** A line that failed, when it was read or later, and why. */
export interface FailedRow {
  /** The line as it was. */
  readonly text: string
  readonly reason: string
}

const REASON = "Error"

/**
 * A file of the lines that failed: as they were, with the reason in one more column. Mended, it can be handed in again;
 * the column of reasons is then carried along and not read.
 *
 * @param header Of the file the lines come from.
 */
export async function* failedRowsCsv(
  header: DeviceFileHeader,
  rows: AsyncIterable<FailedRow> | Iterable<FailedRow>,
): AsyncGenerator<string, void> {
  const names = header.columns.map(({ name }) => name)
  const width = names.at(-1) === REASON ? names.length - 1 : names.length
  yield csvLine([...names.slice(0, width), REASON])
  for await (const { text, reason } of rows) {
    const parsed = parseCsvLine(text, delimiterOf(header, text))
    // A line that is no CSV is kept whole in its first column: to be seen and mended, not lost.
    const cells = parsed.fault === undefined ? parsed.fields : [text]
    yield csvLine([...names.slice(0, width).map((_, at) => asText(cells[at] ?? "")), reason])
  }
}

/** Long numbers as text, or the spreadsheet that opens the file loses their digits. */
function asText(cell: string): string {
  return /^\d{12,}$/.test(cell) ? `'${cell}` : cell
}
