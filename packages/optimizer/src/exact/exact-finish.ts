import { branchAndBound } from "./branch-and-bound.ts"
import { type ChoiceGroups, groupChoices } from "./choice-groups.ts"
import type { Fleet } from "../fleet/fleet.ts"
import type { RelaxedFleet } from "../prices/relaxed-fleet.ts"
import { openSpace, type SearchSpace } from "./search-space.ts"
import type { WorkBudget } from "../problem/work-budget.ts"

// Above this many groups the grouping itself would cost more than it can find.
const MOST_GROUPS = 60_000
// Groups that may stay open in a search that is meant to finish.
const MOST_TO_PROVE = 2500
// Times that a search is begun anew because what it found closes many of them.
const MOST_SEARCHES = 4

/** What the finish reached. */
export interface ExactFinish {
  readonly cost: number
  /** True when nothing cheaper than `cost` exists. */
  readonly isProved: boolean
}

/**
 * Looks for the optimum among the SIMs that the bound leaves open, and proves it where the search finishes.
 *
 * An option whose regret exceeds the distance between cost and bound cannot be part of anything cheaper; in small fleets that
 * decides most SIMs. Where too many are left, nothing is done.
 *
 * @param plans Plan at each place in the best assignment known; updated.
 * @param cost Its cost, micro-units.
 */
export function finishExactly(
  fleet: Fleet,
  relaxed: RelaxedFleet,
  plans: Int32Array,
  cost: number,
  budget: WorkBudget,
): ExactFinish {
  const { tariff } = fleet
  const groups = groupChoices(fleet, relaxed.prices, MOST_GROUPS)
  if (groups === null) return { cost, isProved: false }
  let best = cost
  for (let searches = 0; searches < MOST_SEARCHES && !budget.isSpent(); searches++) {
    const excess = best - relaxed.choice.value + tariff.poolCount
    const space = openSpace(tariff, groups, amountsOf(groups, plans), excess)
    if (space.groupCount > MOST_TO_PROVE) break
    const outcome = branchAndBound(space, relaxed.prices, best, budget)
    if (outcome.amount !== null) {
      best = outcome.cost
      place(groups, space, outcome.amount, plans)
    }
    if (!outcome.isStale) return { cost: best, isProved: outcome.isProved }
  }
  return { cost: best, isProved: false }
}

/** SIMs on each option. */
export function amountsOf(groups: ChoiceGroups, plans: Int32Array): Int32Array {
  const amount = new Int32Array(groups.plan.length)
  for (let g = 0; g < groups.count; g++) {
    for (let place = groups.from[g]!; place < groups.to[g]!; place++) {
      let o = groups.first[g]!
      while (groups.plan[o] !== plans[place]) o++
      amount[o]!++
    }
  }
  return amount
}

/** Writes an assignment of a space into plans by place; groups that the bound decides go to their cheapest plan. */
export function place(groups: ChoiceGroups, space: SearchSpace, amount: Int32Array, plans: Int32Array): void {
  for (let k = 0; k < space.groupCount; k++) {
    const g = space.origin[k]!
    let at = groups.from[g]!
    for (let o = space.first[k]!; o < space.first[k + 1]!; o++) {
      plans.fill(space.plan[o]!, at, at + amount[o]!)
      at += amount[o]!
    }
  }
  for (const g of space.decidedByBound) plans.fill(groups.plan[groups.first[g]!]!, groups.from[g]!, groups.to[g]!)
}
