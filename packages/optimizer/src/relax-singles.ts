import { chooseAtPrices } from "./choose.ts"
import { groupChoices } from "./choice-groups.ts"
import type { Fleet } from "./fleet.ts"
import { boundOfNode } from "./node-bound.ts"
import { newRelaxation } from "./node-relaxation.ts"
import type { Prices } from "./prices.ts"
import type { RelaxedFleet, Split } from "./relaxed-fleet.ts"
import { openSpace, rootOf, type SearchSpace } from "./search-space.ts"
import type { Tariff } from "./tariff.ts"

// Above this many groups the exact optimum takes longer than it is worth.
const MOST_GROUPS = 5000
// Options that cost up to this share of a SIM's cost more than its best are looked at first, and so many times more each time it proves too few.
const FIRST_MARGIN = 0.05
const MORE = 8
// What doubles lose of a bound.
const DOUBT = 1e-10

/**
 * Solves the relaxation of a small fleet exactly, SIM by SIM, from prices near the best.
 *
 * Options that are too dear at those prices are left out; where the prices that come out show that one of them mattered, more are let in.
 *
 * Yields between attempts.
 */
export function* relaxSingles(
  fleet: Fleet,
  near: RelaxedFleet,
  isCut: () => boolean,
): Generator<void, RelaxedFleet, void> {
  const { tariff, simCount } = fleet
  const groups = groupChoices(fleet, near.prices, MOST_GROUPS)
  if (groups === null || simCount === 0) return near
  const nobody = new Int32Array(groups.plan.length)
  const drifts = { poolDrift: new Float64Array(tariff.poolCount), planDrift: new Float64Array(tariff.planCount) }
  const dearest = groups.regret.reduce((most, regret) => Math.max(most, regret), 0)
  let best = near
  for (let margin = (FIRST_MARGIN * near.choice.value) / simCount; !isCut(); margin *= MORE) {
    const { space } = openSpace(tariff, groups, nobody, margin + 1, groups.count)
    const root = rootOf(space)
    const relaxed = newRelaxation(space, near.prices)(root, null, Infinity)
    // A pool that is decided has no price in the space: more usage would cost what overage costs there, if it is used up.
    const pool = relaxed.pool.map((price, k) =>
      space.isUsed[k] === 0 && near.choice.netUsage[k]! > 0 ? tariff.poolRate[k]!.perKb : price,
    )
    const prices = pricesFrom(tariff, pool, relaxed.plan)
    const choice = chooseAtPrices(fleet, prices, null)
    const value = boundOfNode(
      space,
      root,
      relaxed.pool,
      relaxed.plan,
      { step: 1, origin: 0 },
      new Float64Array(space.plan.length),
    ).raw
    if (choice.value > best.choice.value)
      best = { prices, choice, splitPrices: prices, splits: splitsOf(groups, space, relaxed.amount), ...drifts }
    yield
    if (!(choice.value < value - DOUBT * Math.abs(value)) || margin > dearest) break
  }
  return best
}

/** Only limits have a price of their own in a proof. */
function pricesFrom({ minSims, maxSims }: Tariff, pool: Float64Array, plan: Float64Array): Prices {
  return {
    pool,
    max: maxSims.map((most, j) => (most === Infinity ? 0 : Math.max(0, plan[j]!))),
    min: minSims.map((least, j) => (least === 0 ? 0 : Math.max(0, -plan[j]!))),
  }
}

function splitsOf(
  groups: NonNullable<ReturnType<typeof groupChoices>>,
  space: SearchSpace,
  amount: Float64Array,
): readonly Split[] {
  return Array.from(space.origin, (g, k) => {
    const [first, end] = [space.first[k]!, space.first[k + 1]!]
    return {
      index: groups.classOf[g]!,
      from: groups.from[g]!,
      to: groups.to[g]!,
      plans: Array.from(space.plan.subarray(first, end)),
      amounts: Array.from(amount.subarray(first, end)),
    }
  })
}
