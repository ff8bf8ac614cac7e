import { branchAndBound } from "../exact/branch-and-bound.ts"
import { groupChoices } from "../exact/choice-groups.ts"
import { chooseAtPrices } from "../prices/choose.ts"
import { amountsOf, place } from "../exact/exact-finish.ts"
import type { Fleet } from "../fleet/fleet.ts"
import { bordersOf, placesNear } from "../fleet/near-borders.ts"
import { partOfFleet, withEquals } from "./part-of-fleet.ts"
import type { RelaxedFleet } from "../prices/relaxed-fleet.ts"
import { openSpace } from "../exact/search-space.ts"
import { costOf, totalsOf } from "./totals.ts"
import type { WorkBudget } from "../problem/work-budget.ts"

/** An assignment of a large fleet that is made cheaper, core by core. */
export interface CoreSearch {
  /** Cost of the assignment as it stands, micro-units. */
  readonly cost: number
  /**
   * Searches among the SIMs near borders between plans, and those that earlier cores have left on a plan that is too dear for them.
   *
   * @param wanted About how many places are looked at.
   */
  next(wanted: number, budget: WorkBudget): void
}

// Places of equal usage are interchangeable: so many on either side of a border are enough.
const MOST_EQUALS = 64
// Options that are kept, the least regretted of all, for each group on average.
const MEAN_OPTIONS = 8
// Regret above this share of what may still be gained brings a SIM into the next core.
const REGRETTED = 1e-4

/**
 * Prepares the search of an assignment for large fleets: all SIMs but a few hundred, the core, stay where they are.
 *
 * @param plans Plan at each place; updated.
 * @param enough A cost that is good enough, micro-units.
 */
export function newCoreSearch(fleet: Fleet, relaxed: RelaxedFleet, plans: Int32Array, enough: number): CoreSearch {
  const { tariff, simCount } = fleet
  const { prices, choice } = relaxed
  const chosen = new Int32Array(simCount).fill(-1)
  chooseAtPrices(fleet, prices, chosen)
  const borders = bordersOf(fleet, chosen)
  let whole = totalsOf(fleet, plans)
  let cost = costOf(tariff, whole)
  let regretted: readonly number[] = []
  let round = 0
  return {
    get cost() {
      return cost
    },
    next(wanted, budget) {
      const near = placesNear(borders, simCount, wanted, round++)
      const places = withEquals(fleet, Int32Array.from(new Set([...near, ...regretted])).sort(), MOST_EQUALS)
      const core = partOfFleet(fleet, places)
      const now = places.map((at) => plans[at]!)
      const before = totalsOf(core, now)
      const outside = {
        own: whole.own - before.own,
        net: whole.net.map((net, pool) => net - before.net[pool]!),
        count: whole.count.map((count, plan) => count - before.count[plan]!),
      }
      const groups = groupChoices(core, prices, places.length)!
      const regrets = groups.regret.slice().sort()
      const most = regrets[MEAN_OPTIONS * groups.count] ?? Infinity
      const excess = Math.min(cost - choice.value + tariff.poolCount, 1 + most)
      const space = openSpace(tariff, groups, amountsOf(groups, now), excess, outside)
      const { amount } = branchAndBound(space, prices, cost, budget, enough)
      if (amount === null) return
      place(groups, space, amount, now)
      const after = totalsOf(core, now)
      whole = {
        own: outside.own + after.own,
        net: outside.net.map((net, pool) => net + after.net[pool]!),
        count: outside.count.map((count, plan) => count + after.count[plan]!),
      }
      cost = costOf(tariff, whole)
      places.forEach((at, k) => {
        plans[at] = now[k]!
      })
      const least = REGRETTED * (cost - choice.value)
      const dear: number[] = []
      for (let g = 0; g < groups.count; g++) {
        for (let k = groups.from[g]!; k < groups.to[g]!; k++) {
          let o = groups.first[g]!
          while (groups.plan[o] !== now[k]) o++
          if (groups.regret[o]! > least) dear.push(places[k]!)
        }
      }
      regretted = dear
    },
  }
}
