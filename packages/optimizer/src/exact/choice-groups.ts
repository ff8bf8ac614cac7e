import { loadClassCharge, newClassCharge, ownCharge } from "../fleet/class-charge.ts"
import type { Fleet } from "../fleet/fleet.ts"
import type { Prices } from "../prices/prices.ts"

/**
 * SIMs that are interchangeable, in groups, with the plans each group may use.
 *
 * Option `o` of group `g` is entry `first[g]` to `first[g + 1] - 1` of the option columns, cheapest at the prices first.
 */
export interface ChoiceGroups {
  readonly count: number
  /** First place and one past the last of each group. */
  readonly from: Int32Array
  readonly to: Int32Array
  /** Class of each group. */
  readonly classOf: Int32Array
  /** First option of each group: `count + 1` entries. */
  readonly first: Int32Array
  readonly plan: Int32Array
  /** Pool of the option, -1 without one or where overage is free. */
  readonly pool: Int32Array
  /** Own charge per SIM, micro-units. */
  readonly own: Float64Array
  /** Mean usage minus allowance per SIM, KB. */
  readonly net: Float64Array
  /** Cost per SIM above the group's best option, at the prices. */
  readonly regret: Float64Array
}

/**
 * Groups a whole fleet.
 *
 * SIMs of one class are interchangeable when their usage is equal; and where all plans of a class share one pool, whatever their
 * usage: it reaches the pool in any case.
 *
 * @returns `null` if there would be more than `most` groups.
 */
export function groupChoices(fleet: Fleet, prices: Prices, most: number): ChoiceGroups | null {
  const { tariff } = fleet
  const charge = newClassCharge(tariff.planCount)
  const spans = spansOf(fleet, most)
  if (spans === null) return null
  const { from, to, classOf } = spans
  const first = [0]
  const columns = { plan: [] as number[], own: [] as number[], net: [] as number[], regret: [] as number[] }
  let loaded = -1
  for (let g = 0; g < from.length; g++) {
    if (classOf[g] !== loaded) loadClassCharge(fleet, (loaded = classOf[g]!), charge)
    const plans = Array.from(charge.plans.subarray(0, charge.planCount))
    const [start, stop] = [from[g]!, to[g]!]
    const mean = (fleet.usageBefore[stop]! - fleet.usageBefore[start]!) / (stop - start)
    const options = plans.map((plan) => {
      const pool = tariff.poolOf[plan]!
      const own = ownCharge(fleet, charge, fleet.usage[start]!, plan)
      const net = pool < 0 ? 0 : mean - charge.allowance[plan]!
      const pooled = pool < 0 ? 0 : prices.pool[pool]! * net
      return { plan, own, net, value: own + pooled + prices.max[plan]! - prices.min[plan]! }
    })
    options.sort((a, b) => a.value - b.value || a.plan - b.plan)
    for (const { plan, own, net, value } of options) {
      columns.plan.push(plan)
      columns.own.push(own)
      columns.net.push(net)
      columns.regret.push(value - options[0]!.value)
    }
    first.push(columns.plan.length)
  }
  const plan = Int32Array.from(columns.plan)
  return {
    count: from.length,
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    classOf: Int32Array.from(classOf),
    first: Int32Array.from(first),
    plan,
    pool: plan.map((p) =>
      tariff.poolOf[p]! >= 0 && tariff.poolRate[tariff.poolOf[p]!]!.cost > 0 ? tariff.poolOf[p]! : -1,
    ),
    own: Float64Array.from(columns.own),
    net: Float64Array.from(columns.net),
    regret: Float64Array.from(columns.regret),
  }
}

/** Where the groups of a fleet begin and end, found before anything is built for them; `null` if there would be more than `most`. */
function spansOf(fleet: Fleet, most: number): { from: number[]; to: number[]; classOf: number[] } | null {
  const { poolOf, planCount } = fleet.tariff
  const charge = newClassCharge(planCount)
  const spans = { from: [] as number[], to: [] as number[], classOf: [] as number[] }
  for (let index = 0; index < fleet.classCount; index++) {
    loadClassCharge(fleet, index, charge)
    const pool = poolOf[charge.plans[0]!]!
    const isOnePool = pool >= 0 && charge.plans.subarray(0, charge.planCount).every((plan) => poolOf[plan] === pool)
    const end = fleet.classStart[index + 1]!
    let start = fleet.classStart[index]!
    while (start < end) {
      let stop = isOnePool ? end : start + 1
      while (stop < end && fleet.usage[stop] === fleet.usage[start]) stop++
      if (spans.from.length >= most) return null
      spans.from.push(start)
      spans.to.push(stop)
      spans.classOf.push(index)
      start = stop
    }
  }
  return spans
}
