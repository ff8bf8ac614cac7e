import ky from "ky"
import type { Clock, Fetch } from "../ports.ts"
import type { Credentials } from "./credentials.ts"
import { redactError } from "./redact.ts"
import { type Failure, judgeReply, type RawReply, type Reply } from "./reply.ts"
import { openScope, untilAborted } from "./scope.ts"

/** What is asked of the carrier. */
export interface CallSpec {
  readonly method: "GET" | "PUT" | "POST"
  /** Below the API root, each part encoded, with its query. */
  readonly path: string
  /** JSON body of a write. */
  readonly body?: unknown
}

/** What every attempt needs. */
export interface Wire {
  readonly baseUrl: string
  readonly credentials: Credentials
  readonly fetch: Fetch
  readonly clock: Clock
  readonly attemptTimeoutMs: number
  /** Sees every whole answer. */
  readonly onRaw: ((raw: RawReply, elapsedMs: number) => void) | undefined
}

/**
 * Sends one request once and reads its answer to the end.
 *
 * @returns The answer or the failure. Only an abort of `signal` rejects, with its reason.
 */
export async function attempt(spec: CallSpec, wire: Wire, signal: AbortSignal | undefined): Promise<Reply | Failure> {
  const { clock, credentials, attemptTimeoutMs } = wire
  const scope = openScope(
    signal,
    clock,
    attemptTimeoutMs,
    () => new AnswerLate(`No answer within ${attemptTimeoutMs} ms`),
  )
  const startedAt = clock.now()
  try {
    const raw = await untilAborted(exchange(spec, wire, scope.signal), scope.signal)
    const clean = { ...raw, body: credentials.redact(raw.body) }
    wire.onRaw?.(clean, clock.now() - startedAt)
    return judgeReply(clean, spec.method !== "GET", clock.now())
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    return error instanceof AnswerLate ? lost("timeout", error.message, undefined) : broken(error, credentials)
  } finally {
    scope.close()
  }
}

/** Ends an attempt, to be told apart from what else may end it. Never leaves this file. */
class AnswerLate extends Error {}

/** ky builds and sends the request; retries, time limits and judging the status are ours. */
async function exchange(spec: CallSpec, wire: Wire, signal: AbortSignal): Promise<RawReply> {
  const headers: Record<string, string> = { authorization: wire.credentials.authorization, accept: "application/json" }
  const response = await ky(wire.baseUrl + spec.path, {
    method: spec.method,
    headers,
    // Following a redirect would resend a write and hide a wrong host.
    redirect: "manual",
    retry: 0,
    timeout: false,
    throwHttpErrors: false,
    // ky hands over a finished Request.
    fetch: wire.fetch as typeof globalThis.fetch,
    signal,
    ...(spec.body === undefined ? {} : { json: spec.body }),
  })
  const bytes = new Uint8Array(await response.arrayBuffer())
  return {
    status: response.status,
    headers: response.headers,
    body: decode(bytes, response.headers.get("content-type")),
  }
}

/** Answers come as UTF-8 or as ISO-8859-1, labelled or not: a name must not lose its accents. */
function decode(bytes: Uint8Array, contentType: string | null): string {
  if (/charset\s*=\s*"?iso-8859-1/i.test(contentType ?? "")) return latin1(bytes)
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return latin1(bytes)
  }
}

function latin1(bytes: Uint8Array): string {
  let text = ""
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** A connection that failed or broke. ky's own error is unwrapped: it holds the request, and that the key. */
function broken(error: unknown, credentials: Credentials): Failure {
  const inner =
    error instanceof Error && error.name === "NetworkError" && error.cause !== undefined ? error.cause : error
  const cause = redactError(inner, credentials.redact)
  return lost("network", reasonOf(cause), cause)
}

/** "fetch failed" says nothing; the innermost cause does. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message
}

function lost(code: "network" | "timeout", detail: string, cause: unknown): Failure {
  return {
    code,
    detail,
    cause,
    status: undefined,
    carrierCode: undefined,
    carrierMessage: undefined,
    retryAfterMs: undefined,
    requestId: undefined,
    body: undefined,
  }
}
