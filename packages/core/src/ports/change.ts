import type { DeviceStatus } from "../domain/mod.ts"

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

/** What the other system wants to know of a change and we only pass on, by its own names. */
export type ChangeDetails = Readonly<Record<string, string>>

/** What one change makes of one device, by its type. What is `null` stays as it is, unless it says otherwise. */
export type DeviceChange =
  | { readonly changeType: "StatusUpdate"; readonly status: DeviceStatus; readonly details?: ChangeDetails }
  | {
      readonly changeType: "CarrierRatePlanChange"
      readonly ratePlan: string | null
      readonly communicationPlan: string | null
    }
  | {
      readonly changeType: "CustomerRatePlanChange"
      /** `null` takes the plan away; its pool and allocation go with it. */
      readonly customerRatePlanId: string | null
      readonly customerRatePoolId: string | null
      /** What of the plan's data this device may use. */
      readonly dataAllocationBytes: number | null
    }
  | {
      readonly changeType: "CustomerAssignment"
      /** `null` takes the device from its customer. */
      readonly customerId: string | null
      readonly siteId: string | null
    }
  | { readonly changeType: "Archival"; readonly isArchived: boolean }
  | {
      readonly changeType: "ActivateNewService"
      readonly ratePlan: string
      readonly communicationPlan: string | null
      readonly imei: string | null
      readonly details?: ChangeDetails
    }
  | { readonly changeType: "CreateRevService"; readonly details: ChangeDetails }
  | { readonly changeType: "ChangeIccidImei"; readonly iccid: string | null; readonly imei: string | null }
  | {
      readonly changeType: "EditUsername"
      /** New values by field: `username`, and the fields that the carrier's capabilities name. */
      readonly fields: Readonly<Record<string, string>>
    }

/** One change of one device, written to the ledger before the other side hears of it. */
export type ChangeIntent = DeviceChange & {
  readonly id: string
  readonly carrierDeviceId: string
}

/** How a change ended, everywhere. `unknown` = it may have happened; it is read back, never resent blindly. */
export type ChangeOutcome = "applied" | "refused" | "pending" | "unknown"

export interface ChangeAnswer {
  readonly outcome: ChangeOutcome
  /** Stable reason, for example the carrier's error code, or `null`. */
  readonly code: string | null
  /** For people; holds no secrets and no whole identifiers. */
  readonly text: string
  /** What a later callback will name this change by, where the other side works that way. */
  readonly requestId?: string
}

/** When a call for a change may go out, and how long its answer is waited for. */
export interface ChangeOptions {
  readonly signal?: AbortSignal
  /**
   * Epoch milliseconds: from then on it is not sent, nor waited with. A connector that lets calls wait asks again when the
   * turn has come, and throws `carrier.unavailable`, as for whatever surely did nothing; with `retryAfterMs` where the other
   * side said when to come back.
   */
  readonly notAfter?: number
}

/** A fact about another system with where it comes from and when it was read there. */
export interface Sourced<T> {
  readonly value: T
  readonly source: string
  readonly asOf: string
}

/**
 * What a carrier forbids about changes of rate plans: a SIM whose plan was changed lately, or often, or that is in one of
 * some statuses, is not moved.
 *
 * @example
 * ```ts
 * import type { RatePlanChangeRule, Sourced } from "@altaworx/core/ports"
 *
 * const source = "Verizon ThingSpace: Change Device Service Plan"
 * const rules: Sourced<RatePlanChangeRule>[] = [
 *   { value: { rule: "mostChanges", changes: 4, days: 31 }, source, asOf: "2026-11-21" },
 *   { value: { rule: "notInStatus", statuses: ["suspended"] }, source, asOf: "2026-11-21" },
 * ]
 * console.log(rules.length) // 2
 * ```
 */
export type RatePlanChangeRule =
  | { readonly rule: "leastDaysBetween"; readonly days: number }
  | { readonly rule: "mostChanges"; readonly changes: number; readonly days: number }
  | { readonly rule: "notInStatus"; readonly statuses: readonly DeviceStatus[] }

/**
 * How another system wants to be written to, as data. Its connector keeps the pace, over all who use the account: whoever
 * asks for many calls at once has them go out as the account allows.
 */
export interface ChangeCapabilities {
  readonly changeTypes: Sourced<readonly ChangeType[]>
  readonly callsPerSecond: Sourced<number>
  /** Calls that may be in flight at once. */
  readonly concurrency: Sourced<number>
  /** How long a write may stay invisible to reads before silence counts as an answer, milliseconds. */
  readonly readBackDeadlineMs: Sourced<number>
}

/**
 * The system that keeps the customers and their service lines, where it is not ours: devices are assigned there too.
 * One connector for each; it keeps the promises of {@link Carrier}'s writing half.
 */
export interface CustomerSystem {
  readonly capabilities: ChangeCapabilities
  /** Which of the devices have a service line that is active. */
  activeServices(
    carrierDeviceIds: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<ReadonlySet<string>>
  /** Sends one change once. Answers and throws like a carrier. */
  change(intent: ChangeIntent, options?: ChangeOptions): Promise<ChangeAnswer>
  /** Looks once whether the change shows. */
  readBack(intent: ChangeIntent, options?: ChangeOptions): Promise<ChangeAnswer>
}
