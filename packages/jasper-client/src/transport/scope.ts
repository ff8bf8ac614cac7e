import type { Clock } from "../ports.ts"

/** A signal that ends with its parent or with its time, and the way to give it back. */
export interface Scope {
  readonly signal: AbortSignal
  /** Ends it now. */
  abort(reason: unknown): void
  /** Stops the time and lets go of the parent. */
  close(): void
}

// Given as a reason, or each call would make an exception with its stack for nobody to read.
const CLOSED = "closed"

/**
 * Opens a signal that aborts when `parent` does (with the parent's reason), or after `ms` (with `timeReason()`).
 *
 * @param ms Milliseconds; `Infinity` for no limit.
 */
export function openScope(parent: AbortSignal | undefined, clock: Clock, ms: number, timeReason: () => unknown): Scope {
  const controller = new AbortController()
  if (parent?.aborted) {
    controller.abort(parent.reason)
    return { signal: controller.signal, abort: () => {}, close: () => {} }
  }
  const onAbort = (): void => controller.abort(parent?.reason)
  parent?.addEventListener("abort", onAbort, { once: true })
  const stop = new AbortController()
  if (ms !== Infinity) {
    clock.sleep(Math.max(0, ms), stop.signal).then(
      () => controller.abort(timeReason()),
      () => {},
    )
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    close: () => {
      parent?.removeEventListener("abort", onAbort)
      stop.abort(CLOSED)
    },
  }
}

/**
 * Waits for `work`, but no longer than `signal` lasts: some fetch implementations, and all in-memory ones, do not heed
 * the signal they are given.
 */
export function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      work.catch(() => {})
      reject(signal.reason)
      return
    }
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener("abort", onAbort, { once: true })
    work.then(
      (value) => {
        signal.removeEventListener("abort", onAbort)
        resolve(value)
      },
      (error: unknown) => {
        signal.removeEventListener("abort", onAbort)
        reject(signal.aborted ? signal.reason : error)
      },
    )
  })
}
