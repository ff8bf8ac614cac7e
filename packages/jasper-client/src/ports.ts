/** Source of time. Injected, so that pace, back-off and deadlines can be tested without waiting. */
export interface Clock {
  /** Current instant, milliseconds since the Unix epoch, UTC. */
  now(): number
  /**
   * Waits.
   *
   * @param ms Milliseconds, 0 or more.
   * @param signal Ends the wait early: the promise rejects with `signal.reason` and no timer stays behind.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The part of `fetch` that the client uses. */
export type Fetch = (input: Request, init?: RequestInit) => Promise<Response>

/** The longest wait that host timers keep; longer waits are made of several. */
const MAX_TIMER_MS = 2_147_483_647

/** The host's clock. Timers live only while somebody waits. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    let left = ms
    do {
      await timer(Math.min(left, MAX_TIMER_MS), signal)
      left -= MAX_TIMER_MS
    } while (left > 0)
  },
}

/** The host's random source, 0 (included) to 1 (excluded). It spreads back-off; it protects nothing. */
export function systemRandom(): number {
  return Math.random()
}

/** The host's `fetch`, looked up at each call so that a later patch of the global is seen. */
export function systemFetch(input: Request, init?: RequestInit): Promise<Response> {
  return globalThis.fetch(input, init)
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const onAbort = (): void => {
      clearTimeout(id)
      reject(signal?.reason)
    }
    const id = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort)
      resolve()
    }, ms)
    signal?.addEventListener("abort", onAbort, { once: true })
  })
}
