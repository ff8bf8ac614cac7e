import { loadClassCharge, newClassCharge, ownCharge } from "./class-charge.ts"
import { chooseAtPrices } from "./choose.ts"
import type { Fleet } from "./fleet.ts"
import type { Totals } from "./improve.ts"
import { poolCharge } from "./pool-charge.ts"
import type { RelaxedFleet } from "./relax-fleet.ts"

// A plan that takes less than this share of a run is noise of the relaxation.
const NOISE = 1e-6

/**
 * A whole assignment from the relaxation: each SIM's cheapest plan, and where the relaxation splits a run between plans, whole SIMs
 * chosen so that no pool and no limited plan drifts from what the relaxation gives it.
 *
 * Runs are taken from high usage to low: the large ones are placed while the small ones can still make up for them.
 *
 * @returns Plan at each place.
 */
export function assignAtPrices(fleet: Fleet, relaxed: RelaxedFleet): Int32Array {
  const { tariff } = fleet
  const plans = new Int32Array(fleet.simCount).fill(-1)
  chooseAtPrices(fleet, relaxed.splitPrices, plans)
  const drift = new Float64Array(tariff.poolCount)
  const countDrift = new Float64Array(tariff.planCount)
  const charge = newClassCharge(tariff.planCount)
  const splits = relaxed.splits.toSorted((a, b) => fleet.usage[b.from]! - fleet.usage[a.from]! || a.from - b.from)
  for (const { index, from, to, plans: options, amounts } of splits) {
    loadClassCharge(fleet, index, charge)
    const size = to - from
    const mean = (fleet.usageBefore[to]! - fleet.usageBefore[from]!) / size
    const net = options.map((plan) => (tariff.poolOf[plan]! < 0 ? 0 : mean - charge.allowance[plan]!))
    const whole = amounts.map((amount) => Math.floor(amount + NOISE * size))
    let rest = size - whole.reduce((sum, count) => sum + count, 0)
    options.forEach((plan, k) => {
      const excess = whole[k]! - amounts[k]!
      countDrift[plan]! += excess
      if (tariff.poolOf[plan]! >= 0) drift[tariff.poolOf[plan]!]! += excess * net[k]!
    })
    for (; rest > 0; rest--) {
      let best = 0
      let least = Infinity
      options.forEach((plan, k) => {
        if (amounts[k]! < NOISE * size) return
        const pool = tariff.poolOf[plan]!
        const isLimited = tariff.maxSims[plan] !== Infinity || tariff.minSims[plan]! > 0
        const price = pool < 0 ? 0 : tariff.poolRate[pool]!.perKb
        const worse =
          (pool < 0 ? 0 : price * (Math.abs(drift[pool]! + net[k]!) - Math.abs(drift[pool]!))) +
          (isLimited ? 1e6 * (Math.abs(countDrift[plan]! + 1) - Math.abs(countDrift[plan]!)) : 0)
        if (worse < least) {
          best = k
          least = worse
        }
      })
      whole[best]!++
      countDrift[options[best]!]!++
      const pool = tariff.poolOf[options[best]!]!
      if (pool >= 0) drift[pool]! += net[best]!
    }
    // The dearer a KB in a plan's pool, the less usage should go there.
    const price = (k: number): number => {
      const pool = tariff.poolOf[options[k]!]!
      return pool < 0 ? 0 : relaxed.splitPrices.pool[pool]!
    }
    const byPrice = options.map((_, k) => k).sort((a, b) => price(b) - price(a) || a - b)
    let place = from
    for (const k of byPrice) {
      plans.fill(options[k]!, place, Math.min(to, place + whole[k]!))
      place += whole[k]!
    }
  }
  return plans
}

/** Totals and cost, as doubles, of plans at places. */
export function totalsOf(fleet: Fleet, plans: Int32Array): Totals & { readonly cost: number } {
  const { tariff } = fleet
  const netUsage = new Float64Array(tariff.poolCount)
  const simCount = new Float64Array(tariff.planCount)
  const charge = newClassCharge(tariff.planCount)
  let cost = 0
  for (let index = 0; index < fleet.classCount; index++) {
    loadClassCharge(fleet, index, charge)
    const end = fleet.classStart[index + 1]!
    for (let place = fleet.classStart[index]!; place < end; place++) {
      const plan = plans[place]!
      simCount[plan]!++
      cost += ownCharge(fleet, charge, fleet.usage[place]!, plan)
      const pool = tariff.poolOf[plan]!
      if (pool >= 0) netUsage[pool]! += fleet.usage[place]! - charge.allowance[plan]!
    }
  }
  for (let pool = 0; pool < tariff.poolCount; pool++) cost += poolCharge(tariff, pool, netUsage[pool]!)
  return { netUsage, simCount, cost }
}
