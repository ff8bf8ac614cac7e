import type { CallOptions } from "./call-options.ts"
import {
  type AccountsEndpoint,
  createAccountsEndpoint,
  createCustomersEndpoint,
  type CustomersEndpoint,
} from "./endpoints/accounts.ts"
import { createDevicesEndpoint, type DevicesEndpoint } from "./endpoints/devices.ts"
import { echo } from "./endpoints/echo.ts"
import { listRatePlans } from "./endpoints/rate-plans.ts"
import { createSmsEndpoint, type SmsEndpoint } from "./endpoints/sms.ts"
import { listUsageByRatePlan, type RatePlanUsageQuery } from "./endpoints/usages.ts"
import type { Hooks } from "./hooks.ts"
import type { ListOptions, Paged } from "./paging.ts"
import { type Clock, type Fetch, systemClock, systemFetch, systemRandom } from "./ports.ts"
import { resolveBackoff } from "./transport/backoff.ts"
import { normaliseBaseUrl } from "./transport/base-url.ts"
import type { CallLimiter } from "./transport/call-limiter.ts"
import { type CallerParts, createCaller } from "./transport/caller.ts"
import { createCredentials } from "./transport/credentials.ts"
import { createCallLimiter } from "./transport/pace.ts"
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
  readonly sms: SmsEndpoint
  readonly accounts: AccountsEndpoint
  readonly customers: CustomersEndpoint
  /** Answers `text` when host, credentials and address are right. The carrier's health check. */
  echo(text: string, options?: CallOptions): Promise<string>
}

/**
 * Opens a client. Nothing is sent, and no timer runs, until a method is called.
 *
 * @throws {TypeError | RangeError} If `baseUrl`, `username` or `apiKey` is missing or malformed, or a number is out of
 * range. No message holds the key.
 *
 * @example
 * ```ts
 * const client = createJasperClient({ baseUrl: "https://restapi1.jasper.com", username, apiKey })
 * for await (const device of client.devices.search({ modifiedSince: "2026-01-01T00:00:00Z" })) {
 *   console.log(device.iccid, device.status)
 * }
 * ```
 */
export function createJasperClient(options: JasperClientOptions): JasperClient {
  const call = createCaller(resolveCallerParts(options))
  const clock = options.clock ?? systemClock
  return {
    devices: createDevicesEndpoint(call, clock),
    ratePlans: { list: (list) => listRatePlans(call, list) },
    usages: { byRatePlan: (name, query) => listUsageByRatePlan(call, name, query) },
    sms: createSmsEndpoint(call),
    accounts: createAccountsEndpoint(call),
    customers: createCustomersEndpoint(call),
    echo: (text, options) => echo(call, text, options),
  }
}

/** Defaults, once: everything behind this sees them resolved. */
function resolveCallerParts(options: JasperClientOptions): CallerParts {
  const { clock = systemClock, random = systemRandom, fetch = systemFetch, hooks = {} } = options
  const {
    callsPerSecond = 5,
    concurrency = 1,
    deadlineMs = Number.POSITIVE_INFINITY,
    attemptTimeoutMs = 60_000,
  } = options
  if (!(deadlineMs > 0) || !(attemptTimeoutMs > 0)) {
    throw new RangeError("Cannot open the client: deadlineMs and attemptTimeoutMs must be above 0")
  }
  const backoff = resolveBackoff(options.backoff)
  const limiter = options.limiter ?? createCallLimiter({ callsPerSecond, concurrency, backoff, clock, random })
  const credentials = createCredentials(options.username, options.apiKey)
  const baseUrl = normaliseBaseUrl(options.baseUrl)
  return { wire: { baseUrl, credentials, fetch, clock, attemptTimeoutMs }, limiter, backoff, random, deadlineMs, hooks }
}
