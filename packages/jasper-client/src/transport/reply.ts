import type { JasperErrorCode } from "../errors.ts"
import { errorCodeOf } from "./carrier-code.ts"
import { parseRetryAfter } from "./retry-after.ts"

/** One answer, body read to its end. */
export interface RawReply {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** A good answer. */
export interface Reply {
  readonly status: number
  /** The parsed body; undefined when a write was answered without one. */
  readonly json: unknown
  /** The server's clock when it answered, epoch milliseconds in whole seconds; undefined without a `Date` header. */
  readonly serverDate: number | undefined
  readonly requestId: string | undefined
}

/** Why an attempt brought no good answer. */
export interface Failure {
  readonly code: JasperErrorCode
  /** For the message: what the carrier or the connection said. */
  readonly detail: string
  readonly status: number | undefined
  readonly carrierCode: string | undefined
  readonly carrierMessage: string | undefined
  readonly retryAfterMs: number | undefined
  readonly requestId: string | undefined
  readonly body: string | undefined
  readonly cause: unknown
}

/** How much of an answer an error keeps. */
const MAX_BODY = 2_000

/** Codes after which a write certainly had no effect. */
const DEFINITE: readonly JasperErrorCode[] = [
  "auth.unauthorized",
  "auth.forbidden",
  "request.invalid",
  "request.not_found",
  "request.wrong_host",
  "limit.rate",
  "limit.look_back",
]

/** Could a write have taken effect although it ended like this? */
export function isAmbiguous(code: JasperErrorCode): boolean {
  return !DEFINITE.includes(code)
}

/**
 * Judges an answer: by its `errorCode` first, its HTTP status second and its body's type third, because business
 * errors come with 2xx, rate limits with 400, and gateways answer in HTML.
 *
 * @param isWrite A write may be answered without a body.
 * @param nowMs The client's clock, for a `Retry-After` date in an answer without a date of its own.
 */
export function judgeReply(raw: RawReply, isWrite: boolean, nowMs: number): Reply | Failure {
  const json = parseJson(raw.body)
  const requestId = raw.headers.get("x-request-id") ?? raw.headers.get("x-correlation-id") ?? undefined
  const carrierCode = textOf(json, "errorCode")
  const code = errorCodeOf(carrierCode, raw.status)
  if (code === undefined) {
    if (json !== UNREADABLE) return { status: raw.status, json, serverDate: dateOf(raw.headers), requestId }
    if (isWrite && raw.body.trim() === "") {
      return { status: raw.status, json: undefined, serverDate: dateOf(raw.headers), requestId }
    }
  }
  const carrierMessage = textOf(json, "errorMessage")
  return {
    code: code === undefined ? "response.unreadable" : wrongHostOr(code, json),
    detail: describe(raw.status, carrierCode, carrierMessage, json),
    status: raw.status,
    carrierCode,
    carrierMessage,
    // A date is on the server's clock; so is the answer's own.
    retryAfterMs: parseRetryAfter(raw.headers.get("retry-after"), dateOf(raw.headers) ?? nowMs),
    requestId,
    body: raw.body.slice(0, MAX_BODY),
    cause: undefined,
  }
}

/** Is it a good answer? */
export function isReply(result: Reply | Failure): result is Reply {
  return "json" in result
}

const UNREADABLE: unique symbol = Symbol("not JSON")

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return UNREADABLE
  }
}

/** A 404 in HTML comes from a host without the API. It must never read as "no such device". */
function wrongHostOr(code: JasperErrorCode, json: unknown): JasperErrorCode {
  return code === "request.not_found" && json === UNREADABLE ? "request.wrong_host" : code
}

function textOf(json: unknown, key: "errorCode" | "errorMessage"): string | undefined {
  if (typeof json !== "object" || json === null) return undefined
  const value = (json as Record<string, unknown>)[key]
  if (typeof value === "string" && value !== "") return value
  return typeof value === "number" ? String(value) : undefined
}

function dateOf(headers: Headers): number | undefined {
  const at = Date.parse(headers.get("date") ?? "")
  return Number.isNaN(at) ? undefined : at
}

function describe(status: number, code: string | undefined, message: string | undefined, json: unknown): string {
  if (code === undefined && message === undefined) {
    return `HTTP ${status}${json === UNREADABLE ? " with a body that is not JSON" : ""}`
  }
  return [`HTTP ${status}`, code, message].filter((part) => part !== undefined).join(", ")
}
