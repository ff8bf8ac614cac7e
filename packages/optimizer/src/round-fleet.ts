import { assignAtPrices, totalsOf } from "./assign-at-prices.ts"
import { coreOf, placesNearBorders } from "./core.ts"
import { type Fleet, inPlaceOrder, inSimOrder } from "./fleet.ts"
import { improve } from "./improve.ts"
import { meetLimits } from "./meet-limits.ts"
import type { Prices } from "./prices.ts"
import { regrettedPlaces } from "./regretted-places.ts"
import type { RelaxedFleet } from "./relaxed-fleet.ts"
import { type SettledFleet, settleLumps } from "./settle-lumps.ts"
import type { Tariff } from "./tariff.ts"
import type { WorkBudget } from "./work-budget.ts"

/** What is being done, and what the assignment at hand costs, about, micro-units. */
export interface RoundingStep {
  readonly phase: "assign" | "improve"
  readonly cost: number
}

interface Rounded {
  /** Plan at each place. */
  readonly plans: Int32Array
  /** About, micro-units. */
  readonly cost: number
}

// Smaller fleets are rounded once: the exact search sees to them.
const MOST_ROUNDED_ONCE = 5000
// Lumps are settled where more than this share of the dearest monthly price is left to gain.
const WORTH_SETTLING = 0.15
// Beyond this size one SIM matters little, and relaxing the fleet over and over takes long.
const MOST_SETTLED = 500_000

/**
 * A whole assignment from a relaxation, improved by moves and pairs of moves.
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
  const round = (start: SettledFleet, firmness: number) => roundOnce(fleet, relaxed, start, firmness, goal, budget)
  const isEnough = ({ cost }: Rounded, excess: number) => cost - relaxed.choice.value <= excess || budget.isSpent()
  const cheaper = (a: Rounded, b: Rounded): Rounded => (b.cost < a.cost ? b : a)

  let best = yield* round({ fleet, relaxed }, 1)
  if (fleet.simCount <= MOST_ROUNDED_ONCE || isEnough(best, goal)) return best.plans
  // Which way of rounding ends cheaper is a matter of luck.
  best = cheaper(best, yield* round({ fleet, relaxed }, 0))
  const { monthlyFor, cycleDays } = fleet.tariff
  const dearest = monthlyFor(cycleDays).reduce((most, price) => Math.max(most, price), 0)
  if (fleet.simCount > MOST_SETTLED || isEnough(best, Math.max(goal, WORTH_SETTLING * dearest))) return best.plans
  const settling = settleLumps(fleet, relaxed, budget)
  let step = settling.next()
  for (; !step.done; step = settling.next()) yield { phase: "assign", cost: best.cost }
  return cheaper(best, yield* round(step.value, 1)).plans
}

/** @param start What the assignment is taken from: the fleet itself, or the same fleet with lumps settled. */
function* roundOnce(
  fleet: Fleet,
  relaxed: RelaxedFleet,
  start: SettledFleet,
  firmness: number,
  goal: number,
  budget: WorkBudget,
): Generator<RoundingStep, Rounded, void> {
  const offer = assignAtPrices(start.fleet, start.relaxed, firmness)
  const plans = start.fleet === fleet ? offer : inPlaceOrder(fleet, inSimOrder(start.fleet, offer))
  meetLimits(fleet, relaxed.prices, plans, budget)
  yield { phase: "assign", cost: totalsOf(fleet, plans).cost }
  return yield* improveInRounds(fleet, relaxed, plans, goal, budget.part(20e6 + 25 * fleet.simCount))
}

// Overage costs so many times what a KB is worth to its pool, round by round, and what it really costs at the end. At the
// full price, often a hundred times that, the first move that ends an overage would be taken, however bad, and never taken back.
const ROUNDS = [1.5, 2, 3, 5, 10, Infinity]
// Overage of pools in which a KB is worth next to nothing costs at least this share of its price.
const LEAST_SHARE = 0.002

// SIMs looked at together: near borders between plans, and those on a plan that is much too dear for them.
const CORE_SIZE = 1500
const MOST_REGRETTED = CORE_SIZE / 4
const MOST_OPTIONS = 6
const REGRETTED = 1e-3

/** Improves plans at places, each round among other SIMs; returns the best assignment between rounds. */
function* improveInRounds(
  fleet: Fleet,
  relaxed: RelaxedFleet,
  plans: Int32Array,
  goal: number,
  budget: WorkBudget,
): Generator<RoundingStep, Rounded, void> {
  const { prices, choice } = relaxed
  const isWhole = fleet.simCount <= CORE_SIZE
  // Who is content with less is often served by one round at the full price.
  const rounds = isWhole ? [Infinity] : goal > 0 ? [Infinity, ...ROUNDS] : ROUNDS
  const steps = (20e6 + 25 * fleet.simCount) / rounds.length
  let best: Rounded = { plans, cost: totalsOf(fleet, plans).cost }
  const at = plans.slice()
  for (let round = 0; round < rounds.length && best.cost - choice.value > goal && !budget.isSpent(); round++) {
    const tariff = softened(fleet.tariff, prices, rounds[round]!)
    const totals = totalsOf({ ...fleet, tariff }, at)
    const excess = totals.cost - choice.value
    const near = placesNearBorders(fleet, at, isWhole ? CORE_SIZE : CORE_SIZE - MOST_REGRETTED, round)
    const regretted = isWhole ? [] : regrettedPlaces(fleet, prices, at, REGRETTED * excess, MOST_REGRETTED)
    const places = Int32Array.from(new Set([...near, ...regretted])).sort()
    const core = coreOf(fleet, prices, at, places, isWhole ? tariff.planCount : MOST_OPTIONS)
    const chosen = new Int32Array(core.unitCount)
    for (let u = 0; u < core.unitCount; u++) {
      for (let option = core.first[u]!; option < core.first[u + 1]!; option++) {
        if (core.plan[option] === at[core.place[u]!]) chosen[u] = option
      }
    }
    improve(tariff, core, chosen, totals, excess, goal, budget.part(steps))
    for (let u = 0; u < core.unitCount; u++) at[core.place[u]!] = core.plan[chosen[u]!]!
    const { cost } = totalsOf(fleet, at)
    if (cost < best.cost) best = { plans: at.slice(), cost }
    yield { phase: "improve", cost: best.cost }
  }
  return best
}

/** The same plans with overage at `times` what a KB is worth, in proportion, where that is less than what it costs. */
function softened(tariff: Tariff, prices: Prices, times: number): Tariff {
  if (times === Infinity) return tariff
  const poolRate = tariff.poolRate.map((rate, pool) => {
    const perKb = Math.min(rate.perKb, times * Math.max(prices.pool[pool]!, LEAST_SHARE * rate.perKb))
    return { ...rate, cost: perKb * rate.block, perKb, isBlock: false }
  })
  return { ...tariff, poolRate }
}
