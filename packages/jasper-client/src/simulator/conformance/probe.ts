import type { SimulatorCredentials } from "../options.ts"
import type { SimulatorClock } from "../ports.ts"

/** What a probe brought back. */
export interface Probed {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; undefined if it is none. */
  readonly json: unknown
}

/** Calls the carrier that is being examined. */
export interface Probe {
  /** GET with credentials; the path is the part below `/rws/api/v1`. */
  get(path: string): Promise<Probed>
  put(path: string, body: string): Promise<Probed>
  /** GET with this `Authorization` header, or with none; `path` starts below `/rws/api`. */
  getAs(authorization: string | undefined, path: string): Promise<Probed>
  /** A SIM that may be read: the one that may be changed, or the first of the list. */
  readonly iccid: () => Promise<string>
}

/** Where the carrier is. */
export interface ProbeOptions {
  /** Such as `https://restapi1.jasper.com`; a path and a trailing slash are taken off. */
  readonly baseUrl: string
  readonly credentials: SimulatorCredentials
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly clock: SimulatorClock
  /** Milliseconds between two calls. */
  readonly paceMs: number
  readonly writableIccid: string | undefined
}

const MAX_TRIES = 6

/** Paces the calls, and repeats those that were throttled: what is examined is the answer to the others. */
export function createProbe(options: ProbeOptions): Probe {
  const { credentials, clock, paceMs } = options
  const origin = new URL(options.baseUrl).origin
  const own = `Basic ${btoa(`${credentials.username}:${credentials.apiKey}`)}`
  let firstIccid = options.writableIccid

  async function call(authorization: string | undefined, path: string, body?: string): Promise<Probed> {
    for (let attempt = 1; ; attempt++) {
      if (paceMs > 0) await clock.sleep(paceMs)
      const headers: Record<string, string> = { accept: "application/json" }
      if (authorization !== undefined) headers["authorization"] = authorization
      if (body !== undefined) headers["content-type"] = "application/json"
      const init = body === undefined ? { headers } : { method: "PUT", headers, body }
      const response = await options.fetch(`${origin}/rws/api${path}`, init)
      const text = await response.text()
      if (attempt < MAX_TRIES && isThrottled(response.status, text)) await clock.sleep(1000 * attempt)
      else return { status: response.status, headers: response.headers, text, json: parse(text) }
    }
  }

  const probe: Probe = {
    get: (path) => call(own, `/v1${path}`),
    put: (path, body) => call(own, `/v1${path}`, body),
    getAs: (authorization, path) => call(authorization, path),
    async iccid() {
      if (firstIccid !== undefined) return firstIccid
      const { json } = await probe.get("/devices?modifiedSince=2000-01-01T00%3A00%3A00Z&pageSize=1")
      const found = (json as { devices?: { iccid?: string }[] } | undefined)?.devices?.[0]?.iccid
      if (found === undefined) throw new Error("The account has no SIM to look at")
      firstIccid = found
      return found
    },
  }
  return probe
}

function isThrottled(status: number, text: string): boolean {
  return status === 429 || text.includes("40000029")
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
