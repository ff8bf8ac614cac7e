import { chooseAtPrices } from "./choose.ts"
import { loadClassCharge, newClassCharge, ownCharge } from "./class-charge.ts"
import type { Fleet } from "./fleet.ts"
import type { Prices } from "./prices.ts"

/**
 * Places whose plan is dearer than their best one at the prices by more than `least`, the dearest first, at most `most` of them.
 *
 * Their excess is part of that of the whole assignment, so there are few.
 */
export function regrettedPlaces(
  fleet: Fleet,
  prices: Prices,
  plans: Int32Array,
  least: number,
  most: number,
): readonly number[] {
  const { tariff, usage } = fleet
  const best = new Int32Array(fleet.simCount)
  chooseAtPrices(fleet, prices, best)
  const charge = newClassCharge(tariff.planCount)
  const value = (volume: number, plan: number): number => {
    const pool = tariff.poolOf[plan]!
    const pooled = pool < 0 ? 0 : prices.pool[pool]! * (volume - charge.allowance[plan]!)
    return ownCharge(fleet, charge, volume, plan) + pooled + prices.max[plan]! - prices.min[plan]!
  }
  const found: { place: number; regret: number }[] = []
  for (let index = 0; index < fleet.classCount; index++) {
    loadClassCharge(fleet, index, charge)
    const end = fleet.classStart[index + 1]!
    for (let place = fleet.classStart[index]!; place < end; place++) {
      if (plans[place] === best[place]) continue
      const regret = value(usage[place]!, plans[place]!) - value(usage[place]!, best[place]!)
      if (regret > least) found.push({ place, regret })
    }
  }
  found.sort((a, b) => b.regret - a.regret || a.place - b.place)
  return found.slice(0, most).map(({ place }) => place)
}
