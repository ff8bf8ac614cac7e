import { expect, test } from "vitest"
import { type CallLimiter, type Clock, createJasperClient } from "../src/mod.ts"
import { createSimulator, DEFAULT_CREDENTIALS } from "../src/simulator/mod.ts"
import { createVirtualClock } from "./virtual-clock.ts"

/** What processes that share an account agree on: one row of a database, say. */
interface Turn {
  readonly version: number
  /** When the next call may go, and until when somebody holds the account; epoch milliseconds. */
  readonly nextAt: number
  readonly heldUntil: number
}

/** A place with compare-and-swap, which every process can reach. */
interface TurnStore {
  read(): Promise<Turn>
  swap(next: Turn): Promise<boolean>
}

/** A limiter in one process, whose pace is kept in a place that several share. */
function storedLimiter(store: TurnStore, clock: Clock, callsPerSecond: number): CallLimiter {
  // A process that dies while it holds the account gives it up after this long.
  const leaseMs = 60_000
  const change = async (next: (turn: Turn) => Turn): Promise<void> => {
    for (;;) {
      const turn = await store.read()
      if (await store.swap({ ...next(turn), version: turn.version + 1 })) return
    }
  }
  return {
    acquire: async ({ signal } = {}) => {
      for (;;) {
        const turn = await store.read()
        const now = clock.now()
        const waitMs = Math.max(turn.nextAt, turn.heldUntil === 0 ? 0 : Math.min(turn.heldUntil, now + 20)) - now
        if (waitMs > 0) {
          await clock.sleep(waitMs, signal)
          continue
        }
        const mine = { version: turn.version + 1, nextAt: now + 1_010 / callsPerSecond, heldUntil: now + leaseMs }
        if (!(await store.swap(mine))) continue
        return {
          release: (outcome) => {
            const pauseMs = outcome.kind === "refused" ? (outcome.retryAfterMs ?? 1_000) : 0
            const free = change((held) => ({
              ...held,
              heldUntil: 0,
              nextAt: Math.max(held.nextAt, pauseMs === 0 ? 0 : clock.now() + pauseMs),
            }))
            free.catch(() => {})
            return pauseMs
          },
        }
      }
    },
  }
}

test("two processes that share an account through a stored limiter stay within its rate, one call at a time", async () => {
  const clock = createVirtualClock()
  const simulator = createSimulator({ devices: 600, callsPerSecond: 5, burst: 1, clock, modes: { latencyMs: 40 } })
  let row: Turn = { version: 0, nextAt: 0, heldUntil: 0 }
  const store: TurnStore = {
    read: async () => row,
    swap: async (next) => {
      if (next.version !== row.version + 1) return false
      row = next
      return true
    },
  }
  const scan = async (): Promise<number> => {
    const limiter = storedLimiter(store, clock, 5)
    const client = createJasperClient({
      baseUrl: "http://simulator",
      ...DEFAULT_CREDENTIALS,
      limiter,
      clock,
      fetch: (request) => simulator.fetch(request),
    })
    const seen = new Set<string>()
    for await (const batch of client.devices.scan({ scope: "all" })) for (const { iccid } of batch.rows) seen.add(iccid)
    return seen.size
  }
  const begun = clock.now()
  expect(await clock.run(Promise.all([scan(), scan()]))).toEqual([600, 600])
  expect(simulator.stats.throttled).toBe(0)
  expect(simulator.stats.calls / ((clock.now() - begun) / 1_000)).toBeGreaterThan(4.5)
})
