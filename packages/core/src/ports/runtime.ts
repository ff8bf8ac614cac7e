/** Source of time. Injected, so that a run can be replayed and tested without waiting. */
export interface Clock {
  /** Epoch milliseconds, UTC. */
  now(): number
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Lets other work of the host run: one turn of its event loop. */
  yield(): Promise<void>
}

/** Everything impure that core needs. All of it is replaceable. */
export interface Runtime {
  readonly clock: Clock
  /** A new identifier; later ones sort after earlier ones. */
  newId(): string
  /** A number in [0, 1). */
  random(): number
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>
}

/** The host's own time, randomness and network, by web standards only. */
export function systemRuntime(): Runtime {
  const clock: Clock = { now: () => Date.now(), sleep, yield: yieldToHost }
  const random = () => Math.random()
  return { clock, newId: timeOrderedIds(clock, random), random, fetch: (input, init) => fetch(input, init) }
}

/**
 * Identifiers that sort by time: 9 base-36 digits of milliseconds, 4 of a counter, 8 random ones.
 * A counter keeps the order within a millisecond, where bulk inserts happen.
 */
export function timeOrderedIds(clock: Pick<Clock, "now">, random: () => number): () => string {
  let last = 0
  let count = 0
  return () => {
    const now = clock.now()
    count = now > last ? 0 : count + 1
    last = Math.max(now, last)
    return base36(last, 9) + base36(count, 4) + base36(Math.floor(random() * 36 ** 8), 8)
  }
}

function base36(value: number, width: number): string {
  return value.toString(36).padStart(width, "0")
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort)
      resolve()
    }, ms)
    signal?.addEventListener("abort", onAbort, { once: true })
  })
}

// A message to oneself is a macrotask on every runtime, without the minimum delay that timers have.
function yieldToHost(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
