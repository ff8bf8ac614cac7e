import type { Device } from "../domain/mod.ts"

/** Why a row is not sent to the carrier. */
export interface Refusal {
  readonly code:
    | "device_unknown"
    | "device_missing"
    | "stale"
    | "no_change"
    | "duplicate"
    | "rate_plan_unknown"
    | "busy"
  readonly text: string
}

export const DUPLICATE: Refusal = {
  code: "duplicate",
  text: "The device is in this plan twice; its first row counts",
}

export const BUSY: Refusal = {
  code: "busy",
  text: "Another bulk change is under way on the device; it was not touched. Plan again when that one is settled",
}

/**
 * Why a device's rate plan is not to be changed, by what the inventory knows of the device, or `undefined` where nothing
 * speaks against it. Asked when the plan is made and again right before the device's turn.
 */
export function refusalOf(move: { readonly fromRatePlan: string }, device: Device | undefined): Refusal | undefined {
  if (!device) return { code: "device_unknown", text: "The inventory has no such device; sync the account first" }
  if (device.missingSince !== null) {
    return { code: "device_missing", text: "The carrier no longer lists the device" }
  }
  if (device.carrierRatePlan !== move.fromRatePlan) {
    const now = device.carrierRatePlan === null ? "no rate plan" : `"${device.carrierRatePlan}"`
    return {
      code: "stale",
      text: `The device is on ${now}, not on "${move.fromRatePlan}" as planned; it was not touched. Plan again if it should still move`,
    }
  }
  return undefined
}

/** Why a move cannot be planned whatever the device, or `undefined`. */
export function moveRefusalOf(
  move: { readonly fromRatePlan: string; readonly toRatePlan: string },
  ratePlans: ReadonlySet<string>,
): Refusal | undefined {
  if (move.fromRatePlan === move.toRatePlan)
    return { code: "no_change", text: "The device is on this rate plan already" }
  if (!ratePlans.has(move.toRatePlan)) {
    return { code: "rate_plan_unknown", text: `The account has no rate plan "${move.toRatePlan}"` }
  }
  return undefined
}
