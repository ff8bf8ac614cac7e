import { describe, expect, test, vi } from "vitest"
import { FleetModel, type FleetModelOptions, type ModelDevice, seededRandom } from "./fleet-model.ts"
import { type NaiveScan, naiveScan } from "./naive-scan.ts"
import { churn, judgeScan } from "./scan-judge.ts"

// Machines differ, and so do their neighbours: none of these tests is about speed.
vi.setConfig({ testTimeout: 60_000 })

const SEEDS = Array.from({ length: 12 }, (_, n) => n + 1)

function fleetOf(seed: number, perSecond: number, options: Partial<FleetModelOptions> = {}): FleetModel {
  const random = seededRandom(seed)
  return new FleetModel({ devices: 1_500, random, drift: churn(perSecond, random), ...options })
}

/** Devices lost or stale over all seeds, by the mistaken variant and by the scan. */
async function compare(
  make: (seed: number) => FleetModel,
  naive: (fleet: FleetModel) => NaiveScan,
  scan: (fleet: FleetModel) => Parameters<typeof judgeScan>[1] = () => ({}),
): Promise<{ readonly naive: number; readonly scan: number; readonly certified: number }> {
  const result = { naive: 0, scan: 0, certified: 0 }
  for (const seed of SEEDS) {
    const mistaken = make(seed)
    const wrong = await naiveScan(mistaken, naive(mistaken))
    result.naive += wrong.lost + wrong.stale + (wrong.ends ? 0 : 1)
    const fleet = make(seed)
    const right = await judgeScan(fleet, scan(fleet))
    result.scan += right.lost + right.stale
    result.certified += right.certificate.certified ? 1 : 0
  }
  return result
}

describe("what a scan must not do: each naive variant loses, the scan does not", () => {
  test("start the chase from a client clock that is 10 s ahead", async () => {
    const ahead = (fleet: FleetModel) => () => fleet.now + 10_000
    const result = await compare(
      (seed) => fleetOf(seed, 2),
      (fleet) => ({ fence: "client", clientClock: ahead(fleet) }),
      (fleet) => ({ clientClock: ahead(fleet) }),
    )
    expect(result).toMatchObject({ scan: 0, certified: SEEDS.length })
    expect(result.naive).toBeGreaterThan(0)
  })

  test("need a client clock that is right: an hour behind costs no call more", async () => {
    for (const seed of SEEDS.slice(0, 5)) {
      const right = await judgeScan(fleetOf(seed, 1))
      const fleet = fleetOf(seed, 1)
      const behind = await judgeScan(fleet, { clientClock: () => fleet.now - 3_600_000 })
      expect(behind).toMatchObject({ lost: 0, stale: 0, calls: right.calls })
    }
  })

  test("start the chase from the Date of the sweep's own first page, when answers are slow", async () => {
    // Slow answers whose Date is written at their end, after the rows were read.
    const result = await compare(
      (seed) => fleetOf(seed, 3, { callMs: 4_000, answerAt: 0.1, devices: 500, dateAt: 1 }),
      () => ({ fence: "first page", marginMs: 0 }),
      () => ({ marginMs: 2_000 }),
    )
    expect(result.scan).toBe(0)
    expect(result.naive).toBeGreaterThan(0)
  })

  test("keep pages that were read while looking for the end", async () => {
    const result = await compare(
      (seed) => fleetOf(seed, 4, { devices: 3_000 }),
      () => ({ fence: "before", reusesPages: true }),
    )
    expect(result).toMatchObject({ scan: 0, certified: SEEDS.length })
    expect(result.naive).toBeGreaterThan(0)
  })

  test("use a margin smaller than the lateness of writes", async () => {
    const result = await compare(
      (seed) => fleetOf(seed, 1, { lagMs: 20_000, callMs: 1_000, devices: 1_000 }),
      () => ({ fence: "before", marginMs: 2_000 }),
      () => ({ marginMs: 25_000 }),
    )
    expect(result).toMatchObject({ scan: 0, certified: SEEDS.length })
    expect(result.naive).toBeGreaterThan(0)
  })
})

describe("what no scan can cure, and what it does about it", () => {
  test("equal dates in an order that changes from call to call: swept again until the count fits, or no certificate", async () => {
    let resweeps = 0
    for (const seed of SEEDS) {
      const random = seededRandom(seed)
      const fleet = new FleetModel({ devices: 0, random, unstableTies: true, drift: () => {} })
      // 300 devices in the same second.
      for (let n = 0; n < 300; n++) fleet.insert(fleet.now - 60_000)
      const { lost, certificate } = await judgeScan(fleet)
      if (certificate.certified) expect({ seed, lost }).toEqual({ seed, lost: 0 })
      else expect(certificate.reason).toBe("count_short")
      resweeps += certificate.sweeps - 1
    }
    expect(resweeps).toBeGreaterThan(0)
  })

  test("changes faster than the calls: it ends in a bounded number of steps, without a certificate", async () => {
    for (const seed of SEEDS.slice(0, 3)) {
      const { certificate, calls } = await judgeScan(fleetOf(seed, 100, { devices: 500 }))
      expect(certificate).toMatchObject({ certified: false, reason: "churn_outran_scan" })
      expect(calls).toBeLessThan(600)
    }
  })

  test("a device removed and added again with its old date: the count finds it and it is swept again", async () => {
    const { fleet } = comesAndGoes({ masked: false })
    expect(await judgeScan(fleet)).toMatchObject({
      lost: 0,
      certificate: { certified: true, sweeps: 2, count: "equal" },
    })
  })

  test("the same, masked by another removal: not listed although it is there, so details must be asked", async () => {
    const { fleet, comesBack } = comesAndGoes({ masked: true })
    const { certificate, delivered } = await judgeScan(fleet)
    expect(delivered.has(comesBack)).toBe(false)
    expect(certificate.assumptions).toContain(
      "No device enters the list with an old modification date while it is read",
    )
    await expect(fleet.call({ method: "GET", path: `/devices/${comesBack}` })).resolves.toMatchObject({ status: 200 })
  })
})

/** The oldest device leaves before its page is read and comes back, with its old date, after that. */
function comesAndGoes(options: { readonly masked: boolean }): {
  readonly fleet: FleetModel
  readonly comesBack: string
} {
  let gone: ModelDevice | undefined
  const fleet = new FleetModel({
    devices: 400,
    drift: (model) => {
      if (model.calls === 5) {
        ;[gone] = model.sorted()
        if (gone !== undefined) model.devices.delete(gone.iccid)
      }
      const isSwept =
        model.lastPath.includes("pageNumber=1") && !model.lastPath.includes("2000-01-01") && model.calls > 10
      if (gone === undefined || !isSwept || model.devices.has(gone.iccid)) return
      model.devices.set(gone.iccid, gone)
      const newest = model.sorted().at(-1)
      if (options.masked && newest !== undefined) model.remove(newest)
    },
  })
  return { fleet, comesBack: fleet.sorted()[0]?.iccid ?? "" }
}

describe("rows that enter with old dates push unread rows up into pages already read", () => {
  const oldRows = (seed: number): FleetModel => {
    const random = seededRandom(seed)
    const drift = churn(1, random)
    return new FleetModel({
      devices: 1_500,
      random,
      drift: (model, elapsedMs) => {
        drift(model, elapsedMs)
        // Three at a time now and then, and once 200.
        const count = model.calls === 25 ? 200 : model.random() < 0.2 ? 3 : 0
        for (let n = 0; n < count; n++) model.insert(model.now - 3_700_000)
      },
    })
  }

  test("the stitched scan loses none; the sweep alone does", async () => {
    let swept = 0
    let worst = 0
    for (const seed of SEEDS) {
      swept += (await judgeScan(oldRows(seed), { maxSweeps: 1 })).lost
      const { lost, stale, certificate, calls } = await judgeScan(oldRows(seed), { stitch: true })
      expect({ seed, lost, stale, certified: certificate.certified }).toEqual({
        seed,
        lost: 0,
        stale: 0,
        certified: true,
      })
      expect(certificate.method).toBe("stitch-and-chase")
      worst = Math.max(worst, calls)
    }
    expect(swept).toBeGreaterThan(0)
    // Old rows that enter above the reading are not seen: the count falls short, and it is swept again.
    expect(worst).toBeLessThan(500)
  })

  test("a fleet whose count is a multiple of every page size has an end too", async () => {
    for (const devices of [0, 1, 20, 50, 100, 1_000, 9_800]) {
      const fleet = new FleetModel({ devices })
      const { lost, calls, certificate } = await judgeScan(fleet, { stitch: true })
      expect({ devices, lost, certified: certificate.certified }).toEqual({ devices, lost: 0, certified: true })
      expect(calls).toBeLessThanOrEqual(1.3 * Math.ceil(devices / 50) + 40)
    }
  })

  test("under mild churn it takes at most 1.3 calls a page and 40", async () => {
    for (const seed of SEEDS) {
      const { lost, stale, calls } = await judgeScan(fleetOf(seed, 2, { devices: 3_000 }), { stitch: true })
      expect({ seed, lost, stale }).toEqual({ seed, lost: 0, stale: 0 })
      expect(calls).toBeLessThanOrEqual(1.3 * 60 + 40)
    }
  })
})

describe("what is harmless", () => {
  test("whole-second dates, inclusive or not", async () => {
    for (const isInclusive of [true, false]) {
      for (const seed of SEEDS) {
        const { lost, stale, certificate } = await judgeScan(fleetOf(seed, 3, { wholeSeconds: true, isInclusive }))
        expect({ seed, lost, stale, certified: certificate.certified }).toEqual({
          seed,
          lost: 0,
          stale: 0,
          certified: true,
        })
      }
    }
  })

  test("a bulk edit of 900 devices in the middle of the sweep", async () => {
    for (const seed of SEEDS) {
      const random = seededRandom(seed)
      const fleet = new FleetModel({
        devices: 2_000,
        random,
        wholeSeconds: seed % 2 === 0,
        drift: (model) => {
          if (model.calls !== 20 + seed) return
          for (const device of model.sorted().slice(0, 900)) model.change(device)
        },
      })
      const { lost, stale, certificate } = await judgeScan(fleet)
      expect({ seed, lost, stale, certified: certificate.certified }).toEqual({
        seed,
        lost: 0,
        stale: 0,
        certified: true,
      })
    }
  })

  test("a device that changes before every call", async () => {
    const fleet = new FleetModel({
      devices: 1_000,
      drift: (model) => model.change([...model.devices.values()][7] as never),
    })
    expect(await judgeScan(fleet)).toMatchObject({ lost: 0, certificate: { certified: true } })
  })

  test("a fleet that is emptied, or filled, while it is read", async () => {
    const emptied = new FleetModel({
      devices: 600,
      drift: (model) => {
        for (const device of model.sorted().slice(0, 20)) model.remove(device)
      },
    })
    expect(await judgeScan(emptied)).toMatchObject({ lost: 0, certificate: { certified: true, count: "more" } })
    const filled = new FleetModel({
      devices: 10,
      drift: (model) => {
        if (model.devices.size < 700) for (let n = 0; n < 5; n++) model.insert()
      },
    })
    expect(await judgeScan(filled)).toMatchObject({ lost: 0, stale: 0, certificate: { certified: true } })
  })
})
