/** One accepted write; `effect` is `none` where the simulator answered 200 and did nothing. */
export interface WriteEntry {
  readonly type: "write"
  /** Counts the accepted writes from 1. */
  readonly seq: number
  /** Simulator time, epoch milliseconds. */
  readonly at: number
  readonly iccid: string
  /** The request body. */
  readonly fields: Readonly<Record<string, string>>
  readonly effect: "applied" | "none"
}

/** One line of the journal: whatever the fleet's seed does not already say. */
export type JournalEntry = WriteEntry

/** Where a simulator remembers. */
export interface SimulatorJournal {
  /** What was written before, oldest first; replayed when the simulator is created. */
  readonly entries: Iterable<JournalEntry>
  /** Called before the answer goes out; the entry must be durable when it returns. */
  append(entry: JournalEntry): void
}
