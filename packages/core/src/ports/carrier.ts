import type { BillingPeriod, DeviceStatus, OverageRounding } from "../domain/mod.ts"

/** What the documents call a change type. Ids are data of their own; the code is the key. */
export type ChangeType =
  | "StatusUpdate"
  | "CarrierRatePlanChange"
  | "CustomerRatePlanChange"
  | "CustomerAssignment"
  | "Archival"
  | "ActivateNewService"
  | "CreateRevService"
  | "ChangeIccidImei"
  | "EditUsername"

/** A fact about a carrier with where it comes from and when it was read there. */
export interface Sourced<T> {
  readonly value: T
  readonly source: string
  readonly asOf: string
}

/** What a carrier can do, as data: what it cannot is refused in the plan, by name, not at run time. */
export interface CarrierCapabilities {
  readonly integrationType: string
  /** Which identifier names a device in this carrier's calls. */
  readonly deviceIdentifier: "iccid" | "eid" | "subscriberNumber"
  readonly changeTypes: Sourced<readonly ChangeType[]>
  readonly callsPerSecond: Sourced<number>
  readonly concurrency: Sourced<number>
  /** How long a write may stay invisible to reads before silence counts as an answer, milliseconds. */
  readonly readBackDeadlineMs: Sourced<number>
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
  readonly startedAt: number
  readonly finishedAt: number
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
  readonly smsIncluded: number
  readonly smsCost: number
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

/** One change of one device, written to the ledger before the carrier hears of it. */
export interface ChangeIntent {
  readonly id: string
  readonly changeType: ChangeType
  readonly carrierDeviceId: string
  /** Target of a CarrierRatePlanChange. */
  readonly ratePlan: string
}

/** How a carrier change ended, everywhere. `unknown` = it may have happened; it is read back, never resent blindly. */
export type ChangeOutcome = "applied" | "refused" | "pending" | "unknown"

export interface ChangeAnswer {
  readonly outcome: ChangeOutcome
  /** Stable reason, for example the carrier's error code, or `null`. */
  readonly code: string | null
  /** For people; holds no secrets and no whole identifiers. */
  readonly text: string
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
  change(intent: ChangeIntent, options?: { readonly signal?: AbortSignal }): Promise<ChangeAnswer>
  /**
   * Looks at the carrier once: `applied` = the change shows, `pending` = it does not show yet, `refused` = it never will.
   * Who asks does the waiting, up to `capabilities.readBackDeadlineMs`.
   *
   * @throws {CoreError} If the carrier could not be read; a retryable one does not stop the others' looks.
   */
  readBack(intent: ChangeIntent, options?: { readonly signal?: AbortSignal }): Promise<ReadBackAnswer>
}
