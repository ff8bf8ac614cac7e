import { type CallAttempt, JasperError, type JasperErrorCode } from "../errors.ts"
import type { Hooks, RequestEvent } from "../hooks.ts"
import { attempt, type CallSpec, type Wire } from "./attempt.ts"
import { type Backoff, nextDelayMs } from "./backoff.ts"
import type { CallLimiter, CallOutcome, CallSlot } from "./call-limiter.ts"
import { type Failure, isAmbiguous, isReply, type Reply } from "./reply.ts"
import { openScope } from "./scope.ts"

/** A good answer and what it took. */
export interface Answer extends Reply {
  /** Attempts made, the good one included. */
  readonly attempts: number
  /** The method and path, for messages. */
  readonly call: string
}

/** Makes calls: waits for its turn, sends, judges, backs off, sends again where that is safe. */
export type Caller = (spec: CallSpec, options?: CallerOptions) => Promise<Answer>

/** Options of one call. */
export interface CallerOptions {
  readonly signal?: AbortSignal | undefined
  readonly deadlineMs?: number | undefined
  /** From then on nothing is sent, epoch milliseconds. */
  readonly notAfter?: number | undefined
}

/** What a caller is made from. */
export interface CallerParts {
  readonly wire: Omit<Wire, "onRaw">
  readonly limiter: CallLimiter
  readonly backoff: Backoff
  readonly random: () => number
  readonly deadlineMs: number
  readonly hooks: Hooks
}

/** Failures after which a read is sent again. */
const RESENT: readonly JasperErrorCode[] = [
  "limit.rate",
  "carrier.unavailable",
  "network",
  "timeout",
  "response.unreadable",
]

/**
 * Builds the one function through which everything is sent.
 *
 * Reads are resent after rate refusals, 5xx, broken connections and unreadable answers. Writes are resent after a
 * definite rate refusal only; whatever leaves their effect open ends as `outcome.unknown`. A 401 ends this call and
 * every later one without sending.
 */
export function createCaller(parts: CallerParts): Caller {
  let calls = 0
  let refusedLogin: JasperError | undefined

  return async (spec, options = {}) => {
    calls += 1
    const callId = calls
    const deadlineMs = options.deadlineMs ?? parts.deadlineMs
    const { notAfter = Infinity } = options
    if (deadlineMs === Infinity) return run(spec, callId, options.signal, { endsAt: Infinity, notAfter })
    const endsAt = parts.wire.clock.now() + deadlineMs
    const scope = openScope(options.signal, parts.wire.clock, deadlineMs, () => new DeadlinePassed())
    try {
      return await run(spec, callId, scope.signal, { endsAt, notAfter })
    } finally {
      scope.close()
    }
  }

  async function run(
    spec: CallSpec,
    callId: number,
    signal: AbortSignal | undefined,
    { endsAt, notAfter }: { readonly endsAt: number; readonly notAfter: number },
  ): Promise<Answer> {
    const attempts: CallAttempt[] = []
    let mayHaveHappened = false
    try {
      for (;;) {
        signal?.throwIfAborted()
        const slot = await acquire(signal, notAfter, attempts.length > 0)
        let outcome: CallOutcome = { kind: "lost" }
        let pauseMs = 0
        let result: Reply | Failure
        const event = eventOf(spec, callId, attempts.length + 1)
        try {
          if (refusedLogin !== undefined) throw afterRefusedLogin(refusedLogin)
          if (parts.wire.clock.now() >= notAfter) throw new DeadlinePassed()
          tell(parts.hooks.onRequest, event)
          mayHaveHappened = spec.method !== "GET"
          result = await attempt(spec, wireWithHook(event), signal)
          outcome = outcomeOf(result)
        } finally {
          pauseMs = slot.release(outcome)
        }
        if (pauseMs > 0) tell(parts.hooks.onPause, { ...event, pauseMs })
        if (isReply(result)) return { ...result, attempts: attempts.length + 1, call: callName(spec) }
        mayHaveHappened &&= isAmbiguous(result.code)
        const waitMs = nextWait(spec, result, attempts.length + 1, pauseMs, Math.min(endsAt, notAfter))
        attempts.push({ reason: result.code, status: result.status, waitedMs: waitMs ?? 0 })
        if (waitMs === undefined) throw fail(spec, result, attempts)
        tell(parts.hooks.onRetry, { ...event, reason: result.code, waitMs, error: errorOf(spec, result, attempts) })
        // A pause is the limiter's: the next `acquire` waits it out, together with everybody else.
        if (result.code !== "limit.rate") await parts.wire.clock.sleep(waitMs, signal)
      }
    } catch (error) {
      if (error instanceof DeadlinePassed) throw pastDeadline(spec, attempts, mayHaveHappened)
      throw error
    }
  }

  /** Waits for a turn, and no longer than until `notAfter`. */
  async function acquire(signal: AbortSignal | undefined, notAfter: number, isRetry: boolean): Promise<CallSlot> {
    if (notAfter === Infinity) return parts.limiter.acquire({ ...(signal && { signal }), isRetry })
    const { clock } = parts.wire
    const scope = openScope(signal, clock, notAfter - clock.now(), () => new DeadlinePassed())
    try {
      return await parts.limiter.acquire({ signal: scope.signal, isRetry })
    } finally {
      scope.close()
    }
  }

  /** Milliseconds until the next attempt; undefined when there is none. */
  function nextWait(
    spec: CallSpec,
    failure: Failure,
    made: number,
    pauseMs: number,
    endsAt: number,
  ): number | undefined {
    const isSafe = failure.code === "limit.rate" || spec.method === "GET"
    if (!isSafe || !RESENT.includes(failure.code) || made >= parts.backoff.maxAttempts) return undefined
    const waitMs =
      failure.code === "limit.rate" ? pauseMs : nextDelayMs(made, failure.retryAfterMs, parts.backoff, parts.random)
    // Waiting past the deadline would only turn a telling error into a late one.
    return parts.wire.clock.now() + waitMs >= endsAt ? undefined : waitMs
  }

  function fail(spec: CallSpec, failure: Failure, attempts: readonly CallAttempt[]): JasperError {
    const error = errorOf(spec, failure, attempts)
    if (error.code === "auth.unauthorized") refusedLogin = error
    if (spec.method === "GET" || !isAmbiguous(failure.code)) return error
    const message = `Cannot tell whether ${callName(spec)} took effect: ${failure.detail}`
    return new JasperError("outcome.unknown", message, { ...failure, attempts, cause: error })
  }

  function wireWithHook(event: RequestEvent): Wire {
    const { onResponse } = parts.hooks
    if (onResponse === undefined) return { ...parts.wire, onRaw: undefined }
    return {
      ...parts.wire,
      onRaw: (raw, elapsedMs) => {
        const headers = Object.fromEntries(
          [...raw.headers].map(([name, value]) => [name, parts.wire.credentials.redact(value)]),
        )
        tell(onResponse, { ...event, status: raw.status, headers, body: raw.body, elapsedMs })
      },
    }
  }

  function eventOf(spec: CallSpec, callId: number, attemptNumber: number): RequestEvent {
    return { method: spec.method, path: parts.wire.credentials.redact(spec.path), callId, attempt: attemptNumber }
  }
}

/** Ends a call, to be told apart from the caller's abort. Never leaves this file. */
class DeadlinePassed extends Error {}

function outcomeOf(result: Reply | Failure): CallOutcome {
  if (isReply(result)) return { kind: "accepted" }
  if (result.code === "limit.rate") return { kind: "refused", retryAfterMs: result.retryAfterMs }
  return result.status === undefined || result.status >= 500 ? { kind: "lost" } : { kind: "accepted" }
}

/** Method and path for messages; identifiers are personal data and keep their last four digits only. */
function callName(spec: CallSpec): string {
  const path = spec.path.split("?")[0] ?? ""
  return `${spec.method} ${path.replace(/\d{7,}/g, (digits) => `…${digits.slice(-4)}`)}`
}

function errorOf(spec: CallSpec, failure: Failure, attempts: readonly CallAttempt[]): JasperError {
  const tries = attempts.length > 1 ? ` (${attempts.length} attempts)` : ""
  return new JasperError(failure.code, `Cannot complete ${callName(spec)}: ${failure.detail}${tries}`, {
    ...failure,
    attempts: [...attempts],
  })
}

function pastDeadline(spec: CallSpec, attempts: readonly CallAttempt[], mayHaveHappened: boolean): JasperError {
  const last: CallAttempt = { reason: "timeout", status: undefined, waitedMs: 0 }
  return mayHaveHappened
    ? new JasperError("outcome.unknown", `Cannot tell whether ${callName(spec)} took effect: its deadline passed`, {
        attempts: [...attempts, last],
      })
    : new JasperError("timeout", `Cannot complete ${callName(spec)}: its deadline passed`, {
        attempts: [...attempts, last],
      })
}

function afterRefusedLogin(first: JasperError): JasperError {
  return new JasperError("auth.unauthorized", "Not sent: an earlier call was refused with 401", {
    status: first.status,
    carrierCode: first.carrierCode,
    carrierMessage: first.carrierMessage,
    requestId: first.requestId,
  })
}

/** A hook observes; its faults are its own. */
function tell<Event>(hook: ((event: Event) => void) | undefined, event: Event): void {
  try {
    hook?.(event)
  } catch {}
}
