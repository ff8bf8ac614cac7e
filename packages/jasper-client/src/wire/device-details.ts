import type { SimStatus } from "./device-summary.ts"

/** Free fields of a device. Unset ones are `""`; fields the caller's role may not see are absent. */
export type CustomFieldName =
  | `accountCustom${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10}`
  | `operatorCustom${1 | 2 | 3 | 4 | 5}`
  | `customerCustom${1 | 2 | 3 | 4 | 5}`

/** Everything Device Details tells. Instants are epoch milliseconds, UTC; what the carrier leaves unset is null. */
export interface DeviceDetails {
  readonly iccid: string
  readonly status: SimStatus
  readonly ratePlan: string | null
  readonly communicationPlan: string | null
  readonly imsi: string | null
  /** Can lag minutes behind an activation. */
  readonly msisdn: string | null
  /** 15 or 16 digits; null when unknown. */
  readonly imei: string | null
  readonly eid: string | null
  readonly accountId: string | null
  readonly customer: string | null
  readonly endConsumerId: string | null
  readonly dateActivated: number | null
  readonly dateAdded: number | null
  /** The last change of the device: what Search Devices sorts by (inferred). */
  readonly dateUpdated: number | null
  readonly dateShipped: number | null
  readonly fixedIPAddress: string | null
  readonly fixedIpv6Address: string | null
  readonly simNotes: string | null
  readonly deviceID: string | null
  readonly modemID: string | null
  readonly globalSimType: string | null
  readonly custom: Readonly<Partial<Record<CustomFieldName, string>>>
}
