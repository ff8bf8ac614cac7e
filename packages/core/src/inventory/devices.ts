import { type Device, iccidKey, parseIccid } from "../domain/mod.ts"
import { CoreError } from "../errors/mod.ts"
import type { ListedDevice } from "../ports/mod.ts"
import type { Platform, Statement } from "../store/mod.ts"
import { contentHash } from "./content-hash.ts"
import {
  anyListedDevice,
  countDevices,
  countUsage,
  devicesByCarrierId,
  devicesByIccid,
  type DeviceWithUsage,
  devicesWithUsage,
  recordReads,
  selectDevices,
  selectGeneration,
} from "./device-statements.ts"

export interface ListDevicesRequest {
  readonly tenantId: string
  readonly serviceProviderId?: string
  /** With or without its check digit. */
  readonly iccid?: string
  /** Id of the last device of the page before. */
  readonly after?: string
  /** 1 to 1000. @default 100 */
  readonly limit?: number
}

/**
 * Devices of a tenant, in the order of their ids.
 *
 * @throws {CoreError} `input.invalid` for a limit outside 1 to 1000, or an ICCID that is none.
 */
export async function listDevices(core: Platform, request: ListDevicesRequest): Promise<readonly Device[]> {
  const limit = request.limit ?? 100
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    throw new CoreError("input.invalid", `Cannot list devices: limit must be 1 to 1000, got ${limit}`, {
      field: "limit",
    })
  }
  const { tenantId, serviceProviderId, iccid, after = "" } = request
  const page = { tenantId, after, limit, ...(serviceProviderId !== undefined && { serviceProviderId }) }
  return core.store.rows<Device>(
    iccid === undefined ? selectDevices(page) : devicesByIccid({ ...page, iccidKey: keyOf(iccid) }),
  )
}

function keyOf(iccid: string): string {
  try {
    return iccidKey(parseIccid(iccid))
  } catch (error) {
    throw new CoreError("input.invalid", (error as Error).message, { field: "iccid", cause: error })
  }
}

/** The device of a tenant by our id, or `undefined`. */
export async function findDevice(core: Platform, tenantId: string, id: string): Promise<Device | undefined> {
  const [device] = await core.store.rows<Device>(selectDevices({ tenantId, id, after: "", limit: 1 }))
  return device
}

/** Devices of one provider by the carrier's identifiers, in no particular order; those not found are left out. */
export function findDevicesByCarrierId(
  core: Platform,
  request: {
    readonly tenantId: string
    readonly serviceProviderId: string
    readonly carrierDeviceIds: readonly string[]
  },
): Promise<readonly Device[]> {
  return core.store.rows<Device>(devicesByCarrierId(request))
}

/**
 * Listed devices of a provider with what they used in a billing period, in pages of at most `limit`: all of one and the
 * same publication.
 *
 * @throws {CoreError} `inventory.changed` when a sync is published between two pages. Reading anew gives the new fleet.
 */
export async function* eachDeviceWithUsage(
  core: Platform,
  request: {
    readonly tenantId: string
    readonly serviceProviderId: string
    readonly billingPeriodId: string
    readonly limit?: number
  },
): AsyncGenerator<readonly DeviceWithUsage[], void> {
  const limit = request.limit ?? 2_000
  const generation = await generationOf(core, request)
  let after = ""
  for (;;) {
    const [page] = await core.store.rows<{ page: string }>(devicesWithUsage({ ...request, after, limit }))
    const rows = (JSON.parse(page?.page ?? "[]") as DeviceFields[]).map(toDeviceWithUsage)
    if ((await generationOf(core, request)) !== generation) {
      throw new CoreError("inventory.changed", "Cannot go on reading the devices: a sync was published meanwhile")
    }
    if (rows.length > 0) yield rows
    if (rows.length < limit) return
    after = rows.at(-1)?.carrierDeviceId ?? after
    await core.runtime.clock.yield()
  }
}

type DeviceFields = readonly [
  string,
  DeviceWithUsage["status"],
  string | null,
  string | null,
  number | null,
  string | null,
  number,
  number,
  number | null,
]

function toDeviceWithUsage(fields: DeviceFields): DeviceWithUsage {
  const [carrierDeviceId, status, carrierRatePlan, communicationPlan, activatedAt, ...usage] = fields
  const [optimizationGroup, bytes, smsCount, usageAt] = usage
  return {
    carrierDeviceId,
    status,
    carrierRatePlan,
    communicationPlan,
    activatedAt,
    optimizationGroup,
    bytes,
    smsCount,
    usageAt,
  }
}

async function generationOf(
  core: Platform,
  scope: { readonly tenantId: string; readonly serviceProviderId: string },
): Promise<number> {
  const [row] = await core.store.rows<{ generation: number }>(selectGeneration(scope.tenantId, scope.serviceProviderId))
  return row?.generation ?? 0
}

/** How many devices of a provider are listed, missing ones left out. */
export async function countListedDevices(core: Platform, tenantId: string, serviceProviderId: string): Promise<number> {
  const [row] = await core.store.rows<{ count: number }>(countDevices(tenantId, serviceProviderId))
  return row?.count ?? 0
}

/** Whether a provider lists any device that is not missing. Cheap, where counting reads them all. */
export async function hasListedDevices(core: Platform, tenantId: string, serviceProviderId: string): Promise<boolean> {
  const [row] = await core.store.rows<{ found: number }>(anyListedDevice(tenantId, serviceProviderId))
  return row?.found === 1
}

/** How many devices of a provider used anything in a billing period. */
export async function countDevicesWithUsage(
  core: Platform,
  tenantId: string,
  serviceProviderId: string,
  billingPeriodId: string,
): Promise<number> {
  const [row] = await core.store.rows<{ count: number }>(countUsage(tenantId, serviceProviderId, billingPeriodId))
  return row?.count ?? 0
}

/**
 * The statement that stores what reads of the carrier said of devices of one provider. Readers see it at once, and a sync
 * that listed a device before its read does not overwrite it.
 *
 * @param reads `newId`: the id that a device gets which nobody knows yet; without it, such a device is left out.
 * @param now When the carrier was asked, or just after.
 */
export function recordDevices(
  scope: { readonly tenantId: string; readonly serviceProviderId: string },
  reads: readonly { readonly device: ListedDevice; readonly newId?: string }[],
  now: number,
): Statement {
  const hashed = reads.map(({ device, newId }) => ({ device, contentHash: contentHash(device), newId: newId ?? null }))
  return recordReads(scope, hashed, now)
}
