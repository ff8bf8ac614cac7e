import { appendFileSync, existsSync, openSync, readFileSync, truncateSync } from "node:fs"
import type { JournalEntry, SimulatorJournal } from "../journal.ts"

/**
 * Opens a journal in a file: one JSON line for each entry, written before the answer goes out.
 *
 * A process that is killed in the middle of a line leaves that line torn. Its answer never went out, so the line is
 * cut off here and the file goes on from the last whole one.
 *
 * @throws {SyntaxError} If any other line cannot be read.
 */
export function openJournalFile(path: string): SimulatorJournal {
  const entries = existsSync(path) ? readEntries(path) : []
  const file = openSync(path, "a")
  return {
    entries,
    append(entry) {
      appendFileSync(file, `${JSON.stringify(entry)}\n`)
    },
  }
}

function readEntries(path: string): JournalEntry[] {
  const bytes = readFileSync(path)
  const wholeLength = bytes.lastIndexOf("\n") + 1
  if (wholeLength < bytes.length) truncateSync(path, wholeLength)
  const lines = bytes.subarray(0, wholeLength).toString("utf8").split("\n").slice(0, -1)
  return lines.map((line, i) => {
    try {
      return JSON.parse(line) as JournalEntry
    } catch (cause) {
      throw new SyntaxError(`Cannot read simulator journal: line ${i + 1} of ${path} is not JSON`, { cause })
    }
  })
}
