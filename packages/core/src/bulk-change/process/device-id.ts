import type { BulkChangeDevice } from "../bulk-change-device.ts"

/** What the carrier calls a device once its change is made: a SIM swap gives it another name where SIMs name devices. */
export function idAfterChange(row: Pick<BulkChangeDevice, "from" | "to" | "carrierDeviceId">): string {
  const iccid = row.to["iccid"]
  const isNamedBySim = row.from["iccid"] === row.carrierDeviceId
  return isNamedBySim && typeof iccid === "string" ? iccid : (row.carrierDeviceId ?? "")
}
