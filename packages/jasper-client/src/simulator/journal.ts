import type { FaultName } from "./fault-catalogue.ts"

/** The first line: which fleet the journal belongs to. */
export interface FleetEntry {
  readonly type: "fleet"
  readonly version: 1
  readonly seed: number
  readonly devices: number
  /** Epoch milliseconds. */
  readonly asOf: number
}

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
  /** When it takes effect, if not at once. */
  readonly effectiveAt?: number
}

/** A change that nobody asked for: a step of the drift. */
export interface DriftEntry {
  readonly type: "drift"
  /** Which step, so that a replayed one does not happen again. */
  readonly step: number
  readonly at: number
  readonly iccid: string
  readonly fields: Readonly<Record<string, string>>
}

/** Something that the operator did, or a disturbance of the list: a SIM changed, entered, left or came back. */
export interface ActEntry {
  readonly type: "act"
  readonly at: number
  readonly act: "change" | "enter" | "leave" | "comeBack"
  readonly iccid: string
  /** Of a change. */
  readonly fields?: Readonly<Record<string, string>>
  /** Modification date of a SIM that enters. */
  readonly date?: number
}

/** A fault that was injected. */
export interface FaultEntry {
  readonly type: "fault"
  readonly at: number
  /** Position in the plan's rules. */
  readonly rule: number
  readonly fault: FaultName
}

/** A jump of the simulator's clock. */
export interface ClockEntry {
  readonly type: "clock"
  /** How far ahead of the given clock it is from now on, milliseconds. */
  readonly aheadMs: number
}

/** A message that was accepted for sending. */
export interface SmsEntry {
  readonly type: "sms"
  readonly smsMsgId: number
  readonly at: number
  readonly iccid: string
  readonly messageText: string
}

/** One line of the journal: whatever the fleet's seed does not already say. */
export type JournalEntry = FleetEntry | WriteEntry | DriftEntry | ActEntry | FaultEntry | ClockEntry | SmsEntry

/** Where a simulator remembers. */
export interface SimulatorJournal {
  /** What was written before, oldest first; replayed when the simulator is created. */
  readonly entries: Iterable<JournalEntry>
  /** Called before the answer goes out; the entry must be durable when it returns. */
  append(entry: JournalEntry): void
}

/**
 * Writes the first line of an empty journal, or checks the one that is there.
 *
 * @throws {RangeError} If the journal belongs to another fleet: replaying it would invent changes.
 */
export function claimJournal(
  first: JournalEntry | undefined,
  fleet: FleetEntry,
  append: (entry: JournalEntry) => void,
): void {
  if (first === undefined) {
    append(fleet)
    return
  }
  if (first.type !== "fleet" || first.version !== 1) {
    throw new RangeError("Cannot replay the simulator journal: its first line is not a version 1 fleet entry")
  }
  for (const key of ["seed", "devices"] as const) {
    if (first[key] !== fleet[key]) {
      throw new RangeError(
        `Cannot replay the simulator journal: it belongs to a fleet with ${key} ${first[key]}, got ${fleet[key]}`,
      )
    }
  }
}
