import { describe, expect, test, vi } from "vitest"
import { isJasperError } from "../src/errors.ts"
import type { ScanCertificate } from "../src/scan/certificate.ts"
import type { ScanCheckpoint } from "../src/scan/checkpoint.ts"
import type { ScanOptions } from "../src/scan/scan-batch.ts"
import { scanDevices } from "../src/scan/scan-devices.ts"
import { FleetModel, seededRandom } from "./fleet-model.ts"
import { churn, missing } from "./scan-judge.ts"

// Machines differ, and so do their neighbours: none of these tests is about speed.
vi.setConfig({ testTimeout: 60_000 })

function fleetOf(seed: number, devices = 700, perSecond = 2): FleetModel {
  const random = seededRandom(seed)
  return new FleetModel({ devices, random, drift: churn(perSecond, random) })
}

/** A consumer that is killed: it keeps rows and checkpoint together, and starts again from what it kept. */
async function scanWithKills(
  fleet: FleetModel,
  options: Partial<ScanOptions>,
  isKilled: (batch: number) => boolean,
): Promise<{
  readonly certificate: ScanCertificate
  readonly lost: number
  readonly stale: number
  readonly kills: number
}> {
  const begun = fleet.now
  const clock = { now: () => fleet.now, sleep: async (ms: number) => fleet.pass(ms) }
  const stored = new Map<string, string | null>()
  let kept: string | undefined
  let batches = 0
  let kills = 0
  for (;;) {
    const resumed: { checkpoint?: ScanCheckpoint } =
      kept === undefined ? {} : { checkpoint: JSON.parse(kept) as ScanCheckpoint }
    const scan = scanDevices(fleet.call, clock, {
      scope: "all",
      countDistinct: () => stored.size,
      ...options,
      ...resumed,
    })
    for (;;) {
      const step = await scan.next()
      if (step.done === true) return { certificate: step.value, ...missing(fleet, stored, begun), kills }
      batches += 1
      // Killed before the batch is stored: its rows are lost with it.
      if (isKilled(batches)) break
      for (const row of step.value.rows) stored.set(row.iccid, row.ratePlan)
      kept = JSON.stringify(step.value.checkpoint)
      expect(kept.length).toBeLessThan(2_500)
    }
    kills += 1
    await scan.return(undefined as never)
    // The fleet goes on while nobody reads.
    fleet.now += 20_000
    churn(1, fleet.random)(fleet, 20_000)
  }
}

describe("a scan that is killed and resumed from its last stored checkpoint", () => {
  for (const stitch of [false, true]) {
    test(`loses nothing, killed at any batch (stitch: ${stitch})`, async () => {
      for (let at = 1; at <= 18; at++) {
        const result = await scanWithKills(fleetOf(at), { stitch }, (batch) => batch === at)
        expect({ at, ...result, certificate: result.certificate.certified }).toMatchObject({
          lost: 0,
          stale: 0,
          certificate: true,
        })
        expect(result.certificate.count).not.toBe("unchecked")
      }
    })

    test(`loses nothing, killed again and again (stitch: ${stitch})`, async () => {
      for (let seed = 1; seed <= 10; seed++) {
        const random = seededRandom(seed + 100)
        const { lost, stale, kills, certificate } = await scanWithKills(fleetOf(seed), { stitch }, () => random() < 0.3)
        expect({ seed, lost, stale, certified: certificate.certified }).toEqual({
          seed,
          lost: 0,
          stale: 0,
          certified: true,
        })
        expect(kills).toBeGreaterThan(0)
      }
    })
  }

  test("counts on its own what it can, and says what it could not", async () => {
    const scan = (isKilled: (batch: number) => boolean) => {
      const fleet = fleetOf(3, 700, 0)
      return scanWithKills(fleet, { countDistinct: undefined as never }, isKilled)
    }
    expect((await scan(() => false)).certificate).toMatchObject({ certified: true, count: "equal", duplicates: 0 })
    const resumed = (await scan((batch) => batch === 9)).certificate
    expect(resumed).toMatchObject({ certified: true, count: "unchecked" })
    expect(resumed.assumptions.join()).toContain("countDistinct")
  })

  test("refuses a checkpoint of another scan before anything is sent", async () => {
    const fleet = fleetOf(1)
    const clock = { now: () => fleet.now, sleep: () => Promise.resolve() }
    const first = await scanDevices(fleet.call, clock, { scope: "all" }).next()
    if (first.done === true) throw new Error("no batch")
    const { checkpoint } = first.value
    const calls = fleet.calls
    for (const options of [
      { scope: "month", checkpoint },
      { scope: "all", stitch: true, checkpoint },
      { scope: "all", checkpoint: { ...checkpoint, version: 2 } },
      { scope: "all", checkpoint: { ...checkpoint, phase: "nowhere" } },
    ]) {
      try {
        scanDevices(fleet.call, clock, options as unknown as ScanOptions)
        expect.unreachable()
      } catch (error) {
        expect(isJasperError(error, "checkpoint.invalid")).toBe(true)
      }
    }
    expect(fleet.calls).toBe(calls)
  })
})

describe("scopes", () => {
  test("since and month list what changed since; the certificate says what is out of scope", async () => {
    const fleet = fleetOf(1, 500, 0)
    const clock = { now: () => fleet.now, sleep: () => Promise.resolve() }
    const since = fleet.now - 1_000_000
    const seen = new Set<string>()
    const scan = scanDevices(fleet.call, clock, { scope: "since", since })
    for (;;) {
      const step = await scan.next()
      if (step.done === true) {
        expect(step.value).toMatchObject({ certified: true, scope: "since", since: Math.floor(since / 1_000) * 1_000 })
        expect(step.value.assumptions.join()).toContain("out of scope")
        break
      }
      for (const row of step.value.rows) seen.add(row.iccid)
    }
    const expected = [...fleet.devices.values()].filter(
      (device) => device.updatedAt >= Math.floor(since / 1_000) * 1_000,
    )
    expect(seen).toEqual(new Set(expected.map((device) => device.iccid)))
  })

  test("a carrier that looks back a year only gives what it has, and no certificate", async () => {
    const fleet = fleetOf(1, 300, 0)
    const clock = { now: () => fleet.now, sleep: () => Promise.resolve() }
    const { JasperError } = await import("../src/errors.ts")
    const call: typeof fleet.call = (spec, options) => {
      const since = Date.parse(new URL(spec.path, "http://model").searchParams.get("modifiedSince") ?? "")
      if (since < fleet.now - 365 * 24 * 3_600_000) throw new JasperError("limit.look_back", "Too old", { status: 400 })
      return fleet.call(spec, options)
    }
    const scan = scanDevices(call, clock, { scope: "all" })
    let rows = 0
    for (;;) {
      const step = await scan.next()
      if (step.done === true) {
        expect(step.value).toMatchObject({ certified: false, reason: "look_back_capped" })
        break
      }
      rows += step.value.rows.length
    }
    expect(rows).toBe(300)
  })
})
