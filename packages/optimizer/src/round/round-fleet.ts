import type { Fleet } from "../fleet/fleet.ts"
import { meetLimits } from "../limits/meet-limits.ts"
import type { RelaxedFleet } from "../prices/relaxed-fleet.ts"
import { newCoreSearch } from "./search-cores.ts"
import { wholeAtPrices } from "./whole-at-prices.ts"
import { STEPS_PER_UNIT, type WorkBudget } from "../problem/work-budget.ts"

/** What is being done, and what the assignment at hand costs, about, micro-units. */
export interface RoundingStep {
  readonly phase: "assign" | "improve"
  readonly cost: number
}

// Places in each core, and work units spent on it.
const CORES = [
  { wanted: 100, units: 3 },
  { wanted: 200, units: 5 },
  { wanted: 400, units: 10 },
  { wanted: 800, units: 20 },
  { wanted: 1500, units: 40 },
  { wanted: 800, units: 20 },
] as const
// A core is at most this share of its fleet: the exact search sees to small fleets as a whole.
const MOST_SHARE = 0.5

/**
 * A whole assignment from a relaxation, made cheaper core by core.
 *
 * @param goal Cost above the relaxation's value that is good enough, micro-units.
 * @returns Plan at each place.
 */
export function* roundFleet(
  fleet: Fleet,
  relaxed: RelaxedFleet,
  goal: number,
  budget: WorkBudget,
): Generator<RoundingStep, Int32Array, void> {
  const plans = wholeAtPrices(fleet, relaxed)
  meetLimits(fleet, relaxed.prices, plans, budget)
  const enough = relaxed.choice.value + goal
  const search = newCoreSearch(fleet, relaxed, plans, enough)
  yield { phase: "assign", cost: search.cost }
  for (const { wanted, units } of CORES) {
    if (search.cost <= enough || budget.isSpent() || wanted > MOST_SHARE * fleet.simCount) break
    search.next(wanted, budget.part(units * STEPS_PER_UNIT))
    yield { phase: "improve", cost: search.cost }
  }
  return plans
}
