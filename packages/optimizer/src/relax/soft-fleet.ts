import { type ClassCharge, loadClassCharge, newClassCharge, ownCharge } from "../fleet/class-charge.ts"
import { placeAfter, placeFrom } from "../fleet/place-search.ts"
import type { Fleet } from "../fleet/fleet.ts"
import type { RowMap } from "../prices/row-map.ts"
import { effectsOf, newTogether } from "./plan-effects.ts"
import type { Split } from "../prices/relaxed-fleet.ts"
import { shareOut } from "./share-out.ts"

/**
 * A relaxation whose corners are rounded off: SIMs share themselves between plans that are nearly as cheap as the cheapest.
 *
 * At softness `s` a SIM takes the shares `x` that minimise `value . x + s/2 |x|^2`: a plan dearer than the cheapest by more than `s` gets
 * nothing. So the value is smooth in the prices, and only SIMs near a border between plans need a second look.
 */
export interface SoftFleet {
  /** By row: slope of the value. For a pool: net usage, KB; for a limit: SIMs over the most, or short of the least. */
  readonly slope: Float64Array
  /** Minus the second derivatives, lower triangle, row by row. */
  readonly curvature: Float64Array
  /** How far the value may be below the one without softness, about, micro-units. */
  blur: number
  /** Value below which it does not matter which SIMs of a run go to which plan, micro-units; Infinity at first. */
  unevenness: number
  /** Works all of these out at prices by row; adds the runs that are shared between plans to `splits`. */
  lookAt(prices: Float64Array, softness: number, splits?: Split[]): void
}

const CHILDREN = 4
// Runs whose values differ by less than this share of the softness may stand for one SIM of average usage.
const FINE = 0.25
// So may runs that matter less than this share of what softness blurs altogether.
const LIGHT = 1 / 2000

/** Prepares a fleet for looking at it at many prices. */
export function softFleetOf(fleet: Fleet, map: RowMap): SoftFleet {
  const { tariff, usage, usageBefore } = fleet
  const { planCount, poolOf } = tariff
  const rowCount = map.count
  const charge = newClassCharge(planCount)
  const effects = effectsOf(fleet, map)
  // Value of each plan at usage 0, and per KB; plans without a pool add their own charge.
  const fixed = new Float64Array(planCount)
  const perKb = new Float64Array(planCount)
  // Height of a step, where a plan without a pool charges whole blocks.
  const stair = Float64Array.from(poolOf, (pool, plan) => {
    const { cost, isBlock } = tariff.ownRate[plan]!
    return pool < 0 && isBlock ? cost : 0
  })
  const low = new Float64Array(planCount)
  const high = new Float64Array(planCount)
  const sway = new Float64Array(planCount)
  const shares = new Float64Array(planCount)
  const together = newTogether(rowCount)
  // Plans in play, one list for each level of division.
  let lists = new Int32Array(32 * planCount)
  let soft = 0
  let light = 0
  let index = 0
  let found: Split[] | undefined
  const self: SoftFleet = {
    slope: new Float64Array(rowCount),
    curvature: new Float64Array(rowCount * rowCount),
    blur: 0,
    unevenness: Infinity,
    lookAt,
  }
  const valueAt = (volume: number, plan: number): number =>
    poolOf[plan]! < 0 ? fixed[plan]! + ownCharge(fleet, charge, volume, plan) : fixed[plan]! + perKb[plan]! * volume

  /** A run that stays on one plan. */
  const keep = (from: number, to: number, plan: number): void => {
    const count = to - from
    const net = usageBefore[to]! - usageBefore[from]! - count * charge.allowance[plan]!
    for (let e = effects.first[plan]!; e < effects.first[plan + 1]!; e++) {
      self.slope[effects.row[e]!]! += effects.sign[e]! === 0 ? net : effects.sign[e]! * count
    }
  }

  /** A run that is shared out as if all its SIMs had its average usage. */
  const share = (from: number, to: number, list: number, count: number): void => {
    const size = to - from
    const mean = (usageBefore[to]! - usageBefore[from]!) / size
    for (let k = 0; k < count; k++)
      low[k] = valueAt(poolOf[lists[list + k]!]! < 0 ? Math.round(mean) : mean, lists[list + k]!)
    self.blur += size * soft * shareOut(low, count, soft, shares)
    let active = 0
    for (let k = 0; k < count; k++) {
      if (shares[k]! === 0) continue
      active++
      const plan = lists[list + k]!
      for (let e = effects.first[plan]!; e < effects.first[plan + 1]!; e++) {
        const row = effects.row[e]!
        const effect = effects.sign[e]! === 0 ? mean - charge.allowance[plan]! : effects.sign[e]!
        self.slope[row]! += size * shares[k]! * effect
        together.add(row, effect)
        for (let other = effects.first[plan]!; other <= e; other++) {
          const second = effects.sign[other]! === 0 ? mean - charge.allowance[plan]! : effects.sign[other]!
          self.curvature[row * rowCount + effects.row[other]!]! += (size / soft) * effect * second
        }
      }
    }
    together.take(self.curvature, size / soft / active)
    found?.push({
      index,
      from,
      to,
      plans: Array.from(lists.subarray(list, list + count)),
      amounts: Array.from(shares.subarray(0, count), (part) => part * size),
    })
  }

  /** Whether SIMs of a run to be split differ so much in usage that it matters which of them go where. */
  const isUneven = (from: number, to: number, list: number, count: number): boolean => {
    if (self.unevenness === Infinity) return false
    let dearest = 0
    for (let k = 0; k < count; k++) dearest = Math.max(dearest, perKb[lists[list + k]!]!)
    return (to - from) * (usage[to - 1]! - usage[from]!) * dearest > self.unevenness
  }

  const divide = (from: number, to: number, list: number, count: number): void => {
    const [least, most] = [usage[from]!, usage[to - 1]!]
    let bestLow = 0
    let bestHigh = 0
    let bestBoth = 0
    for (let k = 0; k < count; k++) {
      low[k] = valueAt(least, lists[list + k]!)
      high[k] = least === most ? low[k]! : valueAt(most, lists[list + k]!)
      if (low[k]! < low[bestLow]!) bestLow = k
      if (high[k]! < high[bestHigh]!) bestHigh = k
      if (low[k]! + high[k]! < low[bestBoth]! + high[bestBoth]!) bestBoth = k
    }
    // A plan gets nothing where one other is cheaper by the softness at both ends: the difference is a straight line, give or take a stair.
    const left = list + count
    if (left + count > lists.length) lists = grown(lists)
    let leftCount = 0
    let [rise, fall, highest] = [-Infinity, Infinity, 0]
    for (let k = 0; k < count; k++) sway[k] = low[k] === high[k] ? 0 : stair[lists[list + k]!]!
    for (let k = 0; k < count; k++) {
      const floor = low[k]! - sway[k]! - soft
      const roof = high[k]! - sway[k]! - soft
      if (floor > low[bestLow]! + sway[bestLow]! && roof > high[bestLow]! + sway[bestLow]!) continue
      if (floor > low[bestHigh]! + sway[bestHigh]! && roof > high[bestHigh]! + sway[bestHigh]!) continue
      if (floor > low[bestBoth]! + sway[bestBoth]! && roof > high[bestBoth]! + sway[bestBoth]!) continue
      lists[left + leftCount++] = lists[list + k]!
      rise = Math.max(rise, high[k]! - low[k]!)
      fall = Math.min(fall, high[k]! - low[k]!)
      highest = Math.max(highest, sway[k]!)
    }
    const spread = rise - fall + highest
    const isAlike = spread <= FINE * soft || (to - from) * spread <= light
    if (leftCount === 1) {
      keep(from, to, lists[left]!)
    } else if (least === most || (isAlike && !isUneven(from, to, left, leftCount))) {
      share(from, to, left, leftCount)
    } else if (leftCount !== 2 || !cutOff(from, to, left)) {
      const step = (to - from) / CHILDREN
      let start = from
      for (let k = 1; start < to; k++) {
        // Equal usages stay together.
        const volume = usage[Math.min(to - 1, Math.max(start, Math.floor(from + k * step) - 1))]!
        let end = placeAfter(usage, volume, start, to)
        if (start === from && end === to) end = placeFrom(usage, volume, from, to)
        divide(start, end, left, leftCount)
        start = end
      }
    }
  }

  /** Of a run with two pooled plans, keeps the ends where one is too dear, and divides what is between. False if there are no such ends. */
  const cutOff = (from: number, to: number, list: number): boolean => {
    let [steep, flat] = [lists[list]!, lists[list + 1]!]
    if (poolOf[steep]! < 0 || poolOf[flat]! < 0 || perKb[steep] === perKb[flat]) return false
    if (perKb[steep]! < perKb[flat]!) [steep, flat] = [flat, steep]
    const steepness = perKb[steep]! - perKb[flat]!
    const border = (fixed[flat]! - fixed[steep]!) / steepness
    const first = placeFrom(usage, border - soft / steepness, from, to)
    const last = placeAfter(usage, border + soft / steepness, first, to)
    if (first === from && last === to) return false
    if (first > from) keep(from, first, steep)
    if (last > first) divide(first, last, list, 2)
    if (to > last) keep(last, to, flat)
    return true
  }

  function lookAt(prices: Float64Array, softness: number, splits?: Split[]): void {
    soft = softness
    light = LIGHT * softness * fleet.simCount
    found = splits
    self.blur = 0
    self.slope.set(effects.fromLimits)
    self.curvature.fill(0)
    for (index = 0; index < fleet.classCount; index++) {
      loadClassCharge(fleet, index, charge)
      if (charge.planCount === 0) continue
      for (let k = 0; k < charge.planCount; k++) {
        const plan = charge.plans[k]!
        lists[k] = plan
        perKb[plan] = 0
        fixed[plan] = poolOf[plan]! < 0 ? 0 : charge.base[plan]!
        for (let e = effects.first[plan]!; e < effects.first[plan + 1]!; e++) {
          const value = prices[effects.row[e]!]!
          if (effects.sign[e] === 0) perKb[plan] = value
          fixed[plan]! += effects.sign[e] === 0 ? -value * charge.allowance[plan]! : effects.sign[e]! * value
        }
      }
      let start = fleet.classStart[index]!
      const end = fleet.classStart[index + 1]!
      for (const bend of bendsOf(fleet, charge)) {
        const stop = placeAfter(usage, bend, start, end)
        if (stop > start) divide(start, stop, 0, charge.planCount)
        start = stop
      }
      if (end > start) divide(start, end, 0, charge.planCount)
    }
  }
  return self
}

/** Usages at which a plan that stands alone begins to charge overage: between them values are straight lines. */
function bendsOf({ tariff }: Fleet, { plans, planCount, allowance }: ClassCharge): readonly number[] {
  const bends: number[] = []
  for (let k = 0; k < planCount; k++) if (tariff.poolOf[plans[k]!]! < 0) bends.push(allowance[plans[k]!]!)
  return bends.sort((a, b) => a - b)
}

function grown(list: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * list.length)
  larger.set(list)
  return larger
}
