import type { Clock } from "../src/ports.ts"

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** Time that jumps to the next waking whenever everything waits. */
export interface VirtualClock extends Clock {
  /** Runs until `work` settles. Fails when nothing sleeps and `work` still waits. */
  run<Value>(work: Promise<Value>): Promise<Value>
  /** Waits that have not ended: timers left behind. */
  readonly waiting: number
}

/** A clock for whole runs without waiting. */
export function createVirtualClock(start = Date.UTC(2026, 2, 1, 8)): VirtualClock {
  let now = start
  const sleepers = new Set<Sleeper>()

  async function idle(): Promise<void> {
    // Bodies of in-memory answers take a few turns of the event loop.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const sleeper: Sleeper = {
          at: now + ms,
          wake: () => {
            signal?.removeEventListener("abort", onAbort)
            resolve()
          },
        }
        const onAbort = (): void => {
          sleepers.delete(sleeper)
          reject(signal?.reason)
        }
        signal?.addEventListener("abort", onAbort, { once: true })
        sleepers.add(sleeper)
      }),
    get waiting() {
      return sleepers.size
    },
    run: async (work) => {
      let isSettled = false
      const settle = (): void => {
        isSettled = true
      }
      work.then(settle, settle)
      for (;;) {
        await idle()
        if (isSettled) return work
        let next: Sleeper | undefined
        for (const sleeper of sleepers) if (next === undefined || sleeper.at < next.at) next = sleeper
        if (next === undefined) throw new Error("Everything waits and nothing sleeps")
        sleepers.delete(next)
        now = Math.max(now, next.at)
        next.wake()
      }
    },
  }
}
