import { MAX_PAGE_SIZE } from "../paged-list.ts"
import { formatCarrierDate } from "../wire/carrier-date.ts"
import { type CustomFieldName, isCustomFieldName } from "../wire/device-details.ts"
import type { SimStatus } from "../wire/device-summary.ts"

/** What Search Devices can be asked for. */
export type DeviceQuery = Readonly<Partial<Record<CustomFieldName, string>>> & {
  /** Changed at or after this instant; sent in whole seconds, rounded down. */
  readonly modifiedSince: Date | number | string
  /** Newer carrier releases only. */
  readonly modifiedTill?: Date | number | string
  readonly status?: SimStatus
  readonly accountId?: string
  /** 1 to 50. @default 50 */
  readonly pageSize?: number
}

/**
 * Turns a device query into its parameters.
 *
 * @throws {RangeError | TypeError} If a value is out of range or a name is unknown. The carrier refuses unknown names.
 */
export function deviceQueryParams(query: DeviceQuery): Readonly<Record<string, string>> {
  const { modifiedSince, modifiedTill, pageSize = MAX_PAGE_SIZE, ...rest } = query
  if (modifiedSince === undefined) throw new TypeError("Cannot search devices: modifiedSince is missing")
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MAX_PAGE_SIZE) {
    throw new RangeError(`Cannot search devices: pageSize must be 1 to ${MAX_PAGE_SIZE}, got ${pageSize}`)
  }
  const params: Record<string, string> = {
    modifiedSince: formatCarrierDate(modifiedSince),
    pageSize: String(pageSize),
  }
  if (modifiedTill !== undefined) params.modifiedTill = formatCarrierDate(modifiedTill)
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined) continue
    if (name !== "status" && name !== "accountId" && !isCustomFieldName(name)) {
      throw new TypeError(`Cannot search devices: unknown parameter ${name}`)
    }
    params[name] = value
  }
  return params
}
