import type { FleetModel } from "./fleet-model.ts"
import { missing } from "./scan-judge.ts"

/** A backward sweep with a chase, and the mistakes that can be made in it. */
export interface NaiveScan {
  /** Where the chase starts: the client's clock, or the `Date` of the sweep's own first page. */
  readonly fence: "client" | "first page" | "before"
  readonly clientClock?: () => number
  /** Pages that were read while looking for the end are not read again. */
  readonly reusesPages?: boolean
  readonly marginMs?: number
  /** Each further window begins this much before the newest row was seen, instead of at its date. */
  readonly maxCalls?: number
}

/** What came of it. */
export interface NaiveResult {
  readonly lost: number
  readonly stale: number
  /** False when it was stopped. */
  readonly ends: boolean
}

const EVER = "2000-01-01T00:00:00Z"

/** Runs it on a model. */
export async function naiveScan(fleet: FleetModel, naive: NaiveScan): Promise<NaiveResult> {
  const { fence, clientClock = () => fleet.now, reusesPages = false, marginMs = 2_000, maxCalls = 10_000 } = naive
  const begun = fleet.now
  const latest = new Map<string, string | null>()
  const read = async (pageNumber: number, since = EVER): Promise<{ rows: readonly string[]; date: number }> => {
    const path = `/devices?modifiedSince=${since}&pageSize=50&pageNumber=${pageNumber}`
    const answer = await fleet.call({ method: "GET", path })
    const { devices } = answer.json as { devices: { iccid: string; ratePlan: string }[] }
    for (const row of devices) latest.set(row.iccid, row.ratePlan)
    return { rows: devices.map((row) => row.iccid), date: answer.serverDate ?? 0 }
  }
  const known = new Set<number>()
  let full = 0
  let empty = Number.POSITIVE_INFINITY
  let serverDate = 0
  for (let probe = 1; empty - full > 1; ) {
    const page = await read(probe)
    serverDate = page.date
    if (page.rows.length > 0) {
      full = probe
      known.add(probe)
    } else empty = probe
    probe = empty === Number.POSITIVE_INFINITY ? full * 2 : Math.floor((full + empty) / 2)
  }
  if (!reusesPages) latest.clear()
  let from = fence === "client" ? clientClock() : serverDate
  for (let pageNumber = reusesPages ? full : empty; pageNumber >= 1; pageNumber--) {
    if (reusesPages && known.has(pageNumber)) continue
    const page = await read(pageNumber)
    if (fence === "first page" && pageNumber === (reusesPages ? full : empty)) from = page.date
  }
  from -= marginMs
  while (fleet.calls < maxCalls) {
    const page = await read(1, new Date(Math.floor(from / 1_000) * 1_000).toISOString())
    if (page.rows.length < 50) return { ...missing(fleet, latest, begun), ends: true }
    const last = fleet.devices.get(page.rows[49] ?? "")
    from = Math.max(from, (last?.updatedAt ?? 0) - 1_000)
  }
  return { ...missing(fleet, latest, begun), ends: false }
}
