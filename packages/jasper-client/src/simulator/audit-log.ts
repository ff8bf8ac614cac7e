import type { DeviceRecord } from "./device-record.ts"

/** One line of a SIM's history. */
export interface AuditRow {
  /** As the carrier's screens name the field. */
  readonly field: string
  readonly priorValue: string
  readonly value: string
  /** Epoch milliseconds. */
  readonly at: number
}

/** Every change of every SIM since the simulator began. */
export interface AuditLog {
  note(id: number, before: DeviceRecord, after: DeviceRecord, at: number): void
  /** Oldest first. */
  of(id: number): readonly AuditRow[]
}

/** Opens an empty log. */
export function createAuditLog(): AuditLog {
  const rows = new Map<number, AuditRow[]>()

  return {
    of: (id) => rows.get(id) ?? [],
    note(id, before, after, at) {
      const added = differences(before, after).map(([field, priorValue, value]) => ({ field, priorValue, value, at }))
      const known = rows.get(id)
      if (known === undefined) rows.set(id, added)
      else known.push(...added)
    },
  }
}

function differences(before: DeviceRecord, after: DeviceRecord): (readonly [string, string, string])[] {
  const named = [
    ["SIM Status", displayStatus(before.status), displayStatus(after.status)],
    ["Rate Plan", before.ratePlan, after.ratePlan],
    ["Communication Plan", before.communicationPlan, after.communicationPlan],
    ...Object.keys(after.fields).map((name) => [name, before.fields[name] ?? "", after.fields[name] ?? ""] as const),
  ] as const
  return named.filter(([, prior, value]) => prior !== value)
}

/** `ACTIVATION_READY` as screens show it: `Activation Ready`. */
export function displayStatus(status: string): string {
  return status
    .split("_")
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join(" ")
}
