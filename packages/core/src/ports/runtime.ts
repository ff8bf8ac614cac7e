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

// Four base-36 digits of counter.
const IDS_PER_MILLISECOND = 36 ** 4

/**
 * Identifiers that sort by time: 9 base-36 digits of milliseconds, 4 of a counter, 8 random ones. The counter keeps the
 * order within a millisecond, where bulk inserts happen; full, it borrows from the next one.
 */
export function timeOrderedIds(clock: Pick<Clock, "now">, random: () => number): () => string {
  let last = 0
  let count = 0
  return () => {
    const now = clock.now()
    if (now > last) {
      last = now
      count = 0
    } else if (++count === IDS_PER_MILLISECOND) {
      last++
      count = 0
    }
    return base36(last, 9) + base36(count, 4) + base36(Math.floor(random() * 36 ** 8), 8)
  }
}

function base36(value: number, width: number): string {
  return value.toString(36).padStart(width, "0")
}

// Hosts' timers hold 31 bits and fire at once beyond: a longer sleep is several.
const LONGEST_TIMER_MS = 2_147_483_647

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  for (let left = ms; left > LONGEST_TIMER_MS; left -= LONGEST_TIMER_MS) await sleepOnce(LONGEST_TIMER_MS, signal)
  await sleepOnce(ms > LONGEST_TIMER_MS ? ms % LONGEST_TIMER_MS : ms, signal)
}

function sleepOnce(ms: number, signal?: AbortSignal): Promise<void> {
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

// Not in every host's types, but in most hosts, and far cheaper than what follows where it is missing.
type WithImmediate = { readonly setImmediate?: (callback: () => void) => unknown }

function yieldToHost(): Promise<void> {
  return new Promise((resolve) => {
    const immediate = (globalThis as WithImmediate).setImmediate
    if (immediate) return void immediate(resolve)
    // A message to oneself is a macrotask on every runtime, without the minimum delay that timers have.
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
