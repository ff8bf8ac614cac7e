/** Every code a `JasperError` can carry. Stable; a new one is a minor version. */
export type JasperErrorCode =
  /** 401: wrong user or key, or a caller outside the account's address list. Stops all later calls of the client. */
  | "auth.unauthorized"
  /** The user or the account may not use this function or see this data. */
  | "auth.forbidden"
  /** The carrier refused what was asked; `carrierCode` says why. Nothing happened. */
  | "request.invalid"
  /** The named device, message or account does not exist for this account (JSON 404). */
  | "request.not_found"
  /** The host does not serve the REST API (HTML 404): check `baseUrl`. Says nothing about any device. */
  | "request.wrong_host"
  /** The carrier's call rate was exceeded until the attempts ran out. Nothing happened. */
  | "limit.rate"
  /** `modifiedSince` is older than this carrier release can look back (10000045). */
  | "limit.look_back"
  /** 5xx or a gateway's page, until the attempts ran out. */
  | "carrier.unavailable"
  /** The connection failed or broke, until the attempts ran out. */
  | "network"
  /** The deadline or the time for one attempt passed. */
  | "timeout"
  /** The answer is JSON of another shape than documented; the message has the path, never the value. */
  | "response.schema"
  /** The answer is not readable as JSON (HTML, cut off), until the attempts ran out. */
  | "response.unreadable"
  /** A write was sent and its answer was lost: it may or may not have taken effect. Never resent; read back. */
  | "outcome.unknown"
  /** The checkpoint is of another version, scope or list. */
  | "checkpoint.invalid"

/** Why one attempt at a call did not succeed, and how long was waited after it. */
export interface CallAttempt {
  /** `limit.rate`, `carrier.unavailable`, `network`, … as the attempt ended. */
  readonly reason: JasperErrorCode
  /** HTTP status, when an answer arrived. */
  readonly status: number | undefined
  /** Milliseconds waited before the next attempt; 0 after the last one. */
  readonly waitedMs: number
}

/** What a `JasperError` is made of. */
export interface JasperErrorInit {
  readonly retryAfterMs?: number | undefined
  readonly status?: number | undefined
  readonly carrierCode?: string | undefined
  readonly carrierMessage?: string | undefined
  readonly requestId?: string | undefined
  readonly attempts?: readonly CallAttempt[] | undefined
  readonly body?: string | undefined
  readonly cause?: unknown
}

/** Joins two installed copies of this package: a guard must not depend on class identity. */
const BRAND = "@altaworx/jasper-client/error"

/** Codes after which the same call may plausibly succeed later. A lost write is not among them. */
const RETRYABLE: readonly JasperErrorCode[] = [
  "limit.rate",
  "carrier.unavailable",
  "network",
  "timeout",
  "response.unreadable",
]

/**
 * The one error of this package. Its message, cause and body never hold the API key.
 *
 * An aborted signal rejects with `signal.reason`, untouched, and is not a `JasperError`; caller mistakes are
 * `TypeError` or `RangeError`, thrown before anything is sent.
 */
export class JasperError extends Error {
  override readonly name = "JasperError"
  /** Stable and switchable. */
  readonly code: JasperErrorCode
  /** Would the same call plausibly succeed later? */
  readonly retryable: boolean
  /** The carrier's own word on when to come back, milliseconds, when it gave one. */
  readonly retryAfterMs: number | undefined
  /** HTTP status, when an answer arrived. */
  readonly status: number | undefined
  /** The carrier's `errorCode`, such as `20000001`, when it gave one. */
  readonly carrierCode: string | undefined
  /** The carrier's `errorMessage`, when it gave one. */
  readonly carrierMessage: string | undefined
  /** The carrier's request id, when an answer had one. */
  readonly requestId: string | undefined
  /** Every attempt made, in order, the last one included. */
  readonly attempts: readonly CallAttempt[]
  /** The first 2,000 characters of the answer, when one arrived. */
  readonly body: string | undefined

  constructor(code: JasperErrorCode, message: string, init: JasperErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause })
    this.code = code
    this.retryable = RETRYABLE.includes(code)
    this.retryAfterMs = init.retryAfterMs
    this.status = init.status
    this.carrierCode = init.carrierCode
    this.carrierMessage = init.carrierMessage
    this.requestId = init.requestId
    this.attempts = init.attempts ?? []
    this.body = init.body
    Object.defineProperty(this, Symbol.for(BRAND), { value: true })
  }
}

/**
 * Tells a `JasperError`, of any installed copy of this package, from anything else.
 *
 * @param error Whatever was caught.
 * @param code Only this code, when given.
 *
 * @example
 * ```ts
 * if (isJasperError(error, "request.not_found")) return undefined
 * ```
 */
export function isJasperError(error: unknown, code?: JasperErrorCode): error is JasperError {
  if (typeof error !== "object" || error === null || !(Symbol.for(BRAND) in error)) return false
  return code === undefined || (error as JasperError).code === code
}
