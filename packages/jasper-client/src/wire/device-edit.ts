import type { CustomFieldName } from "./device-details.ts"
import type { SimStatus } from "./device-summary.ts"

/** What the overage limit of a device may be set to. */
export type OverageLimitOverride = "DEFAULT" | "TEMPORARY_OVERRIDE" | "PERMANENT_OVERRIDE"

/** Fields of Edit Device. At least one besides `effectiveDate`. */
export type DeviceEdit = Readonly<Partial<Record<CustomFieldName, string>>> & {
  readonly status?: SimStatus
  readonly ratePlan?: string
  readonly communicationPlan?: string
  readonly customer?: string
  readonly deviceID?: string
  readonly modemID?: string
  readonly overageLimitOverride?: OverageLimitOverride
  readonly ipv4Address?: string
  readonly ipv6Address?: string
  /** `yyyy-MM-ddZ`, at most 180 days ahead; absent means now. */
  readonly effectiveDate?: string
}

/** The carrier's acknowledgement of an edit. It is a promise, not a proof: see `editAndVerify`. */
export interface EditReceipt {
  readonly iccid: string
  /** True on HTTP 202: accepted for later. */
  readonly isDeferred: boolean
}
