import type { JasperError } from "./errors.ts"
import type { Hooks } from "./hooks.ts"
import type { ListOptions, Paged } from "./paging.ts"
import type { Clock, Fetch } from "./ports.ts"
import type { ScanCertificate } from "./scan/certificate.ts"
import type { ScanBatch, ScanOptions } from "./scan/scan-batch.ts"
import type { CallLimiter } from "./transport/call-limiter.ts"
import type { CycleUsage } from "./wire/cycle-usage.ts"
import type { DeviceDetails, CustomFieldName } from "./wire/device-details.ts"
import type { DeviceEdit, EditReceipt } from "./wire/device-edit.ts"
import type { DeviceSummary, SimStatus } from "./wire/device-summary.ts"
import type { RatePlan } from "./wire/rate-plan.ts"
import type { RatePlanUsage } from "./wire/rate-plan-usage.ts"

/** How long failed attempts wait, and how many there are. */
export interface BackoffOptions {
  /** @default 1000 */
  readonly baseMs?: number
  /** @default 60000 */
  readonly maxMs?: number
  /** Attempts at one call, the first included. @default 8 */
  readonly maxAttempts?: number
}

/** What a client is made from. */
export interface JasperClientOptions {
  /** The REST host; `/rws/api/v1` is added when it is missing. */
  readonly baseUrl: string
  readonly username: string
  readonly apiKey: string
  readonly fetch?: Fetch
  readonly clock?: Clock
  /** 0 (included) to 1 (excluded). */
  readonly random?: () => number
  /** The account's call rate: an upper bound; the client learns a lower one by itself. @default 5 */
  readonly callsPerSecond?: number
  /** Calls in flight. The carrier allows one. @default 1 */
  readonly concurrency?: number
  /** Share one among the clients of an account; `callsPerSecond` and `concurrency` are then the limiter's own. */
  readonly limiter?: CallLimiter
  readonly backoff?: BackoffOptions
  /** Time for one call with its queue wait, attempts and back-off. @default none */
  readonly deadlineMs?: number
  /** Time for one attempt, from sending to the end of the body. @default 60000 */
  readonly attemptTimeoutMs?: number
  readonly hooks?: Hooks
}

/** Options of every single call. */
export interface CallOptions {
  readonly signal?: AbortSignal
  /** Overrides the client's `deadlineMs` for this call. */
  readonly deadlineMs?: number
}

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

/** How `editAndVerify` reads back. */
export interface VerifyOptions extends CallOptions {
  /** Reading back ends this long after the write was answered or lost. @default 120000 */
  readonly deadlineMs?: number
  /** Between two reads. @default 2000 */
  readonly intervalMs?: number
}

/** What became of an edit. */
export interface EditOutcome {
  /**
   * `applied`: read back with the new values. `refused`: the carrier said no, nothing happened. `unknown`: neither
   * could be shown by the deadline.
   */
  readonly outcome: "applied" | "refused" | "unknown"
  /** Why it is `unknown`; undefined otherwise. */
  readonly reason: /** Answered 200, yet the new values never became visible. */
    | "silent_no_op_suspected"
    /** The answer was lost and the new values never became visible. */
    | "reply_lost"
    /** The values could not be read: every read failed. */
    | "read_back_failed"
    /** Accepted for a later date. */
    | "deferred"
    /** Nothing that was edited can be read back. */
    | "not_readable"
    | undefined
  /** The refusal, or what was lost. */
  readonly error: JasperError | undefined
  /** The last state read. */
  readonly details: DeviceDetails | undefined
  /** Read-backs made. */
  readonly reads: number
}

/** Which usage to list. */
export interface RatePlanUsageQuery extends ListOptions {
  /** First day of the cycle, `yyyy-MM-dd`; absent means the current cycle. */
  readonly cycleStartDate?: string
  /** Absent means the newest version. */
  readonly ratePlanVersion?: number
}

/** The devices of the account. */
export interface DevicesEndpoint {
  /** Lists devices changed since an instant, oldest change first. Under changes it can miss devices: see `scan`. */
  search(query: DeviceQuery, options?: ListOptions): Paged<DeviceSummary>
  /** Lists devices without missing any, in batches, and returns a certificate. */
  scan(options: ScanOptions): AsyncGenerator<ScanBatch, ScanCertificate, void>
  /** @throws {JasperError} `request.not_found` with `carrierCode` `20000001` for an unknown ICCID. */
  get(iccid: string, options?: CallOptions): Promise<DeviceDetails>
  /**
   * Sends one edit, once.
   *
   * @throws {JasperError} `outcome.unknown` when the answer was lost; it is never resent.
   */
  edit(iccid: string, fields: DeviceEdit, options?: CallOptions): Promise<EditReceipt>
  /** Sends one edit, once, and reads back until the new values show or the deadline passes. */
  editAndVerify(iccid: string, fields: DeviceEdit, options?: VerifyOptions): Promise<EditOutcome>
  /** Usage of one device since the start of the billing cycle. */
  cycleUsage(iccid: string, options?: CallOptions): Promise<CycleUsage>
}

/** A Control Center client: one account, one pace. */
export interface JasperClient {
  readonly devices: DevicesEndpoint
  readonly ratePlans: {
    /** Published rate plans. Needs the AccountAdmin role. */
    list(options?: ListOptions): Paged<RatePlan>
  }
  readonly usages: {
    /** Usage of every device with usage on a plan (not for shared plans). */
    byRatePlan(name: string, query?: RatePlanUsageQuery): Paged<RatePlanUsage>
  }
  /** Answers `text` when host, credentials and address are right. The carrier's health check. */
  echo(text: string, options?: CallOptions): Promise<string>
}

/**
 * Opens a client. Nothing is sent until a method is called.
 *
 * @throws {TypeError} If `baseUrl`, `username` or `apiKey` is missing or malformed.
 */
export function createJasperClient(options: JasperClientOptions): JasperClient {
  throw new TypeError(`Cannot create a client for ${options.baseUrl}: the transport is not wired yet`)
}
