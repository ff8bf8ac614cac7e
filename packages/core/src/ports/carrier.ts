import type { BillingPeriod, DeviceStatus, OverageRounding } from "../domain/mod.ts"
import type {
  ChangeAnswer,
  ChangeCapabilities,
  ChangeIntent,
  ChangeOptions,
  RatePlanChangeRule,
  Sourced,
} from "./change.ts"

/** A status of the carrier in its words and ours, and where it may be changed to. */
export interface CarrierStatus {
  readonly status: DeviceStatus
  /** The carrier's own word. */
  readonly carrierStatus: string
  /** What its screens call it. */
  readonly displayName: string
  /** Statuses that a device in this one can be changed to. */
  readonly changesTo: readonly DeviceStatus[]
  /** Whether the rate plan is charged in this status. */
  readonly isBilled: boolean
}

/** What a carrier can do, as data: what it cannot is refused in the plan, by name, not at run time. */
export interface CarrierCapabilities extends ChangeCapabilities {
  readonly integrationType: string
  /** Which identifier names a device in this carrier's calls. */
  readonly deviceIdentifier: "iccid" | "eid" | "subscriberNumber"
  readonly statuses: Sourced<readonly CarrierStatus[]>
  /** Names that EditUsername may set. */
  readonly editableFields: Sourced<readonly string[]>
  /** What the carrier forbids about changes of rate plans. @default nothing that is known */
  readonly ratePlanChangeRules?: readonly Sourced<RatePlanChangeRule>[]
  /** Whether a device is moved to the cheapest fitting rate plan before it is deactivated. */
  readonly movesPlanBeforeDeactivation: Sourced<boolean>
}

/** One row of a device list. */
export interface ListedDevice {
  readonly carrierDeviceId: string
  readonly iccid: string
  readonly status: DeviceStatus
  /** The carrier's own word, kept for people. */
  readonly carrierStatus: string
  readonly ratePlan: string | null
  readonly communicationPlan: string | null
  /** What only a read of the single device tells; left out where it was not read. */
  readonly details?: ListedDeviceDetails
}

/** What the carrier knows of one device besides its list. `null` is unset. */
export interface ListedDeviceDetails {
  readonly msisdn: string | null
  readonly imei: string | null
  readonly eid: string | null
  /** When the carrier activated it, epoch milliseconds; left out where it does not tell. */
  readonly activatedAt?: number | null
  /** User name and free fields, by the names of `editableFields`; unset ones are `""`. */
  readonly fields: Readonly<Record<string, string>>
}

/** Which devices a scan covers: all, those changed within the last month, or those changed since an instant. */
export type ScanScope = "all" | "month" | "since"

export interface ScanRequest {
  readonly scope: ScanScope
  /** Epoch milliseconds; with scope `since`. */
  readonly since?: number
  /** Where an earlier scan of the same run stopped; absent = from the start. */
  readonly checkpoint?: string
  /**
   * Whether devices that the scan does not list may be called missing. The carrier then reads so that not even a device
   * that comes with an old date slips through, which costs more calls.
   */
  readonly mayMarkMissing?: boolean
  /** How many different devices are stored for this scan by now: what the final count is held against. */
  readonly countStored: () => Promise<number>
  readonly signal?: AbortSignal
}

/** Some rows of a scan and the checkpoint to store with them, in one unit, before the next batch is asked for. */
export interface ScanBatch {
  readonly rows: readonly ListedDevice[]
  readonly checkpoint: string
  readonly pagesRead: number
  /** Best knowledge so far; grows when the list does. */
  readonly pagesExpected: number
}

/** What a scan proves, and what it had to assume. */
export interface ScanCertificate {
  readonly certified: boolean
  /** Why not, where it is not certified. */
  readonly reason: string | null
  readonly scope: ScanScope
  readonly method: string
  readonly calls: number
  readonly pages: number
  readonly rows: number
  readonly duplicates: number
  /** Rounds of catching up with what changed while the list was read. */
  readonly rounds: number
  /** Epoch milliseconds by our clock, as `finishedAt`. */
  readonly startedAt: number
  readonly finishedAt: number
  /**
   * An instant by the carrier's own clock, epoch milliseconds: whatever changed after it was looked for until the end of the
   * scan, whatever changed before it was on the list. Absent where the carrier tells no time.
   */
  readonly carrierStartedAt?: number
  readonly assumptions: readonly string[]
}

/** A price list entry as the carrier gives it. Prices it omits are `null` and stay editable in the inventory. */
export interface ListedRatePlan {
  readonly name: string
  readonly monthly: number | null
  readonly includedBytes: number | null
  readonly pool: string | null
  readonly overageCost: number | null
  readonly overageBlockBytes: number | null
  readonly overageRounding: OverageRounding
  readonly smsIncluded: number | null
  readonly smsCost: number | null
  /** Newest version; usage is read for every version down to 1. */
  readonly version: number
}

export interface UsageRequest {
  readonly ratePlans: readonly { readonly name: string; readonly version: number }[]
  readonly period: BillingPeriod
  readonly checkpoint?: string
  readonly signal?: AbortSignal
}

/** Usage of one device on one rate plan version in one zone; a device's usage is the sum of its rows. */
export interface ListedUsage {
  readonly carrierDeviceId: string
  /** Rate plan, version and zone: what the row is unique by, next to the device. */
  readonly part: string
  readonly bytes: number
  readonly smsCount: number
}

export interface UsageBatch {
  readonly rows: readonly ListedUsage[]
  readonly checkpoint: string
  readonly pagesRead: number
}

/** What one look at the carrier showed of a change. */
export interface ReadBackAnswer extends ChangeAnswer {
  /** The device as it was read, for the inventory; left out where the look was no read of the device. */
  readonly device?: ListedDevice
}

/** A carrier account, opened. One connector per carrier implements it in the carrier's own words. */
export interface Carrier {
  readonly capabilities: CarrierCapabilities
  list(request: ScanRequest): AsyncGenerator<ScanBatch, ScanCertificate, void>
  get(carrierDeviceId: string, options?: { readonly signal?: AbortSignal }): Promise<ListedDevice | undefined>
  ratePlans(options?: { readonly signal?: AbortSignal }): Promise<readonly ListedRatePlan[]>
  usage(request: UsageRequest): AsyncGenerator<UsageBatch, void, void>
  /**
   * Sends one change once. A lost answer is the outcome `unknown`, not an exception.
   *
   * @throws {CoreError} `carrier.unavailable` or `carrier.credentials` only where the carrier surely did nothing, for
   *   example when its call rate was exceeded until the attempts ran out: the device then goes back in line. Whatever
   *   else is thrown leaves the change open; it is looked for and never sent again.
   */
  change(intent: ChangeIntent, options?: ChangeOptions): Promise<ChangeAnswer>
  /**
   * Looks at the carrier once: `applied` = the change shows, `pending` = it does not show yet, `refused` = it never will.
   * Who asks does the waiting, up to `capabilities.readBackDeadlineMs`.
   *
   * @throws {CoreError} If the carrier could not be read; a retryable one does not stop the others' looks.
   */
  readBack(intent: ChangeIntent, options?: ChangeOptions): Promise<ReadBackAnswer>
}
