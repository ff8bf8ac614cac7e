import type { Fleet } from "./fleet.ts"
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

const WAS_ACTIVE: readonly string[] = ["ACTIVATED", "DEACTIVATED"]
const DAY_MS = 86_400_000

/** What the seed says of a SIM. */
export function seededRecord(fleet: Fleet, id: number, dateUpdated: number): DeviceRecord {
  const device = fleet.deviceOf(id)
  return {
    status: device.status,
    ratePlan: RATE_PLANS[device.planIndex]?.name ?? "",
    communicationPlan: device.communicationPlan,
    dateUpdated,
    dateActivated: WAS_ACTIVE.includes(device.status) ? dateUpdated - fleet.traitOf(id, 200) * DAY_MS : null,
    fields: {},
  }
}

/** The value of an editable field, `""` where it was never set. */
export function fieldOf(record: DeviceRecord, name: string): string {
  if (name === "status" || name === "ratePlan" || name === "communicationPlan") return record[name]
  return record.fields[name] ?? ""
}

/** A record with fields set at an instant; the same one if they already have these values. */
export function withFields(before: DeviceRecord, fields: Readonly<Record<string, string>>, at: number): DeviceRecord {
  const { effectiveDate: _, ...editable } = fields
  if (Object.entries(editable).every(([name, value]) => fieldOf(before, name) === value)) return before
  const { status = before.status, ratePlan = before.ratePlan, ...rest } = editable
  const { communicationPlan = before.communicationPlan, ...others } = rest
  return {
    status,
    ratePlan,
    communicationPlan,
    dateUpdated: at,
    dateActivated: status === "ACTIVATED" ? (before.dateActivated ?? at) : before.dateActivated,
    fields: { ...before.fields, ...others },
  }
}
