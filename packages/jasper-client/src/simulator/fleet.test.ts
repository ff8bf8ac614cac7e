import { describe, expect, it } from "vitest"
import { createFleet } from "./fleet.ts"
import { luhnDigit } from "./iccid.ts"
import { PERMITTED_PLANS, RATE_PLANS } from "./rate-plans.ts"

const ASOF = Date.UTC(2025, 0, 1)

describe("createFleet()", () => {
  it("draws the same fleet from the same seed, and another from another", () => {
    const draw = (seed: number) => {
      const fleet = createFleet({ seed, size: 300, asOf: ASOF })
      return Array.from({ length: 300 }, (_, id) => [fleet.iccidOf(id), fleet.deviceOf(id), fleet.usageOf(id)])
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })

  it("keeps drawing the fleet that is pinned here, on every engine", () => {
    const fleet = createFleet({ seed: 7, size: 20_000, asOf: ASOF })
    const sample = [0, 1, 77, 19_999].map((id) => {
      const { homeBytes, roamingBytes, smsSent } = fleet.usageOf(id)
      return [fleet.iccidOf(id), fleet.dateOf(id), fleet.deviceOf(id).planIndex, homeBytes + roamingBytes, smsSent]
    })
    expect(sample).toMatchInlineSnapshot(`
      [
        [
          "8999926619297747324",
          1641083637289,
          1,
          12511960,
          14,
        ],
        [
          "8999926619297729371",
          1641090158153,
          1,
          0,
          0,
        ],
        [
          "8999926619297762117",
          1641449415749,
          0,
          0,
          10,
        ],
        [
          "8999926619297765367",
          1735685978108,
          0,
          0,
          15,
        ],
      ]
    `)
  })

  it("numbers every SIM with a unique 19-digit ICCID and finds it again", () => {
    for (const size of [1, 2, 50, 9_973]) {
      const fleet = createFleet({ seed: size, size, asOf: ASOF })
      const iccids = Array.from({ length: size }, (_, id) => fleet.iccidOf(id))
      expect(new Set(iccids).size).toBe(size)
      for (const [id, iccid] of iccids.entries()) {
        expect(iccid).toMatch(/^89\d{17}$/)
        expect(iccid.at(-1)).toBe(String(luhnDigit(iccid.slice(0, -1))))
        expect(fleet.idOf(iccid)).toBe(id)
        expect(fleet.idOf(`${iccid}0`)).toBe(-1)
      }
    }
  })

  it("finds nothing for ICCIDs of nobody", () => {
    const fleet = createFleet({ seed: 1, size: 500, asOf: ASOF })
    for (const iccid of ["", "89", "8999900000000000009", "8900000000000000017", "89999x6619297747324"]) {
      expect(fleet.idOf(iccid)).toBe(-1)
    }
  })

  it("orders SIMs by modification date, before asOf", () => {
    for (const size of [1, 3_000, 250_000]) {
      const fleet = createFleet({ seed: 3, size, asOf: ASOF })
      for (let id = 1; id < size; id++) {
        if (fleet.dateOf(id) < fleet.dateOf(id - 1)) expect.fail(`SIM ${id} of ${size} is older than the one before`)
      }
      expect(fleet.dateOf(size - 1)).toBeLessThan(ASOF)
    }
  })

  it("contains bulk edits: many SIMs of one second", () => {
    const fleet = createFleet({ seed: 3, size: 20_000, asOf: ASOF })
    const perSecond = new Map<number, number>()
    for (let id = 0; id < fleet.size; id++) {
      const second = Math.floor(fleet.dateOf(id) / 1000)
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
    }
    expect(Math.max(...perSecond.values())).toBeGreaterThan(50)
  })

  it("puts every SIM on a plan that its communication plan permits, a quarter of them idle", () => {
    const fleet = createFleet({ seed: 5, size: 20_000, asOf: ASOF })
    let idle = 0
    for (let id = 0; id < fleet.size; id++) {
      const { planIndex, communicationPlan } = fleet.deviceOf(id)
      expect(PERMITTED_PLANS[communicationPlan]).toContain(RATE_PLANS[planIndex]?.name)
      if (fleet.usageOf(id).homeBytes === 0) idle++
    }
    expect(idle / fleet.size).toBeGreaterThan(0.2)
    expect(idle / fleet.size).toBeLessThan(0.3)
  })

  it("creates a million SIMs without drawing them", () => {
    const startedAt = performance.now()
    const fleet = createFleet({ seed: 5, size: 1_000_000, asOf: ASOF })
    expect(fleet.idOf(fleet.iccidOf(999_999))).toBe(999_999)
    expect(performance.now() - startedAt).toBeLessThan(200)
  })
})
