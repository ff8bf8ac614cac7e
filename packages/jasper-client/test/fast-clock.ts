import type { Clock } from "../src/ports.ts"

/** A clock whose waits end at once, or never: `sleeps` has what was waited for. */
export interface FastClock extends Clock {
  readonly sleeps: number[]
}

/**
 * Time moves only by sleeping: each wait below `longestMs` is over on the next turn, longer ones end by their signal
 * only. So back-off and pace take no time, and time limits never strike.
 */
export function createFastClock(start = Date.UTC(2026, 2, 1, 8), longestMs = 3_600_000): FastClock {
  let now = start
  const sleeps: number[] = []
  return {
    sleeps,
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true })
        if (ms >= longestMs) return
        sleeps.push(ms)
        queueMicrotask(() => {
          if (signal?.aborted) return
          now += ms
          resolve()
        })
      }),
  }
}
