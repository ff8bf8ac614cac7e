import { answerAdmin } from "./admin.ts"
import { answerHtml, answerJson, type CallOutcome, type SimulatorCall } from "./call.ts"
import { openCarrier, type RememberingCarrier } from "./carrier.ts"
import { answerError, CarrierError } from "./carrier-error.ts"
import { answerInstead } from "./fault-answers.ts"
import { callOf, responseOf } from "./fetch-form.ts"
import type { WriteEntry } from "./journal.ts"
import { type ResolvedOptions, resolveOptions, type SimulatorOptions } from "./options.ts"
import { findRoute } from "./router.ts"
import type { SimulatorStats } from "./stats.ts"
import { createStateView, type SimulatorState } from "./state-view.ts"
import { createTokenBucket } from "./token-bucket.ts"

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
 * const simulator = createSimulator({ seed: 7, devices: 20_000 })
 * const { username, apiKey } = DEFAULT_CREDENTIALS
 * const response = await simulator.fetch("http://simulator/rws/api/v1/devices?modifiedSince=2000-01-01T00:00:00Z", {
 *   headers: { authorization: `Basic ${btoa(`${username}:${apiKey}`)}` },
 * })
 * ```
 */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const resolved = resolveOptions(options)
  const carrier = openCarrier(resolved)
  const door = createDoor(resolved, carrier)
  const state = createStateView(carrier.fleet, carrier.state)

  const simulator: Simulator = {
    state,
    writes: carrier.writes,
    get stats() {
      return { ...door.counts(), writes: carrier.writes.length, injected: { ...carrier.injected } }
    },
    async answer(call) {
      if (call.path.startsWith("/simulator/")) return answerAdmin(call.path, simulator)
      if (!call.path.startsWith("/rws/")) return answerHtml(404, "404 Not Found")
      const outcome = await door.answer(call)
      if (outcome === "dropped") return outcome
      const date = new Date(resolved.clock.now()).toUTCString()
      return { ...outcome, headers: { ...outcome.headers, Date: date } }
    },
    async fetch(input, init) {
      const outcome = await simulator.answer(await callOf(new Request(input, init)))
      if (outcome === "dropped") throw new TypeError("fetch failed", { cause: new Error("Connection reset by peer") })
      return responseOf(outcome)
    },
  }
  return simulator
}

/** The way in: credentials, rate limit, faults, then the endpoint. */
function createDoor(
  options: ResolvedOptions,
  carrier: RememberingCarrier,
): { answer(call: SimulatorCall): Promise<CallOutcome>; counts(): { calls: number; throttled: number } } {
  const { clock, credentials, modes } = options
  const bucket = createTokenBucket(options)
  const authorization = `Basic ${btoa(`${credentials.username}:${credentials.apiKey}`)}`
  let calls = 0
  let throttled = 0
  let inFlight = 0

  function throttle(): CallOutcome {
    throttled++
    const turn = throttled % 2 === 1 ? 429 : 400
    return answerError("40000029", modes.throttleStatus === "mixed" ? turn : modes.throttleStatus)
  }

  function unauthorized(sent: string | null): CallOutcome {
    // Without credentials there is no error code in the body, with wrong ones there is.
    const answer =
      sent === null ? answerJson(401, { errorMessage: "Full authentication is required" }) : answerError("10000001")
    return { ...answer, headers: { ...answer.headers, "WWW-Authenticate": 'Basic realm="Jasper"' } }
  }

  function answerAdmitted(call: SimulatorCall): CallOutcome {
    const now = Math.floor(clock.now())
    carrier.state.settle(now)
    const route = findRoute(call.method, call.path.replace(/^\/rws\/api\//, ""))
    if (route === "badVersion") return answerError("10000024")
    if (route === undefined) {
      return modes.notFound === "html"
        ? answerHtml(404, "404 Not Found")
        : answerJson(404, { errorMessage: "Resource not found" })
    }
    const { operation, endpoint, subject } = route
    const before = carrier.strike("before", operation, now)
    const instead = before && answerInstead(before.fault)
    if (instead !== undefined) return instead
    const answer = endpoint({ carrier, query: call.query, body: call.body, subject, now })
    if (operation === "searchDevices") carrier.searchAnswered(now)
    const after = carrier.strike("after", operation, now)
    return (after && answerInstead(after.fault)) ?? answer
  }

  return {
    counts: () => ({ calls, throttled }),
    async answer(call) {
      calls++
      if (call.authorization !== authorization) return unauthorized(call.authorization)
      if (inFlight >= options.concurrency || !bucket.take(clock.now())) return throttle()
      inFlight++
      try {
        return answerAdmitted(call)
      } catch (error) {
        if (error instanceof CarrierError) return answerError(error.code)
        throw error
      } finally {
        inFlight--
      }
    },
  }
}
