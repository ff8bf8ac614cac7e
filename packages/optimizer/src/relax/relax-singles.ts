import { chooseAtPrices } from "../prices/choose.ts"
import { groupChoices } from "../exact/choice-groups.ts"
import type { Fleet } from "../fleet/fleet.ts"
import { newRelaxation } from "../exact/node-relaxation.ts"
import type { Prices } from "../prices/prices.ts"
import type { RelaxedFleet, Split } from "../prices/relaxed-fleet.ts"
import { openSpace, rootOf } from "../exact/search-space.ts"

// With more choices the last digits take longer than they are worth.
const MOST_OPTIONS = 20_000

/** Solves the relaxation of a small fleet exactly, SIM by SIM; of a larger one it is left as it is. */
export function relaxSingles(fleet: Fleet, near: RelaxedFleet): RelaxedFleet {
  const { tariff } = fleet
  const { planCount, poolRate, minSims, maxSims } = tariff
  const groups = groupChoices(fleet, near.prices, Math.floor(MOST_OPTIONS / planCount))
  if (groups === null) return near
  const space = openSpace(tariff, groups, new Int32Array(groups.plan.length), Infinity)
  // Only limits have a price of their own in a proof: other plans may hold any number of SIMs, or even less than none.
  const root = { ...rootOf(space), countLow: minSims.map((least) => least || -1), countHigh: maxSims }
  const { pool, plan, amount } = newRelaxation(space, near.prices)(root, null, Infinity)
  // Among values too far apart for doubles the relaxation may end in what is no number, and proves nothing.
  if (pool.some(Number.isNaN) || plan.some(Number.isNaN)) return near
  const prices: Prices = {
    // A pool in which nothing is left to decide has no price there: one more KB costs what overage costs, if any is charged.
    pool: pool.map((price, k) => (space.isUsed[k] === 0 && near.choice.netUsage[k]! > 0 ? poolRate[k]!.perKb : price)),
    max: maxSims.map((most, j) => (most === Infinity ? 0 : Math.max(0, plan[j]!))),
    min: minSims.map((least, j) => (least === 0 ? 0 : Math.max(0, -plan[j]!))),
  }
  const choice = chooseAtPrices(fleet, prices, null)
  if (choice.value < near.choice.value) return near
  const splits = Array.from(space.origin, (g, k): Split => {
    const [first, end] = [space.first[k]!, space.first[k + 1]!]
    return {
      index: groups.classOf[g]!,
      from: groups.from[g]!,
      to: groups.to[g]!,
      plans: Array.from(space.plan.subarray(first, end)),
      amounts: Array.from(amount.subarray(first, end)),
    }
  })
  return { prices, choice, splitPrices: prices, splits }
}
