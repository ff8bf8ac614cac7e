import type { Device } from "../domain/mod.ts"
import type { ListedDeviceDetails } from "../ports/mod.ts"
import type { Platform, Statement } from "../store/mod.ts"
import {
  deviceDetails,
  type DeviceIdentifier,
  devicesByIdentifier,
  type ReplacedIdentifier,
  selectReplacedIdentifiers,
  swapIdentifiers,
  usageFacts,
} from "./device-facts-statements.ts"
import { findDevicesByCarrierId } from "./devices.ts"

interface DevicesRequest {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly carrierDeviceIds: readonly string[]
}

/**
 * Devices of some accounts by their numbers, in no particular order; a number that several devices have gives each of
 * them. Phone number, IMEI and EID are known of devices that were read alone.
 */
export async function findDevicesByIdentifier(
  core: Platform,
  request: {
    readonly tenantId: string
    readonly serviceProviderIds: readonly string[]
    readonly identifiers: readonly DeviceIdentifier[]
  },
): Promise<readonly (DeviceIdentifier & { readonly device: Device })[]> {
  const { tenantId, serviceProviderIds, identifiers } = request
  const hits: (DeviceIdentifier & { serviceProviderId: string; carrierDeviceId: string })[] = []
  for (const kind of new Set(identifiers.map((identifier) => identifier.kind))) {
    const values = identifiers.flatMap((identifier) => (identifier.kind === kind ? [identifier.value] : []))
    const rows = await core.store.rows<{ value: string; serviceProviderId: string; carrierDeviceId: string }>(
      devicesByIdentifier({ tenantId, serviceProviderIds, kind, values }),
    )
    hits.push(...rows.map((row) => ({ ...row, kind })))
  }
  const devices = new Map<string, Device>()
  for (const serviceProviderId of new Set(hits.map((hit) => hit.serviceProviderId))) {
    const carrierDeviceIds = hits.flatMap((hit) =>
      hit.serviceProviderId === serviceProviderId ? [hit.carrierDeviceId] : [],
    )
    for (const device of await findDevicesByCarrierId(core, { tenantId, serviceProviderId, carrierDeviceIds })) {
      devices.set(JSON.stringify([serviceProviderId, device.carrierDeviceId]), device)
    }
  }
  return hits.flatMap(({ kind, value, serviceProviderId, carrierDeviceId }) => {
    const device = devices.get(JSON.stringify([serviceProviderId, carrierDeviceId]))
    return device ? [{ kind, value, device }] : []
  })
}

/** What single reads of devices told besides the list; devices that were never read alone are left out. */
export async function findDeviceDetails(
  core: Platform,
  request: DevicesRequest,
): Promise<readonly (ListedDeviceDetails & { readonly carrierDeviceId: string })[]> {
  const rows = await core.store.rows<
    Omit<ListedDeviceDetails, "fields"> & { readonly carrierDeviceId: string; readonly fields: string }
  >(deviceDetails(request, request.carrierDeviceIds))
  return rows.map((row) => ({ ...row, fields: JSON.parse(row.fields) as Record<string, string> }))
}

/** Usage of a device, as far as single changes ask for it. */
export interface DeviceUsageFacts {
  readonly carrierDeviceId: string
  /** In the billing period of today. */
  readonly currentBytes: number
  /** Up to when it may have used anything, epoch milliseconds: never earlier than it did. `null` = no usage is stored. */
  readonly usedUntil: number | null
}

/** Usage of some devices of a provider; those without any are left out. */
export function findDeviceUsage(core: Platform, request: DevicesRequest): Promise<readonly DeviceUsageFacts[]> {
  return core.store.rows<DeviceUsageFacts>(usageFacts(request, request.carrierDeviceIds, core.runtime.clock.now()))
}

/** The statements that give a device another SIM or other equipment; the numbers that it had are kept. */
export function recordSwap(
  scope: { readonly tenantId: string; readonly serviceProviderId: string },
  swap: {
    readonly carrierDeviceId: string
    readonly newCarrierDeviceId: string
    readonly iccid: string | null
    readonly imei: string | null
  },
  now: number,
): readonly Statement[] {
  return swapIdentifiers(scope, swap, now)
}

/** SIM and equipment numbers that a device had before, newest first. */
export function listReplacedIdentifiers(
  core: Platform,
  tenantId: string,
  deviceId: string,
): Promise<readonly ReplacedIdentifier[]> {
  return core.store.rows<ReplacedIdentifier>(selectReplacedIdentifiers(tenantId, deviceId))
}
