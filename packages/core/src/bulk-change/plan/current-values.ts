import type { Device } from "../../domain/mod.ts"
import { findDeviceAssignments, findDeviceDetails, findDevicesByCarrierId } from "../../inventory/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { DeviceValues } from "../device-values.ts"

/** A device with all that plans name of it, as the inventory has it now; what is not known is left out. */
export interface CurrentDevice {
  readonly device: Device | undefined
  readonly values: Partial<DeviceValues>
}

/** Names of values that live elsewhere than in the device's own row. */
const ASSIGNED = [
  "customerId",
  "siteId",
  "customerRatePlanId",
  "customerRatePoolId",
  "dataAllocationBytes",
  "isArchived",
]
const LISTED = ["status", "ratePlan", "communicationPlan", "iccid"]

/** Devices of one account as they are now, by the carrier's identifiers. Only what `names` asks for is looked up. */
export async function currentDevices(
  core: Platform,
  scope: { readonly tenantId: string; readonly serviceProviderId: string },
  carrierDeviceIds: readonly string[],
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, CurrentDevice>> {
  const request = { ...scope, carrierDeviceIds }
  const values = new Map<string, Record<string, DeviceValues[string]>>()
  const devices = new Map<string, Device>()
  for (const device of await findDevicesByCarrierId(core, request)) {
    const { status, carrierRatePlan, communicationPlan, iccid } = device
    devices.set(device.carrierDeviceId, device)
    values.set(device.carrierDeviceId, { status, ratePlan: carrierRatePlan, communicationPlan, iccid })
  }
  if (ASSIGNED.some((name) => names.has(name))) {
    const found = await findDeviceAssignments(core, request)
    const assignments = new Map(found.map((row) => [row.carrierDeviceId, row]))
    for (const [id, known] of values) Object.assign(known, assignedValues(assignments.get(id)))
  }
  if ([...names].some((name) => !ASSIGNED.includes(name) && !LISTED.includes(name))) {
    for (const { carrierDeviceId, imei, fields } of await findDeviceDetails(core, request)) {
      Object.assign(values.get(carrierDeviceId) ?? {}, { imei, ...fields })
    }
  }
  return new Map(carrierDeviceIds.map((id) => [id, { device: devices.get(id), values: values.get(id) ?? {} }]))
}

type Assignment = Awaited<ReturnType<typeof findDeviceAssignments>>[number]

/** A device that nobody assigned anything is assigned to nobody, and not archived. */
export function assignedValues(row: Assignment | undefined) {
  return {
    customerId: row?.customerId ?? null,
    siteId: row?.siteId ?? null,
    customerRatePlanId: row?.customerRatePlanId ?? null,
    customerRatePoolId: row?.customerRatePoolId ?? null,
    dataAllocationBytes: row?.dataAllocationBytes ?? null,
    isArchived: (row?.archivedAt ?? null) !== null,
  }
}
