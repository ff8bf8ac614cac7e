import { describe, expect, test } from "vitest"
import { groupChoices } from "../src/exact/choice-groups.ts"
import { fleetOf } from "../src/fleet/fleet.ts"
import { boundOfNode, latticeOf, roomBelow } from "../src/exact/node-bound.ts"
import { newRelaxation } from "../src/exact/node-relaxation.ts"
import { freePrices } from "../src/prices/prices.ts"
import { openSpace, rootOf, type SearchSpace } from "../src/exact/search-space.ts"
import { type MadeProblem, makeProblem, randomFrom } from "./make-problem.ts"
import { reference } from "./reference.ts"

/** The search space of a tiny problem, with the cheapest cost of all assignments and of those that use each option. */
function searched(seed: number): { space: SearchSpace; best: number; using: Float64Array } | null {
  const random = randomFrom(seed)
  const made: MadeProblem = {
    seed,
    sims: 1 + Math.floor(random() * 5),
    plans: 2 + Math.floor(random() * 2),
    pools: 1 + Math.floor(random() * 2),
    rounding: random() < 0.5 ? "exact" : "block",
    block: random() < 0.3 ? 20_000 : 1024,
    alone: random() < 0.4 ? 0.5 : 0,
    prorated: random() < 0.3 ? 0.5 : 0,
    changeCost: random() < 0.3 ? 250_000 : 0,
    limits: random() < 0.4,
    coarse: random() < 0.4,
  }
  const problem = makeProblem(made)
  const fleet = fleetOf(problem)
  const groups = groupChoices(fleet, freePrices(fleet.tariff), 1000)!
  const none = new Int32Array(groups.plan.length)
  const space = openSpace(fleet.tariff, groups, none, Infinity)
  const using = new Float64Array(space.plan.length).fill(Infinity)
  let best = Infinity
  const assignment = Array.from({ length: made.sims }, () => 0)
  for (let i = 0; i < made.sims; ) {
    const { cost, isPermitted } = reference(problem, assignment)
    if (isPermitted) {
      best = Math.min(best, Number(cost))
      for (let k = 0; k < space.groupCount; k++) {
        for (let place = groups.from[space.origin[k]!]!; place < groups.to[space.origin[k]!]!; place++) {
          for (let o = space.first[k]!; o < space.first[k + 1]!; o++) {
            if (space.plan[o] === assignment[fleet.order[place]!]) using[o] = Math.min(using[o]!, Number(cost))
          }
        }
      }
    }
    for (i = 0; i < made.sims && ++assignment[i]! === made.plans; i++) assignment[i] = 0
  }
  return best < Infinity && space.groupCount > 0 ? { space, best, using } : null
}

describe("boundOfNode()", () => {
  test("never excludes an assignment that exists, whatever the prices", () => {
    let nearest = Infinity
    for (let seed = 1; seed <= 500; seed++) {
      const found = searched(seed)
      if (found === null) continue
      const { space, best, using } = found
      const random = randomFrom(seed + 7)
      const { tariff } = space
      const lattice = latticeOf(space)
      const root = rootOf(space)
      const prices = newRelaxation(space, freePrices(tariff))(root, null, Infinity)
      for (let round = 0; round < 6; round++) {
        const pool = prices.pool.map((price, k) =>
          round === 0
            ? price
            : Math.min(tariff.poolRate[k]!.perKb, random() < 0.5 ? price * random() * 2 : random() * 600),
        )
        const plan = prices.plan.map((price) => (round === 0 ? price : price + (random() - 0.5) * 1e5 * random()))
        const proved = boundOfNode(space, root, pool, plan, lattice, new Float64Array(space.plan.length))
        expect(proved.bound, `seed ${seed}`).toBeLessThanOrEqual(best)
        nearest = Math.min(nearest, best - proved.bound)
        for (const over of [0, 1, Math.floor(random() * 1e5)]) {
          const room = roomBelow(proved, best + over, lattice)
          for (let o = 0; o < using.length; o++) {
            // An option whose regret is beyond the room is closed by the search.
            if (proved.regret[o]! > room) expect(using[o]!, `seed ${seed} option ${o}`).toBeGreaterThan(best + over)
          }
        }
      }
    }
    // The bounds are of use: some meet the optimum.
    expect(nearest).toBeLessThan(1)
  })
})
