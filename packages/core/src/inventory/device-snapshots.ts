import type { DeviceStatus } from "../domain/mod.ts"
import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { deviceSnapshots, type DeviceSnapshotsRequest } from "./device-snapshots-statements.ts"
import { findSettlement } from "./settlement.ts"

/** A device with all its numbers and what it used in a billing period, for those who are told of it. */
export interface DeviceSnapshot {
  readonly id: string
  readonly carrierDeviceId: string
  readonly iccid: string
  readonly msisdn: string | null
  readonly imei: string | null
  readonly eid: string | null
  readonly status: DeviceStatus
  readonly carrierStatus: string
  readonly ratePlan: string | null
  readonly communicationPlan: string | null
  /** `null` where no usage was read. */
  readonly dataBytes: number | null
  readonly smsCount: number | null
  readonly usageAt: number | null
  readonly changedAt: number
  readonly missingSince: number | null
}

/**
 * A page of a provider's devices, missing ones too, in the order of the carrier's identifiers.
 *
 * @throws {CoreError} `inventory.changed` while a published sync is still being settled; later it is not.
 */
export async function listDeviceSnapshots(
  core: Platform,
  request: DeviceSnapshotsRequest,
): Promise<readonly DeviceSnapshot[]> {
  if ((await findSettlement(core, request, 1)) !== undefined) {
    throw new CoreError("inventory.changed", "Cannot read the devices: a sync is still being settled")
  }
  return core.store.rows<DeviceSnapshot>(deviceSnapshots(request))
}
