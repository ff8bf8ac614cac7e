import type { ScanOptions } from "../src/scan/scan-batch.ts"
import type { ScanCertificate } from "../src/scan/certificate.ts"
import { scanDevices } from "../src/scan/scan-devices.ts"
import type { FleetModel } from "./fleet-model.ts"

/** What a scan brought, judged against the model. */
export interface Judgement {
  readonly certificate: ScanCertificate
  /** Devices that existed throughout and were not delivered. */
  readonly lost: number
  /** Devices whose last delivered row is older than their state when the scan began to chase its last window. */
  readonly stale: number
  /** Calls over the pages a still fleet needs. */
  readonly calls: number
  readonly batches: number
  readonly delivered: ReadonlySet<string>
}

/** Runs a scan on a model to its end. */
export async function judgeScan(
  fleet: FleetModel,
  options: Partial<ScanOptions> & { readonly clientClock?: () => number } = {},
): Promise<Judgement> {
  const { clientClock = () => fleet.now, ...scan } = options
  const begun = fleet.now
  const clock = { now: clientClock, sleep: async (ms: number) => fleet.pass(ms) }
  const latest = new Map<string, string | null>()
  const generator = scanDevices(fleet.call, clock, { scope: "all", ...scan })
  let batches = 0
  for (;;) {
    const step = await generator.next()
    if (step.done === true) {
      const { lost, stale } = missing(fleet, latest, begun)
      return { certificate: step.value, lost, stale, calls: fleet.calls, batches, delivered: new Set(latest.keys()) }
    }
    batches += 1
    for (const row of step.value.rows) latest.set(row.iccid, row.ratePlan)
  }
}

/** Lost and stale devices, among those that existed from before the scan until now. */
export function missing(
  fleet: FleetModel,
  latest: ReadonlyMap<string, string | null>,
  begun: number,
): { readonly lost: number; readonly stale: number } {
  let lost = 0
  let stale = 0
  // A change of the last call may be newer than its answer.
  const settled = fleet.now - 2 * (fleet.options.callMs ?? 200)
  for (const device of fleet.devices.values()) {
    if (device.addedAt > begun || fleet.removed.has(device.iccid)) continue
    if (!latest.has(device.iccid)) lost += 1
    else if (device.visibleAt < settled && latest.get(device.iccid) !== `plan ${device.version}`) stale += 1
  }
  return { lost, stale }
}

/** Changes, removals and inserts, `perSecond` of them on average. */
export function churn(perSecond: number, random: () => number): (fleet: FleetModel, elapsedMs: number) => void {
  return (fleet, elapsedMs) => {
    for (let due = (perSecond * elapsedMs) / 1_000; due > 0; due--) {
      if (random() >= due) return
      const kind = random()
      const device = fleet.any()
      if (kind < 0.1 || device === undefined) fleet.insert()
      else if (kind < 0.2) fleet.remove(device)
      else fleet.change(device)
    }
  }
}

/** Reads forwards until the last page, as every public client does. Returns the devices it lost. */
export async function forwardPager(fleet: FleetModel): Promise<number> {
  const begun = fleet.now
  const latest = new Map<string, string | null>()
  for (let pageNumber = 1; ; pageNumber++) {
    const answer = await fleet.call({
      method: "GET",
      path: `/devices?modifiedSince=2000-01-01T00:00:00Z&pageSize=50&pageNumber=${pageNumber}`,
    })
    const page = answer.json as { devices: { iccid: string; ratePlan: string }[]; lastPage: boolean }
    for (const row of page.devices) latest.set(row.iccid, row.ratePlan)
    if (page.lastPage) return missing(fleet, latest, begun).lost
  }
}
