import type { Device } from "../../domain/mod.ts"
import type { DeviceValues } from "../device-values.ts"

/** Why a row is not sent. */
export interface Refusal {
  readonly code:
    | "archived"
    | "active_services"
    | "busy"
    | "change_unsupported"
    | "device_missing"
    | "device_unknown"
    | "duplicate"
    | "field_unsupported"
    | "identifier_ambiguous"
    | "identifier_invalid"
    | "identifier_taken"
    | "input_invalid"
    | "no_change"
    | "not_permitted"
    | "not_reversible"
    | "rate_plan_unknown"
    | "recently_used"
    | "stale"
    | "status_unknown"
    | "too_late"
    | "transition_refused"
  readonly text: string
}

export const DUPLICATE: Refusal = {
  code: "duplicate",
  text: "The device is in this plan twice; its first row counts",
}

export const BUSY: Refusal = {
  code: "busy",
  text: "An earlier bulk change has the device in hand and stands still; it was not touched. Retry when that one is settled",
}

export const TOO_LATE: Refusal = {
  code: "too_late",
  text: "The time that the bulk change was given is over; it was not begun. Plan it again if it should still change",
}

export const NO_CHANGE: Refusal = { code: "no_change", text: "The device is as asked for already" }

/** Why no change of a device is to be sent, or `undefined` where nothing speaks against it. */
export function deviceRefusalOf(device: Device | undefined): Refusal | undefined {
  if (!device) return { code: "device_unknown", text: "The inventory has no such device; sync the account first" }
  if (device.missingSince !== null) {
    return { code: "device_missing", text: "The carrier no longer lists the device" }
  }
  return undefined
}

/**
 * Why a device is not what its plan says, or `undefined`. What the inventory does not know of a device cannot be held
 * against it.
 */
export function staleRefusalOf(from: DeviceValues, now: Partial<DeviceValues>): Refusal | undefined {
  for (const [name, planned] of Object.entries(from)) {
    const current = now[name]
    if (current === undefined || current === planned) continue
    return {
      code: "stale",
      text: `The device's ${name} is ${shown(current)}, not ${shown(planned)} as planned; it was not touched. Plan again if it should still change`,
    }
  }
  return undefined
}

function shown(value: string | number | boolean | null): string {
  return value === null ? "not set" : typeof value === "string" ? `"${value}"` : String(value)
}
