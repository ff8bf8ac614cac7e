import * as v from "valibot"
import type { SimStatus } from "./device-summary.ts"
import { iccid, idText, instant, text } from "./field.ts"

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

const CUSTOM = /^(accountCustom(10|[1-9])|(operator|customer)Custom[1-5])$/

/** Is it one of the twenty free fields? */
export function isCustomFieldName(name: string): name is CustomFieldName {
  return CUSTOM.test(name)
}

/** Device Details, from either release (`eid` or the older `euiccid`). */
export function deviceDetailsSchema(): v.GenericSchema<unknown, DeviceDetails> {
  return v.pipe(
    v.looseObject({
      iccid: iccid(),
      status: v.string(),
      ratePlan: text(),
      communicationPlan: text(),
      imsi: text(),
      msisdn: text(),
      imei: text(),
      eid: text(),
      euiccid: text(),
      accountId: idText(),
      customer: text(),
      endConsumerId: idText(),
      dateActivated: instant(),
      dateAdded: instant(),
      dateUpdated: instant(),
      dateShipped: instant(),
      fixedIPAddress: text(),
      fixedIpv6Address: text(),
      simNotes: text(),
      deviceID: text(),
      modemID: text(),
      globalSimType: text(),
    }),
    v.transform(({ euiccid, ...wire }): DeviceDetails => {
      const custom: Partial<Record<CustomFieldName, string>> = {}
      const rest: Record<string, unknown> = { ...wire, eid: wire.eid ?? euiccid }
      for (const [name, value] of Object.entries(wire)) {
        if (!isCustomFieldName(name)) continue
        if (typeof value === "string") custom[name] = value
        delete rest[name]
      }
      return { ...rest, custom } as unknown as DeviceDetails
    }),
  )
}
