import { JasperError } from "../src/errors.ts"
import type { Caller } from "../src/transport/caller.ts"

/** One device of the model. */
export interface ModelDevice {
  readonly iccid: string
  /** When it entered the list; a device removed and added again enters anew. */
  addedAt: number
  updatedAt: number
  /** Order among equal dates. */
  readonly id: number
  version: number
  /** When the last change becomes visible in the search. */
  visibleAt: number
  /** Where it stands in the search until then; undefined for a new device. */
  shownAt: number | undefined
  shownVersion: number
}

/** How the modelled carrier behaves. */
export interface FleetModelOptions {
  readonly devices: number
  /** Server instant at the start. */
  readonly now?: number
  /** Time one call takes on the server's clock. */
  readonly callMs?: number
  /** When in the call the answer is computed: 0 start, 1 end. @default 1 */
  readonly answerAt?: number
  /** When its `Date` is written. @default as `answerAt` */
  readonly dateAt?: number
  readonly isInclusive?: boolean
  /** Past the end: an error or an empty page. */
  readonly pastTheEnd?: "error" | "empty"
  /** How late changes show in the search. */
  readonly lagMs?: number
  /** Dates without milliseconds. */
  readonly wholeSeconds?: boolean
  /** The order among equal dates changes from call to call. */
  readonly unstableTies?: boolean
  /** What happens between two calls; `elapsedMs` is the time since it ran last. */
  readonly drift?: (fleet: FleetModel, elapsedMs: number) => void
  readonly random?: () => number
}

/** 2026-03-01T08:00:00Z. */
const MODEL_START = Date.UTC(2026, 2, 1, 8)

/** A seeded random source (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A carrier's device list in memory, read by position while it changes. */
export class FleetModel {
  readonly options: FleetModelOptions
  readonly devices = new Map<string, ModelDevice>()
  /** Every device that was ever removed: it did not exist throughout. */
  readonly removed = new Set<string>()
  readonly random: () => number
  now: number
  calls = 0
  /** The request that is being answered. */
  lastPath = ""
  #nextId = 0

  constructor(options: FleetModelOptions) {
    this.options = options
    this.now = options.now ?? MODEL_START
    this.random = options.random ?? seededRandom(1)
    for (let n = 0; n < options.devices; n++) {
      // An hour between the oldest changes and the newest, which is a minute old.
      const age = 60_000 + ((options.devices - n) * 3_600_000) / options.devices
      this.insert(this.now - age)
    }
  }

  insert(updatedAt = this.now): ModelDevice {
    const id = this.#nextId++
    const iccid = `8944${String(id).padStart(15, "0")}`
    const at = this.#stamp(updatedAt)
    const isNow = updatedAt === this.now
    const device: ModelDevice = {
      iccid,
      addedAt: this.now,
      updatedAt: at,
      id,
      version: 0,
      visibleAt: isNow ? this.now + (this.options.lagMs ?? 0) : this.now,
      shownAt: undefined,
      shownVersion: 0,
    }
    this.devices.set(iccid, device)
    return device
  }

  change(device: ModelDevice): void {
    if (device.visibleAt <= this.now) {
      device.shownAt = device.updatedAt
      device.shownVersion = device.version
    }
    device.updatedAt = this.#stamp(this.now)
    device.version += 1
    device.visibleAt = this.now + (this.options.lagMs ?? 0)
  }

  remove(device: ModelDevice): void {
    this.devices.delete(device.iccid)
    this.removed.add(device.iccid)
  }

  any(): ModelDevice | undefined {
    const all = this.sorted()
    return all[Math.floor(this.random() * all.length)]
  }

  /** The list as the search shows it now. */
  sorted(since = 0): readonly ModelDevice[] {
    const shift = this.options.unstableTies === true ? this.calls * 7_919 : 0
    const rows: { readonly device: ModelDevice; readonly at: number }[] = []
    for (const device of this.devices.values()) {
      const at = device.visibleAt <= this.now ? device.updatedAt : device.shownAt
      if (at === undefined) continue
      if (this.options.isInclusive === false ? at > since : at >= since) rows.push({ device, at })
    }
    const tie = (device: ModelDevice): number => (device.id * 31 + shift) % 10_007
    rows.sort((a, b) => a.at - b.at || (shift === 0 ? a.device.id - b.device.id : tie(a.device) - tie(b.device)))
    return rows.map((row) => row.device)
  }

  /** One request: time passes, the fleet drifts, the answer is computed somewhere in between. */
  answer(path: string): { readonly status: number; readonly json: unknown; readonly date: number } {
    this.calls += 1
    this.lastPath = path
    const { callMs = 200, answerAt = 1, dateAt = answerAt } = this.options
    this.pass(callMs * answerAt)
    const result = this.#read(path)
    this.pass(callMs * (dateAt - answerAt))
    const date = Math.floor(this.now / 1_000) * 1_000
    this.pass(callMs * (1 - dateAt))
    return { ...result, date }
  }

  /** A caller over the model, without HTTP. */
  readonly call: Caller = async (spec, options = {}) => {
    options.signal?.throwIfAborted()
    const { status, json, date } = this.answer(spec.path)
    if (status === 200) {
      return { status, json, serverDate: date, requestId: undefined, attempts: 1, call: `${spec.method} ${spec.path}` }
    }
    const { errorCode } = json as { errorCode: string }
    throw new JasperError(status === 404 ? "request.not_found" : "request.invalid", "Refused by the model", {
      status,
      carrierCode: errorCode,
      body: JSON.stringify(json),
      attempts: [{ reason: "request.invalid", status, waitedMs: 0 }],
    })
  }

  /** Lets time pass, with what happens meanwhile. */
  pass(ms: number): void {
    if (ms <= 0) return
    this.now += ms
    this.options.drift?.(this, ms)
  }

  #stamp(at: number): number {
    return this.options.wholeSeconds === true ? Math.floor(at / 1_000) * 1_000 : Math.floor(at)
  }

  #read(path: string): { readonly status: number; readonly json: unknown } {
    const url = new URL(path, "http://model")
    if (url.pathname === "/devices") return this.#search(url.searchParams)
    const device = this.devices.get(url.pathname.split("/")[2] ?? "")
    if (device === undefined) return { status: 404, json: { errorCode: "20000001", errorMessage: "ICCID not found" } }
    return {
      status: 200,
      json: {
        iccid: device.iccid,
        status: "ACTIVATED",
        ratePlan: `plan ${device.version}`,
        communicationPlan: "LTE",
        dateUpdated: new Date(device.updatedAt).toISOString().replace("T", " ").replace("Z", "+0000"),
      },
    }
  }

  #search(query: URLSearchParams): { readonly status: number; readonly json: unknown } {
    const pageNumber = Number(query.get("pageNumber"))
    const pageSize = Number(query.get("pageSize"))
    const rows = this.sorted(Date.parse(query.get("modifiedSince") ?? ""))
    const first = (pageNumber - 1) * pageSize
    if (pageNumber > 1 && first >= rows.length && this.options.pastTheEnd === "error") {
      return { status: 400, json: { errorCode: "10000007", errorMessage: "Invalid pageNumber" } }
    }
    const devices = rows.slice(first, first + pageSize).map((device) => ({
      iccid: device.iccid,
      status: "ACTIVATED",
      ratePlan: `plan ${device.visibleAt <= this.now ? device.version : device.shownVersion}`,
      communicationPlan: "LTE",
    }))
    return { status: 200, json: { pageNumber, devices, lastPage: first + pageSize >= rows.length } }
  }
}
