import { type Clock, systemRuntime } from "../ports/mod.ts"

/** A clock that stands still until it is moved. */
export interface VirtualClock extends Clock {
  /** Moves time on by `ms`. Sleepers wake in the order of their instants; each one's work settles before the next. */
  advance(ms: number): Promise<void>
  /** Waits until nothing moves any more except by time. */
  settle(): Promise<void>
  /** Whether time jumps to the next sleeper by itself whenever nothing else moves. */
  autoAdvance(on: boolean): void
  /**
   * Keeps time from jumping by itself until `work` settled. For what waits outside virtual time, such as a socket, a
   * child process or Web Crypto, which a clock cannot tell from idleness.
   */
  hold<T>(work: Promise<T>): Promise<T>
  /** When the next sleeper wakes, epoch milliseconds; `undefined` when nobody sleeps. */
  nextWakeAt(): number | undefined
}

export interface VirtualClockOptions {
  /** Jump to the next sleeper whenever all is idle. @default false */
  readonly autoAdvance?: boolean
  /** Turns of the host's event loop without a call to the clock that count as idle. @default 3 */
  readonly idleTurns?: number
}

interface Sleeper {
  readonly wakeAt: number
  wake(): void
}

/**
 * A clock under the test's control. Time passes only by `advance`, or, in auto-advance mode, by jumping to the next
 * sleeper whenever nothing else moves, so that hours of retries and leases run in milliseconds and in the same order
 * every time.
 *
 * @param startAt Epoch milliseconds.
 * @example
 * ```ts
 * import { virtualClock } from "@altaworx/core/testing"
 *
 * const clock = virtualClock(0, { autoAdvance: true })
 * await clock.sleep(3_600_000)
 * console.log(clock.now()) // 3600000
 * ```
 */
export function virtualClock(startAt: number, options: VirtualClockOptions = {}): VirtualClock {
  const host = systemRuntime().clock
  const idleTurns = options.idleTurns ?? 3
  let now = startAt
  let auto = options.autoAdvance ?? false
  let calls = 0
  let yielding = 0
  let pumping = false
  const holds = new Set<Promise<unknown>>()
  let sleepers: readonly Sleeper[] = []

  const settle = async (): Promise<void> => {
    let seen = calls
    for (let quiet = 0; quiet < idleTurns; ) {
      while (holds.size > 0) await Promise.allSettled(holds)
      await host.yield()
      const moved = yielding > 0 || holds.size > 0 || calls !== seen
      seen = calls
      quiet = moved ? 0 : quiet + 1
    }
  }

  /** Wakes all that sleep until the next instant, if that is not after `limit`. */
  const wakeNext = (limit: number): boolean => {
    const wakeAt = sleepers[0]?.wakeAt
    if (wakeAt === undefined || wakeAt > limit) return false
    now = Math.max(now, wakeAt)
    const due = sleepers.filter((sleeper) => sleeper.wakeAt === wakeAt)
    sleepers = sleepers.slice(due.length)
    for (const sleeper of due) sleeper.wake()
    return true
  }

  const pump = async (): Promise<void> => {
    if (pumping) return
    pumping = true
    while (auto && sleepers.length > 0) {
      await settle()
      if (auto) wakeNext(Number.POSITIVE_INFINITY)
    }
    pumping = false
  }

  const add = (sleeper: Sleeper): void => {
    const at = sleepers.findIndex(({ wakeAt }) => wakeAt > sleeper.wakeAt)
    sleepers = at === -1 ? [...sleepers, sleeper] : sleepers.toSpliced(at, 0, sleeper)
    void pump()
  }

  const turn = async (): Promise<void> => {
    calls++
    yielding++
    await host.yield().finally(() => yielding--)
  }

  return {
    now: () => now,
    yield: turn,
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason as Error)
      if (!(ms > 0)) return turn()
      calls++
      return new Promise((resolve, reject) => {
        const sleeper: Sleeper = {
          // As hosts' clocks do, this one shows whole milliseconds only: a sleep of a part of one takes all of it.
          wakeAt: now + Math.ceil(ms),
          wake() {
            signal?.removeEventListener("abort", onAbort)
            resolve()
          },
        }
        const onAbort = () => {
          calls++
          sleepers = sleepers.filter((other) => other !== sleeper)
          reject(signal?.reason as Error)
        }
        signal?.addEventListener("abort", onAbort, { once: true })
        add(sleeper)
      })
    },
    async advance(ms) {
      const target = now + ms
      do await settle()
      while (wakeNext(target))
      now = Math.max(now, target)
    },
    settle,
    autoAdvance(on) {
      auto = on
      void pump()
    },
    hold(work) {
      const held = work.finally(() => {
        calls++
        holds.delete(held)
      })
      holds.add(held)
      return held
    },
    nextWakeAt: () => sleepers[0]?.wakeAt,
  }
}
