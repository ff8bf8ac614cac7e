import { type ClassCharge, loadClassCharge, newClassCharge, ownCharge } from "./class-charge.ts"
import type { Fleet } from "./fleet.ts"
import type { PriceBox } from "./price-box.ts"
import type { RowMap } from "./row-map.ts"

/** Neighbouring places of one class with the plans that prices in a box leave in play. */
export interface Run {
  readonly index: number
  readonly from: number
  readonly to: number
  readonly plans: readonly number[]
}

/** A fleet divided into runs that are open and runs that are decided whatever the prices in the box. */
export interface Runs {
  readonly open: readonly Run[]
  /** Own charges of decided runs, micro-units; about, where plans have overage of their own. */
  readonly own: number
  /** By pool: net usage of decided runs, KB. */
  readonly netUsage: Float64Array
  /** By plan: SIMs of decided runs. */
  readonly simCount: Float64Array
  /** Whether every open run holds SIMs of one usage only. */
  readonly isFine: boolean
}

const CHILDREN = 6

/**
 * Divides a fleet into about `wanted` open runs, finest where the boundaries between plans may lie.
 *
 * Starts from whole classes; a run with a single plan left is decided, the largest others are split further.
 */
export function divide(fleet: Fleet, map: RowMap, box: PriceBox, wanted: number): Runs {
  const netUsage = new Float64Array(fleet.tariff.poolCount)
  const simCount = new Float64Array(fleet.tariff.planCount)
  const charge = newClassCharge(fleet.tariff.planCount)
  const filter = newFilter(fleet.tariff.planCount)
  let own = 0
  let loaded = -1
  const load = (index: number): void => {
    if (index !== loaded) loadClassCharge(fleet, (loaded = index), charge)
  }
  const keep = (into: Run[], index: number, from: number, to: number, plans: ArrayLike<number>): void => {
    const left = inPlay(fleet, map, box, charge, filter, plans, fleet.usage[from]!, fleet.usage[to - 1]!)
    if (left.length > 1) {
      into.push({ index, from, to, plans: left })
      return
    }
    const plan = left[0]!
    simCount[plan]! += to - from
    own += (to - from) * ownCharge(fleet, charge, Math.round((fleet.usage[from]! + fleet.usage[to - 1]!) / 2), plan)
    const pool = fleet.tariff.poolOf[plan]!
    if (pool < 0) return
    netUsage[pool]! += fleet.usageBefore[to]! - fleet.usageBefore[from]! - (to - from) * charge.allowance[plan]!
  }
  let open: Run[] = []
  for (let index = 0; index < fleet.classCount; index++) {
    load(index)
    if (charge.planCount === 0) continue
    const plans = charge.plans.slice(0, charge.planCount)
    keep(open, index, fleet.classStart[index]!, fleet.classStart[index + 1]!, plans)
  }
  for (;;) {
    // The coarsest runs are split first, so that the few largest SIMs of a fleet are told apart early.
    const room = wanted - open.length
    const splittable = open.filter((run) => fleet.usage[run.from] !== fleet.usage[run.to - 1])
    if (splittable.length === 0) return { open, own, netUsage, simCount, isFine: true }
    if (room <= 0) return { open, own, netUsage, simCount, isFine: false }
    const sizes = splittable.map((run) => coarseness(fleet, run)).sort((a, b) => b - a)
    const fitting = sizes[Math.min(sizes.length - 1, Math.max(0, Math.floor(room / (CHILDREN - 1)) - 1))]!
    const least = Math.max(fitting, sizes[0]! / CHILDREN)
    const next: Run[] = []
    for (const run of open) {
      if (coarseness(fleet, run) < least || fleet.usage[run.from] === fleet.usage[run.to - 1]) {
        next.push(run)
        continue
      }
      load(run.index)
      for (const [from, to] of childrenOf(fleet, run.from, run.to)) keep(next, run.index, from, to, run.plans)
    }
    open = next
  }
}

/** How far the members of a run are from their mean, all together, KB. */
function coarseness(fleet: Fleet, run: Run): number {
  return (run.to - run.from) * (fleet.usage[run.to - 1]! - fleet.usage[run.from]!)
}

interface Filter {
  readonly minLow: Float64Array
  readonly minHigh: Float64Array
  readonly maxLow: Float64Array
  readonly maxHigh: Float64Array
}

function newFilter(planCount: number): Filter {
  const zeros = (): Float64Array => new Float64Array(planCount)
  return { minLow: zeros(), minHigh: zeros(), maxLow: zeros(), maxHigh: zeros() }
}

/**
 * Plans that some prices in the box make the cheapest for some usage between `least` and `most`.
 *
 * A plan goes when one other plan is cheaper at both ends at its worst than this one at its best: the difference is concave in
 * usage, so what holds at both ends holds between.
 */
function inPlay(
  fleet: Fleet,
  map: RowMap,
  box: PriceBox,
  charge: ClassCharge,
  { minLow, minHigh, maxLow, maxHigh }: Filter,
  plans: ArrayLike<number>,
  least: number,
  most: number,
): readonly number[] {
  const { tariff } = fleet
  let bestLow = 0
  let bestHigh = 0
  for (let k = 0; k < plans.length; k++) {
    const plan = plans[k]!
    const pool = tariff.poolOf[plan]!
    let [limitLow, limitHigh] = [0, 0]
    if (map.max[plan]! >= 0) {
      limitLow += box.low[map.max[plan]!]!
      limitHigh += box.high[map.max[plan]!]!
    }
    if (map.min[plan]! >= 0) {
      limitLow -= box.high[map.min[plan]!]!
      limitHigh -= box.low[map.min[plan]!]!
    }
    if (pool < 0) {
      const low = ownCharge(fleet, charge, least, plan)
      const high = ownCharge(fleet, charge, most, plan)
      minLow[k] = minHigh[k] = low + limitLow
      maxLow[k] = maxHigh[k] = high + limitHigh
    } else {
      const row = map.pool[pool]!
      const [priceLow, priceHigh] = row < 0 ? [0, 0] : [box.low[row]!, box.high[row]!]
      const excessLow = least - charge.allowance[plan]!
      const excessHigh = most - charge.allowance[plan]!
      const base = charge.base[plan]!
      minLow[k] = base + limitLow + excessLow * (excessLow > 0 ? priceLow : priceHigh)
      maxLow[k] = base + limitHigh + excessLow * (excessLow > 0 ? priceHigh : priceLow)
      minHigh[k] = base + limitLow + excessHigh * (excessHigh > 0 ? priceLow : priceHigh)
      maxHigh[k] = base + limitHigh + excessHigh * (excessHigh > 0 ? priceHigh : priceLow)
    }
    if (maxLow[k]! < maxLow[bestLow]!) bestLow = k
    if (maxHigh[k]! < maxHigh[bestHigh]!) bestHigh = k
  }
  let bestBoth = 0
  for (let k = 0; k < plans.length; k++) {
    if (maxLow[k]! + maxHigh[k]! < maxLow[bestBoth]! + maxHigh[bestBoth]!) bestBoth = k
  }
  const beats = (other: number, k: number): boolean =>
    other !== k && minLow[k]! > maxLow[other]! && minHigh[k]! > maxHigh[other]!
  const left: number[] = []
  for (let k = 0; k < plans.length; k++) {
    if (!beats(bestLow, k) && !beats(bestHigh, k) && !beats(bestBoth, k)) left.push(plans[k]!)
  }
  return left
}

function childrenOf(fleet: Fleet, from: number, to: number): [number, number][] {
  const children: [number, number][] = []
  const stride = Math.max(1, (to - from) / CHILDREN)
  let start = from
  for (let k = 1; start < to; k++) {
    const at = Math.min(to - 1, Math.max(start, Math.floor(from + k * stride) - 1))
    // Equal usages stay together: their members are interchangeable.
    const end = endOfEquals(fleet, at, to)
    children.push([start, end])
    start = end
  }
  return children
}

/** First place after `place` with another usage, at most `to`. */
function endOfEquals(fleet: Fleet, place: number, to: number): number {
  const usage = fleet.usage[place]!
  let low = place + 1
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if (fleet.usage[middle]! > usage) high = middle
    else low = middle + 1
  }
  return low
}
