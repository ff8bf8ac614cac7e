import { type ClassCharge, loadClassCharge, newClassCharge, ownCharge } from "./class-charge.ts"
import { chooseAtPrices } from "./choose.ts"
import type { Fleet } from "./fleet.ts"
import type { Totals } from "./improve.ts"
import { poolCharge } from "./pool-charge.ts"
import type { RelaxedFleet, Split } from "./relaxed-fleet.ts"

// A plan that takes less than this share of a run is noise of the relaxation.
const NOISE = 1e-6
// A limited plan is kept at what the relaxation gives it as if each SIM more or less cost this, micro-units.
const PER_SIM_OFF = 1e9

/**
 * A whole assignment from the relaxation: each SIM's cheapest plan, and where the relaxation splits a run between plans, whole SIMs
 * chosen so that no pool and no limited plan drifts from what the relaxation gives it.
 *
 * The largest lumps are placed first, while smaller ones can still make up for them.
 *
 * @param firmness How far usage above balance counts as what it costs, 0 to 1; at 0 it counts as much as usage below.
 * @returns Plan at each place.
 */
export function assignAtPrices(fleet: Fleet, relaxed: RelaxedFleet, firmness = 1): Int32Array {
  const { tariff, usage, usageBefore } = fleet
  const { splitPrices } = relaxed
  const plans = new Int32Array(fleet.simCount).fill(-1)
  chooseAtPrices(fleet, splitPrices, plans)
  const drift = relaxed.poolDrift.slice()
  const countDrift = relaxed.planDrift.slice()
  const charge = newClassCharge(tariff.planCount)
  const priceOf = (plan: number): number => (tariff.poolOf[plan]! < 0 ? 0 : splitPrices.pool[tariff.poolOf[plan]!]!)
  const isLimited = (plan: number): boolean => tariff.maxSims[plan] !== Infinity || tariff.minSims[plan]! > 0
  // Every KB below balance was paid for in vain, every KB above it is charged as overage, which smaller lumps may still make up for.
  const costOfDrift = (pool: number, off: number): number => {
    const price = splitPrices.pool[pool]!
    return off * (off > 0 ? price + firmness * (tariff.poolRate[pool]!.perKb - 2 * price) : -price)
  }
  /** What it costs to add `count` SIMs of some usage to a plan, or to take them away. */
  const worse = (plan: number, volume: number, count: number): number => {
    const pool = tariff.poolOf[plan]!
    const net = count * (volume - charge.allowance[plan]!)
    let cost = count * ownCharge(fleet, charge, Math.round(volume), plan) + net * priceOf(plan)
    if (pool >= 0) cost += costOfDrift(pool, drift[pool]! + net) - costOfDrift(pool, drift[pool]!)
    if (isLimited(plan)) cost += PER_SIM_OFF * (Math.abs(countDrift[plan]! + count) - Math.abs(countDrift[plan]!))
    return cost
  }
  const add = (plan: number, volume: number, count: number): void => {
    countDrift[plan]! += count
    if (tariff.poolOf[plan]! >= 0) drift[tariff.poolOf[plan]!]! += volume - count * charge.allowance[plan]!
  }
  const splits = relaxed.splits.map((split) => ({ ...split, lump: lumpOf(fleet, charge, split) }))
  splits.sort((a, b) => b.lump - a.lump || b.from - a.from)
  for (const { index, from, to, plans: given, amounts } of splits) {
    loadClassCharge(fleet, index, charge)
    const size = to - from
    const mean = (usageBefore[to]! - usageBefore[from]!) / size
    // The dearer a KB in a plan's pool, the less usage should go there.
    const order = given.map((_, k) => k).sort((a, b) => priceOf(given[b]!) - priceOf(given[a]!) || a - b)
    let options = order.map((k) => given[k]!)
    let whole = order.map((k) => Math.floor(amounts[k]! + NOISE * size))
    order.forEach((k, b) => add(given[k]!, (whole[b]! - amounts[k]!) * mean, whole[b]! - amounts[k]!))
    for (let rest = size - whole.reduce((sum, count) => sum + count, 0); rest > 0; rest--) {
      let best = 0
      let least = Infinity
      options.forEach((plan, b) => {
        const cost = amounts[order[b]!]! < NOISE * size ? Infinity : worse(plan, mean, 1)
        if (cost < least) [best, least] = [b, cost]
      })
      whole[best]!++
      add(options[best]!, mean, 1)
    }
    // Of the plans of a pool that nobody is on, the cheapest is enough to move SIMs to.
    const value = (plan: number): number =>
      ownCharge(fleet, charge, Math.round(mean), plan) - priceOf(plan) * charge.allowance[plan]!
    const kept = options.map(
      (plan, b) =>
        whole[b]! > 0 ||
        options.every(
          (other, c) =>
            c === b ||
            tariff.poolOf[other] !== tariff.poolOf[plan] ||
            value(other) > value(plan) ||
            (value(other) === value(plan) && c > b),
        ),
    )
    options = options.filter((_, b) => kept[b])
    whole = whole.filter((_, b) => kept[b])
    // First place after each option's SIMs, and what they really take from its pool.
    let at = from
    const ends = options.map((plan, b) => {
      const begin = at
      at += whole[b]!
      add(plan, usageBefore[at]! - usageBefore[begin]! - whole[b]! * mean, 0)
      return at
    })
    for (let b = 0; b + 1 < options.length; b++) {
      const [left, right] = [options[b]!, options[b + 1]!]
      if (isLimited(left) || isLimited(right)) continue
      for (const step of [-1, 1]) {
        for (;;) {
          const place = step > 0 ? ends[b]! : ends[b]! - 1
          if (place < (b === 0 ? from : ends[b - 1]!) || place >= ends[b + 1]!) break
          const volume = usage[place]!
          if (worse(left, volume, step) + worse(right, volume, -step) >= 0) break
          add(left, step * volume, step)
          add(right, -step * volume, -step)
          ends[b]! += step
        }
      }
    }
    options.forEach((plan, b) => plans.fill(plan, b === 0 ? from : ends[b - 1]!, ends[b]!))
  }
  return plans
}

/** The most that one SIM of a split takes from a pool or brings to it. */
function lumpOf(fleet: Fleet, charge: ClassCharge, { index, from, to, plans, amounts }: Split): number {
  loadClassCharge(fleet, index, charge)
  const mean = (fleet.usageBefore[to]! - fleet.usageBefore[from]!) / (to - from)
  let lump = 0
  plans.forEach((plan, k) => {
    if (amounts[k]! >= NOISE * (to - from)) lump = Math.max(lump, Math.abs(mean - charge.allowance[plan]!))
  })
  return lump
}

/** Totals and cost, as doubles, of plans at places. */
export function totalsOf(fleet: Fleet, plans: Int32Array): Totals & { readonly cost: number } {
  const { tariff } = fleet
  const netUsage = new Float64Array(tariff.poolCount)
  const simCount = new Float64Array(tariff.planCount)
  const charge = newClassCharge(tariff.planCount)
  const count = new Float64Array(tariff.planCount)
  const volume = new Float64Array(tariff.planCount)
  let cost = 0
  for (let index = 0; index < fleet.classCount; index++) {
    loadClassCharge(fleet, index, charge)
    const end = fleet.classStart[index + 1]!
    for (let place = fleet.classStart[index]!; place < end; place++) {
      const plan = plans[place]!
      count[plan]!++
      if (tariff.poolOf[plan]! >= 0) volume[plan]! += fleet.usage[place]!
      else cost += ownCharge(fleet, charge, fleet.usage[place]!, plan)
    }
    for (let k = 0; k < charge.planCount; k++) {
      const plan = charge.plans[k]!
      const pool = tariff.poolOf[plan]!
      simCount[plan]! += count[plan]!
      if (pool >= 0) {
        cost += count[plan]! * charge.base[plan]!
        netUsage[pool]! += volume[plan]! - count[plan]! * charge.allowance[plan]!
      }
      count[plan] = volume[plan] = 0
    }
  }
  for (let pool = 0; pool < tariff.poolCount; pool++) cost += poolCharge(tariff, pool, netUsage[pool]!)
  return { netUsage, simCount, cost }
}
