import { DEFAULT_CREDENTIALS, type SimulatorOptions } from "../options.ts"
import type { SimulatorClock } from "../ports.ts"
import { createSimulator, type Simulator } from "../simulator.ts"

/** A clock that tests set. */
export interface ManualClock extends SimulatorClock {
  /** Moves time on. */
  pass(ms: number): void
}

/** A clock that stands still until it is moved; sleeping moves it. */
export function createManualClock(start: number = Date.UTC(2026, 2, 10)): ManualClock {
  let now = start
  return {
    now: () => now,
    pass(ms) {
      now += ms
    },
    sleep(ms) {
      now += ms
      return Promise.resolve()
    },
  }
}

/** The parts of an answer that tests look at. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body; throws when it is not JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests reach into answers of every shape
  json(): any
}

/** Calls a simulator with its own credentials. */
export interface Caller {
  readonly simulator: Simulator
  readonly clock: ManualClock
  get(path: string): Promise<Answered>
  put(iccid: string, fields: Readonly<Record<string, unknown>>): Promise<Answered>
  post(path: string, body: string): Promise<Answered>
  call(path: string, init?: RequestInit): Promise<Answered>
}

/** The header that the default credentials make. */
export function defaultAuthorization(): string {
  return `Basic ${btoa(`${DEFAULT_CREDENTIALS.username}:${DEFAULT_CREDENTIALS.apiKey}`)}`
}

/** A simulator without a rate limit on a manual clock, and a caller for it. */
export function openCaller(options: SimulatorOptions = {}, clock: ManualClock = createManualClock()): Caller {
  const simulator = createSimulator({ clock, callsPerSecond: Number.POSITIVE_INFINITY, devices: 200, ...options })
  const call: Caller["call"] = async (path, init) => {
    const headers = { authorization: defaultAuthorization() }
    const response = await simulator.fetch(`http://simulator/rws/api/v1${path}`, { headers, ...init })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) }
  }
  return {
    simulator,
    clock,
    call,
    get: (path) => call(path),
    post: (path, body) => call(path, { method: "POST", body }),
    put: (iccid, fields) => call(`/devices/${iccid}`, { method: "PUT", body: JSON.stringify(fields) }),
  }
}

/** The path of a search over everything. */
export function searchPath(pageNumber: number, more: string = ""): string {
  return `/devices?modifiedSince=2000-01-01T00:00:00Z&pageNumber=${pageNumber}${more}`
}
