import { answerAdmin } from "./admin.ts"
import { cycleAt } from "./billing-cycle.ts"
import { answerHtml, type CallOutcome, type SimulatorCall } from "./call.ts"
import { openCarrier } from "./carrier.ts"
import { createDoor } from "./door.ts"
import { callOf, responseOf, untilAborted } from "./fetch-form.ts"
import type { WriteEntry } from "./journal.ts"
import type { Operator } from "./operator.ts"
import { resolveOptions, type SimulatorOptions } from "./options.ts"
import { createStateView, type SimulatorState } from "./state-view.ts"
import type { SimulatorStats } from "./stats.ts"

/** A Control Center account in memory. */
export interface Simulator {
  /** Answers one call. Rejects with a TypeError where a real connection would break. */
  fetch(input: Request | URL | string, init?: RequestInit): Promise<Response>
  /** The same without Request and Response, for servers. */
  answer(call: SimulatorCall): Promise<CallOutcome>
  readonly state: SimulatorState
  /** A snapshot each time it is read. */
  readonly stats: SimulatorStats
  /** Every accepted write, oldest first, those replayed from the journal included. */
  readonly writes: readonly WriteEntry[]
  /** What happens behind the API. */
  readonly operator: Operator
  readonly clock: CarrierClock
  /** Settles when every push so far was delivered, or failed to be. */
  flushPushes(): Promise<void>
}

/** The carrier's own clock: the given one, and however far it was moved ahead. */
export interface CarrierClock {
  /** Epoch milliseconds. */
  now(): number
  /** Moves the clock ahead; journaled, so that it stays ahead. */
  jump(ms: number): void
  /** Moves the clock to the first instant of the next billing cycle. */
  jumpToCycleEnd(): void
}

/**
 * Creates a simulated Control Center account with a seeded fleet.
 *
 * The fleet, the faults and the drift follow from the options alone, so the same calls get the same answers. Paths
 * below `/rws/api/v1` are the carrier's; `/simulator/stats`, `/simulator/devices` and `/simulator/writes` show the
 * truth to tests, without credentials.
 *
 * @throws {RangeError} If an option is out of range, or the journal belongs to another fleet.
 *
 * @example Ask for the first page of a fleet
 * ```ts
 * import { createSimulator, DEFAULT_CREDENTIALS } from "@altaworx/jasper-client/simulator"
 *
 * const simulator = createSimulator({ seed: 7, devices: 20_000 })
 * const { username, apiKey } = DEFAULT_CREDENTIALS
 * const response = await simulator.fetch("http://simulator/rws/api/v1/devices?modifiedSince=2000-01-01T00:00:00Z", {
 *   headers: { authorization: `Basic ${btoa(`${username}:${apiKey}`)}` },
 * })
 * const page = (await response.json()) as { devices: unknown[]; lastPage: boolean }
 * console.log(page.devices.length, page.lastPage) // "50 false"
 * ```
 */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const resolved = resolveOptions(options)
  const carrier = openCarrier(resolved)
  const door = createDoor(resolved, carrier)
  const state = createStateView(carrier)

  const simulator: Simulator = {
    state,
    writes: carrier.writes,
    operator: carrier.operator,
    clock: {
      now: carrier.now,
      jump: carrier.jump,
      jumpToCycleEnd: () => carrier.jump(cycleAt(carrier.now(), resolved.modes.utcOffsetHours).endsAt - carrier.now()),
    },
    get stats() {
      return { ...door.counts(), writes: carrier.writes.length, injected: { ...carrier.injected } }
    },
    async flushPushes() {
      await carrier.pusher?.flush()
    },
    async answer(call) {
      if (call.path.startsWith("/simulator/")) return answerAdmin(call, simulator)
      if (!call.path.startsWith("/rws/")) return answerHtml(404, "404 Not Found")
      const outcome = await door.answer(call)
      if (outcome === "dropped") return outcome
      const date = new Date(carrier.now()).toUTCString()
      return { ...outcome, headers: { Date: date, ...outcome.headers } }
    },
    async fetch(input, init) {
      const request = new Request(input, init)
      request.signal.throwIfAborted()
      const outcome = await untilAborted(simulator.answer(await callOf(request)), request.signal)
      if (outcome === "dropped") throw new TypeError("fetch failed", { cause: new Error("Connection reset by peer") })
      return responseOf(outcome)
    },
  }
  return simulator
}
