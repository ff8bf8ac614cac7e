import { branchAndBound } from "./branch-and-bound.ts"
import { type ChoiceGroups, groupChoices } from "./choice-groups.ts"
import type { Fleet } from "./fleet.ts"
import type { Prices } from "./prices.ts"
import type { RelaxedFleet } from "./relaxed-fleet.ts"
import { openSpace, type SearchSpace } from "./search-space.ts"
import type { Tariff } from "./tariff.ts"
import type { WorkBudget } from "./work-budget.ts"

// Above this many groups the grouping itself would cost more than it can find.
const MOST_GROUPS = 60_000
// Groups that may stay open in a search that is meant to finish, tried again while it finds what closes many of them, and in
// searches that only look for something better.
const MOST_TO_PROVE = 2500
const SPACES = [MOST_TO_PROVE, MOST_TO_PROVE, MOST_TO_PROVE, MOST_TO_PROVE, 60, 120, 240] as const
const NEIGHBOURHOOD_STEPS = 60e6

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
 * decides most SIMs. Where too many are left, neighbourhoods of the most doubtful ones are searched instead.
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
  const whole = groupChoices(fleet, relaxed.prices, MOST_GROUPS)
  if (whole === null) return { cost, isProved: false }
  const { tariff, groups, prices, planOf } = byCharge(fleet.tariff, whole, relaxed.prices)
  let best = cost
  for (const most of SPACES) {
    if (budget.isSpent()) break
    const excess = best - relaxed.choice.value + fleet.tariff.poolCount
    const { space, isComplete } = openSpace(tariff, groups, amountsOf(whole, plans), excess, most)
    if (most === MOST_TO_PROVE && !isComplete) continue
    const outcome = branchAndBound(space, prices, best, isComplete ? budget : budget.part(NEIGHBOURHOOD_STEPS))
    if (outcome.amount !== null) {
      best = outcome.cost
      place(whole, planOf, space, outcome.amount, plans)
    }
    if (isComplete && !outcome.isStale) return { cost: best, isProved: outcome.isProved }
  }
  return { cost: best, isProved: false }
}

// Plans are taken apart into at most so many times as many.
const MOST_PARTS = 4

/**
 * Takes SIMs that a plan charges differently apart, as if each charge were a plan of its own, where there are few and no limits
 * span them: how many SIMs are charged what is nearly all of the cost, so settling those numbers settles most.
 */
function byCharge(tariff: Tariff, groups: ChoiceGroups, prices: Prices) {
  const parts = Array.from({ length: tariff.planCount }, (_, plan) => plan)
  const isLimited = parts.some((plan) => tariff.maxSims[plan] !== Infinity || tariff.minSims[plan]! > 0)
  const known = new Map<string, number>()
  const plan = groups.plan.slice()
  for (let o = 0; o < plan.length; o++) {
    if (tariff.poolOf[plan[o]!]! < 0) continue
    const key = `${plan[o]} ${groups.own[o]}`
    let part = known.get(key)
    if (part === undefined) known.set(key, (part = parts.push(plan[o]!) - 1))
    plan[o] = part
  }
  if (isLimited || parts.length > (1 + MOST_PARTS) * tariff.planCount) {
    return { tariff, groups, prices, planOf: (option: number) => option }
  }
  const monthly = tariff.monthlyFor(tariff.cycleDays)
  return {
    tariff: {
      ...tariff,
      planCount: parts.length,
      poolOf: Int32Array.from(parts, (p) => tariff.poolOf[p]!),
      minSims: new Float64Array(parts.length),
      maxSims: new Float64Array(parts.length).fill(Infinity),
      monthlyFor: () => Float64Array.from(parts, (p) => monthly[p]!),
    },
    groups: { ...groups, plan },
    prices: { ...prices, max: new Float64Array(parts.length), min: new Float64Array(parts.length) },
    planOf: (part: number) => parts[part]!,
  }
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
export function place(
  groups: ChoiceGroups,
  planOf: (plan: number) => number,
  space: SearchSpace,
  amount: Int32Array,
  plans: Int32Array,
): void {
  for (let k = 0; k < space.groupCount; k++) {
    const g = space.origin[k]!
    let at = groups.from[g]!
    for (let o = space.first[k]!; o < space.first[k + 1]!; o++) {
      plans.fill(planOf(space.plan[o]!), at, at + amount[o]!)
      at += amount[o]!
    }
  }
  for (const g of space.decidedByBound) plans.fill(groups.plan[groups.first[g]!]!, groups.from[g]!, groups.to[g]!)
}
