import { type Agenda, type Appointment, createAgenda } from "./agenda.ts"
import { type AuditLog, createAuditLog } from "./audit-log.ts"
import { type DeviceRecord, fieldOf, seededRecord, withFields } from "./device-record.ts"
import type { Fleet } from "./fleet.ts"
import { createModificationOrder, type ModificationOrder } from "./modification-order.ts"
import { createTimeline, type Timeline } from "./timeline.ts"

/** The changing half of a fleet: what the seed made, and everything that happened since. */
export interface FleetState {
  /** SIMs by modification date, as reads show them. */
  readonly order: ModificationOrder
  readonly audit: AuditLog
  readonly timeline: Timeline
  /** SIMs are numbered below this; those that left among them. */
  readonly idLimit: number
  /** Changes whenever a SIM enters or leaves. */
  readonly membershipVersion: number
  /** Whether the account has this SIM. */
  has(id: number): boolean
  /** What is true of a SIM. */
  trueRecord(id: number): DeviceRecord
  /** What reads show of a SIM; older than the truth while a write is late. */
  shownRecord(id: number): DeviceRecord
  /** Whether setting these fields would change the SIM. */
  wouldChange(id: number, fields: Readonly<Record<string, string>>): boolean
  /**
   * Sets fields of a SIM. Fields that already have the value change nothing, not even the modification date.
   *
   * @param options `at`: when it happens; `shownAt`: when reads show it, `at` unless the write is late.
   */
  change(id: number, fields: Readonly<Record<string, string>>, options: { at: number; shownAt?: number }): void
  /** Lets something happen later; see {@link settle}. */
  plan(appointment: Appointment): void
  /** Lets a new SIM enter with a modification date, which may be old. Returns its number. */
  enter(date: number): number
  /** Lets a SIM leave the account. */
  leave(id: number): void
  /** Lets a SIM that left come back unchanged, with the modification date it had. */
  comeBack(id: number): void
  /** Lets everything happen, and late writes show, that is due by `now`. */
  settle(now: number): void
}

interface LateChange {
  readonly id: number
  readonly record: DeviceRecord
  readonly shownAt: number
}

/** How a fleet changes. */
export interface FleetStateOptions {
  /** What is to happen by itself. @default nothing */
  readonly agenda?: Agenda
  /** Resolution of modification dates. @default 1 */
  readonly dateStepMs?: number
  /** Hears of every change as it happens, replayed ones included. */
  readonly onChange?: (id: number, before: DeviceRecord, after: DeviceRecord, at: number) => void
}

/** Opens a fleet for changes. */
export function createFleetState(fleet: Fleet, options: FleetStateOptions = {}): FleetState {
  const { agenda = createAgenda(), dateStepMs = 1, onChange } = options
  const order = createModificationOrder(fleet.size, fleet.dateOf)
  const audit = createAuditLog()
  const timeline = createTimeline()
  const changed = new Map<number, DeviceRecord>()
  const late = new Map<number, LateChange>()
  const gone = new Set<number>()
  let idLimit = fleet.size
  let membershipVersion = 0

  function shownRecord(id: number): DeviceRecord {
    return changed.get(id) ?? seededRecord(fleet, id, fleet.dateOf(id))
  }

  function trueRecord(id: number): DeviceRecord {
    return late.get(id)?.record ?? shownRecord(id)
  }

  function show(id: number, record: DeviceRecord): void {
    late.delete(id)
    changed.set(id, record)
    order.place(id, record.dateUpdated)
  }

  function change(
    id: number,
    fields: Readonly<Record<string, string>>,
    { at, shownAt = at }: { at: number; shownAt?: number },
  ): void {
    const before = trueRecord(id)
    const after = withFields(before, fields, Math.floor(at / dateStepMs) * dateStepMs)
    if (after === before) return
    onChange?.(id, before, after, at)
    audit.note(id, before, after, at)
    timeline.note(id, at, before, after)
    if (shownAt > at) late.set(id, { id, record: after, shownAt })
    else show(id, after)
  }

  return {
    order,
    audit,
    timeline,
    get idLimit() {
      return idLimit
    },
    get membershipVersion() {
      return membershipVersion
    },
    has: (id) => id >= 0 && id < idLimit && !gone.has(id),
    trueRecord,
    shownRecord,
    wouldChange: (id, fields) => {
      const before = trueRecord(id)
      return withFields(before, fields, before.dateUpdated) !== before
    },
    change,
    plan: agenda.add,
    enter(date) {
      membershipVersion++
      const id = idLimit++
      show(id, seededRecord(fleet, id, date))
      return id
    },
    leave(id) {
      membershipVersion++
      late.delete(id)
      gone.add(id)
      order.remove(id)
    },
    comeBack(id) {
      membershipVersion++
      gone.delete(id)
      order.place(id, shownRecord(id).dateUpdated)
    },
    settle(now) {
      for (let due = agenda.takeDue(now); due !== undefined; due = agenda.takeDue(now)) {
        const { id, at, fields, onlyIf } = due
        if (gone.has(id) || (onlyIf !== undefined && fieldOf(trueRecord(id), onlyIf.field) !== onlyIf.value)) continue
        change(id, fields, { at })
      }
      if (late.size === 0) return
      for (const { id, record, shownAt } of late.values()) if (shownAt <= now) show(id, record)
    },
  }
}
