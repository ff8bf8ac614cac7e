import type { Device } from "../../domain/mod.ts"
import { findDevicesByCarrierId, findDevicesByIdentifier } from "../../inventory/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { type IdentifierKind, kindsOf } from "./identifier.ts"
import type { Refusal } from "./refusals.ts"

/** A device that was asked for, and the one that is meant. */
export interface FoundByIdentifier {
  readonly serviceProviderId: string
  readonly carrierDeviceId: string | null
  readonly device: Device | undefined
  readonly refusal?: Refusal
}

/** Finds devices, in the order they were asked for. */
export type FindDevices = (
  wished: readonly { readonly identifier: string; readonly serviceProviderId?: string }[],
) => Promise<readonly FoundByIdentifier[]>

interface Scope {
  readonly tenantId: string
  readonly serviceProviderId: string
}

/** Finds devices of one account by what its carrier calls them. */
export function byCarrierId(core: Platform, scope: Scope): FindDevices {
  return async (wished) => {
    const carrierDeviceIds = wished.map(({ identifier }) => identifier)
    const devices = await findDevicesByCarrierId(core, { ...scope, carrierDeviceIds })
    const known = new Map(devices.map((device) => [device.carrierDeviceId, device]))
    return wished.map(({ identifier, serviceProviderId = scope.serviceProviderId }) => ({
      serviceProviderId,
      carrierDeviceId: identifier,
      device: known.get(identifier),
    }))
  }
}

/**
 * Finds devices of one or several accounts by ICCID (on its first 19 digits), EID, IMEI or phone number, mixed as they
 * come. What is none of these, fits several devices or none is refused in its row, and the rest goes on.
 *
 * @param isNew Whether the devices may be unknown: then the identifier itself names them.
 */
export function byIdentifier(
  core: Platform,
  scope: { readonly tenantId: string; readonly serviceProviderIds: readonly string[] },
  isNew: boolean,
): FindDevices {
  const { tenantId, serviceProviderIds } = scope
  const [first = ""] = serviceProviderIds
  return async (wished) => {
    const read = wished.map(({ identifier }) => kindsOf(identifier))
    const byKind = new Map<string, Device[]>()
    const keyOf = (kind: IdentifierKind, value: string) => `${kind}/${value}`
    const found = await findDevicesByIdentifier(core, { tenantId, serviceProviderIds, identifiers: read.flat() })
    for (const { kind, value, device } of found) {
      const key = keyOf(kind, value)
      byKind.set(key, [...(byKind.get(key) ?? []), device])
    }
    return wished.map(({ identifier, serviceProviderId }, index) => {
      const kinds = read[index] ?? []
      const all = kinds.flatMap(({ kind, value }) => byKind.get(keyOf(kind, value)) ?? [])
      const devices = [...new Map(all.map((device) => [device.id, device])).values()].filter(
        (device) => serviceProviderId === undefined || device.serviceProviderId === serviceProviderId,
      )
      const nobody = { serviceProviderId: serviceProviderId ?? first, carrierDeviceId: null, device: undefined }
      if (kinds.length === 0) return { ...nobody, refusal: IN_POWERS.test(identifier) ? DIGITS_LOST : INVALID }
      if (devices.length > 1) return { ...nobody, refusal: ambiguous(devices.length) }
      const [device] = devices
      if (device)
        return { serviceProviderId: device.serviceProviderId, carrierDeviceId: device.carrierDeviceId, device }
      return isNew ? { ...nobody, carrierDeviceId: kinds[0]?.value ?? identifier } : nobody
    })
  }
}

const IN_POWERS = /^\d+(?:[.,]\d+)?e\+?\d+$/i

const DIGITS_LOST: Refusal = {
  code: "identifier_invalid",
  text: "Its last digits are lost, as it was written as a number; write it as a text, in quotes",
}

const INVALID: Refusal = {
  code: "identifier_invalid",
  text: "This is no ICCID (19 or 20 digits beginning with 89), EID (32), IMEI (14 to 16) or phone number (5 to 15)",
}

function ambiguous(count: number): Refusal {
  return { code: "identifier_ambiguous", text: `${count} devices fit; name the one that is meant by its ICCID` }
}
