import { describe, expect, test } from "vitest"
import { groupChoices } from "../src/exact/choice-groups.ts"
import { fleetOf } from "../src/fleet/fleet.ts"
import { freePrices } from "../src/prices/prices.ts"
import { openSpace, rootOf } from "../src/exact/search-space.ts"
import { newRounding, roundAmounts } from "../src/exact/whole-assignment.ts"
import { makeProblem, randomFrom } from "./make-problem.ts"

describe("roundAmounts()", () => {
  test("places every SIM once, also where a relaxation was left early", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const fleet = fleetOf(makeProblem({ seed, sims: 30, plans: 4, pools: 1 + (seed % 4), coarse: seed % 2 === 0 }))
      const groups = groupChoices(fleet, freePrices(fleet.tariff), 100)!
      const space = openSpace(fleet.tariff, groups, new Int32Array(groups.plan.length), Infinity)
      const random = randomFrom(seed)
      const amount = Float64Array.from(space.plan, () => 4 * random() - 1)
      const whole = roundAmounts(
        newRounding(space),
        amount,
        rootOf(space).high.map((most) => (random() < 0.5 ? 0 : most)),
      )
      const placed = new Float64Array(space.groupCount)
      whole.forEach((count, option) => {
        placed[space.groupOf[option]!]! += count
      })
      expect(Math.min(...whole), `seed ${seed}`).toBeGreaterThanOrEqual(0)
      expect(Array.from(placed), `seed ${seed}`).toEqual(Array.from(space.weight))
    }
  })
})
