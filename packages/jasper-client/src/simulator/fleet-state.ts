import type { Fleet } from "./fleet.ts"
import { createModificationOrder, type ModificationOrder } from "./modification-order.ts"
import { RATE_PLANS } from "./rate-plans.ts"

/** What the carrier keeps of one SIM. */
export interface DeviceRecord {
  readonly status: string
  readonly ratePlan: string
  readonly communicationPlan: string
  /** Epoch milliseconds. */
  readonly dateUpdated: number
  /** Epoch milliseconds, or null if the SIM was never active. */
  readonly dateActivated: number | null
  /** Every other editable field that was ever set, by its name in the API. */
  readonly fields: Readonly<Record<string, string>>
}

/** The changing half of a fleet: what the seed made, and everything that happened since. */
export interface FleetState {
  /** SIMs by modification date, as reads show them. */
  readonly order: ModificationOrder
  /** What is true of a SIM. */
  trueRecord(id: number): DeviceRecord
  /** Whether setting these fields would change the SIM. */
  wouldChange(id: number, fields: Readonly<Record<string, string>>): boolean
  /** What reads show of a SIM; older than the truth while a write is late. */
  shownRecord(id: number): DeviceRecord
  /**
   * Sets fields of a SIM. Fields that already have the value change nothing, not even the modification date.
   *
   * @param options `at`: when it happens; `shownAt`: when reads show it, `at` unless the write is late.
   */
  change(id: number, fields: Readonly<Record<string, string>>, options: { at: number; shownAt?: number }): void
  /** Lets late writes that are due by `now` show. */
  settle(now: number): void
}

interface LateChange {
  readonly id: number
  readonly record: DeviceRecord
  readonly shownAt: number
}

const WAS_ACTIVE: readonly string[] = ["ACTIVATED", "DEACTIVATED"]
const DAY_MS = 86_400_000

/** Opens a fleet for changes. */
export function createFleetState(fleet: Fleet): FleetState {
  const order = createModificationOrder(fleet.size, fleet.dateOf)
  const changed = new Map<number, DeviceRecord>()
  const late = new Map<number, LateChange>()

  function seededRecord(id: number): DeviceRecord {
    const device = fleet.deviceOf(id)
    const dateUpdated = fleet.dateOf(id)
    return {
      status: device.status,
      ratePlan: RATE_PLANS[device.planIndex]?.name ?? "",
      communicationPlan: device.communicationPlan,
      dateUpdated,
      dateActivated: WAS_ACTIVE.includes(device.status) ? dateUpdated - fleet.traitOf(id, 200) * DAY_MS : null,
      fields: {},
    }
  }

  function shownRecord(id: number): DeviceRecord {
    return changed.get(id) ?? seededRecord(id)
  }

  function trueRecord(id: number): DeviceRecord {
    return late.get(id)?.record ?? shownRecord(id)
  }

  function show(id: number, record: DeviceRecord): void {
    late.delete(id)
    changed.set(id, record)
    order.place(id, record.dateUpdated)
  }

  return {
    order,
    trueRecord,
    shownRecord,
    wouldChange: (id, fields) => {
      const before = trueRecord(id)
      return withFields(before, fields, before.dateUpdated) !== before
    },
    change(id, fields, { at, shownAt = at }) {
      const before = trueRecord(id)
      const after = withFields(before, fields, at)
      if (after === before) return
      if (shownAt > at) late.set(id, { id, record: after, shownAt })
      else show(id, after)
    },
    settle(now) {
      if (late.size === 0) return
      for (const { id, record, shownAt } of late.values()) if (shownAt <= now) show(id, record)
    },
  }
}

function withFields(before: DeviceRecord, fields: Readonly<Record<string, string>>, at: number): DeviceRecord {
  const { status = before.status, ratePlan = before.ratePlan, ...rest } = fields
  const { communicationPlan = before.communicationPlan, effectiveDate: _, ...others } = rest
  const isSame =
    status === before.status &&
    ratePlan === before.ratePlan &&
    communicationPlan === before.communicationPlan &&
    Object.entries(others).every(([name, value]) => (before.fields[name] ?? "") === value)
  if (isSame) return before
  return {
    status,
    ratePlan,
    communicationPlan,
    dateUpdated: at,
    dateActivated: status === "ACTIVATED" ? (before.dateActivated ?? at) : before.dateActivated,
    fields: { ...before.fields, ...others },
  }
}
