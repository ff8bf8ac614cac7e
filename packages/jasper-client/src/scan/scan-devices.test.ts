import { describe, expect, test } from "vitest"
import { FleetModel, seededRandom } from "../../test/fleet-model.ts"
import { churn, forwardPager, judgeScan } from "../../test/scan-judge.ts"

describe("a scan of a fleet that changes between any two calls", () => {
  test("misses no device and leaves none stale; a forward pager on the same runs does", async () => {
    let forward = 0
    let worst = Number.NEGATIVE_INFINITY
    for (let seed = 1; seed <= 60; seed++) {
      const make = (): FleetModel => {
        const random = seededRandom(seed)
        return new FleetModel({
          devices: Math.floor(random() ** 2 * 3_000),
          random,
          drift: churn(random() * 4, random),
          pastTheEnd: seed % 2 === 0 ? "error" : "empty",
          isInclusive: seed % 3 !== 0,
          wholeSeconds: seed % 5 === 0,
        })
      }
      const fleet = make()
      const pages = Math.ceil(fleet.devices.size / 50)
      const { lost, stale, calls, certificate } = await judgeScan(fleet)
      expect({ seed, lost, stale }).toEqual({ seed, lost: 0, stale: 0 })
      expect({ seed, ...certificate }).toMatchObject({ certified: true, calls })
      worst = Math.max(worst, calls - 1.15 * pages)
      forward += await forwardPager(make())
    }
    expect(forward).toBeGreaterThan(20)
    expect(worst).toBeLessThanOrEqual(40)
  })
})
