import PQueue from "p-queue"
import type { Clock } from "../ports.ts"
import { systemClock, systemRandom } from "../ports.ts"
import { type Backoff, nextDelayMs, resolveBackoff } from "./backoff.ts"
import type { CallLimiter, CallOutcome, CallSlot } from "./call-limiter.ts"
import { afterAccepted, afterRefused, startRate } from "./learned-rate.ts"

/** So many refusals in a row pause for about one or two calls' time: long enough for the next one, short enough to learn. */
const SHORT_PAUSES = 2

/** How fast an account may be called. */
export interface CallLimiterOptions {
  /** Upper bound; a lower rate is learned from refusals. @default 5 */
  readonly callsPerSecond?: number
  /** Calls in flight. @default 1 */
  readonly concurrency?: number
  /** Pauses after refusals. */
  readonly backoff?: Partial<Backoff>
  readonly clock?: Clock
  /** 0 (included) to 1 (excluded). */
  readonly random?: () => number
}

/** What is left unused, so that a clock or a network that runs a little fast does not cost a refusal. */
const HEADROOM = 0.99
/** `Infinity` is a fair way to say that no limit is known; a rate to learn from has to be a number. */
const MAX_RATE = 10_000
/** A timer that woke late is caught up with, up to this much: its calls were due and only the host was busy. */
const LATE_TIMER_MS = 100
/**
 * A call that comes late by itself is caught up with by half a call's time at most, which cannot put two calls together. At
 * more than 20 calls a second by this much: there a host that is busy for a moment would lose several calls' time each time.
 */
const LATE_CALL_MS = 80
const BRISK = 20
/** At more than 50 calls a second a longer pause gives as much back: there a timer's error is longer than a call's time. */
const FAST = 50

/**
 * The default limiter: one queue for the account, calls evenly spaced, all of them paused when the carrier refuses one.
 *
 * One refusal pauses for about one call's time, a second one for two; further ones in a row for 0 to 1, 2, 4 … 60 seconds
 * (full jitter), or for as long as the carrier's `Retry-After` says. A rate that keeps being refused is lowered, and the one
 * the carrier accepts is found by trial; from there it grows back additively, with one try a minute.
 *
 * @throws {RangeError} If a number is out of range.
 *
 * @example Two clients of one account
 * ```ts
 * const limiter = createCallLimiter({ callsPerSecond: 5 })
 * const reader = createJasperClient({ ...account, limiter })
 * const writer = createJasperClient({ ...account, limiter })
 * ```
 */
export function createCallLimiter(options: CallLimiterOptions = {}): CallLimiter {
  const { callsPerSecond = 5, concurrency = 1, clock = systemClock, random = systemRandom } = options
  if (!(callsPerSecond > 0))
    throw new RangeError(`Cannot pace calls: callsPerSecond must be above 0, got ${callsPerSecond}`)
  const backoff = resolveBackoff(options.backoff)
  const queue = new PQueue({ concurrency })
  let learned = startRate(Math.min(callsPerSecond, MAX_RATE))
  let refusalsInRow = 0
  let nextAt = Number.NEGATIVE_INFINITY
  let pausedUntil = Number.NEGATIVE_INFINITY

  async function waitTurn(signal: AbortSignal | undefined): Promise<void> {
    for (let hasSlept = false; ; hasSlept = true) {
      signal?.throwIfAborted()
      const now = clock.now()
      const waitMs = Math.max(nextAt, pausedUntil) - now
      if (waitMs <= 0) {
        nextAt = nextTurn(nextAt, now, learned.rate, hasSlept && pausedUntil < nextAt)
        return
      }
      await clock.sleep(waitMs, signal)
    }
  }

  function settle(outcome: CallOutcome): number {
    const now = clock.now()
    if (outcome.kind === "lost") return 0
    if (outcome.kind === "accepted") {
      refusalsInRow = 0
      learned = afterAccepted(learned, now)
      return 0
    }
    refusalsInRow += 1
    learned = afterRefused(learned, now)
    const pauseMs = pauseAfterRefusal(outcome.retryAfterMs)
    pausedUntil = Math.max(pausedUntil, now + pauseMs)
    return pausedUntil - now
  }

  function pauseAfterRefusal(retryAfterMs: number | undefined): number {
    const oneCallMs = 1_000 / learned.rate
    if (retryAfterMs === undefined && refusalsInRow <= SHORT_PAUSES)
      return oneCallMs * (refusalsInRow - 0.5 + random() / 2)
    const failures = Math.max(1, refusalsInRow - SHORT_PAUSES)
    return Math.min(oneCallMs, backoff.maxMs) + nextDelayMs(failures, retryAfterMs, backoff, random)
  }

  function acquire(wait: { readonly signal?: AbortSignal; readonly isRetry?: boolean } = {}): Promise<CallSlot> {
    const { signal, isRetry = false } = wait
    return new Promise((resolve, reject) => {
      const turn = async (): Promise<void> => {
        await waitTurn(signal)
        await new Promise<void>((free) => {
          resolve({
            release: (outcome) => {
              const pauseMs = settle(outcome)
              free()
              return pauseMs
            },
          })
        })
      }
      // A call that was refused goes first: it is older than everything that waits.
      queue.add(turn, { priority: isRetry ? 1 : 0, ...(signal && { signal }) }).catch(reject)
    })
  }

  return { acquire }
}

/** When the call after this one may go: on schedule when this one was a little late, else from now. */
function nextTurn(dueAt: number, now: number, rate: number, hasSlept: boolean): number {
  const intervalMs = 1_000 / (rate * HEADROOM)
  const lateCallMs = rate > BRISK ? LATE_CALL_MS : intervalMs / 2
  if (now - dueAt <= (hasSlept ? LATE_TIMER_MS : lateCallMs)) return dueAt + intervalMs
  return now + intervalMs - (rate > FAST ? LATE_CALL_MS : 0)
}
