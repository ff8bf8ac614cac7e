import { loadClassCharge, newClassCharge, ownCharge } from "../fleet/class-charge.ts"
import type { Fleet } from "../fleet/fleet.ts"
import { overageCharge } from "../charge/overage.ts"
import type { SpaceTotals } from "../exact/search-space.ts"
import type { Tariff } from "../charge/tariff.ts"

/** Totals of plans at places: own charges, by pool usage minus allowance, and SIMs by plan. */
export function totalsOf(fleet: Fleet, plans: Int32Array): SpaceTotals {
  const { tariff } = fleet
  const net = new Float64Array(tariff.poolCount)
  const count = new Float64Array(tariff.planCount)
  const charge = newClassCharge(tariff.planCount)
  const inClass = new Float64Array(tariff.planCount)
  const volume = new Float64Array(tariff.planCount)
  let own = 0
  for (let index = 0; index < fleet.classCount; index++) {
    loadClassCharge(fleet, index, charge)
    const end = fleet.classStart[index + 1]!
    for (let place = fleet.classStart[index]!; place < end; place++) {
      const plan = plans[place]!
      inClass[plan]!++
      if (tariff.poolOf[plan]! >= 0) volume[plan]! += fleet.usage[place]!
      else own += ownCharge(fleet, charge, fleet.usage[place]!, plan)
    }
    for (let k = 0; k < charge.planCount; k++) {
      const plan = charge.plans[k]!
      const pool = tariff.poolOf[plan]!
      count[plan]! += inClass[plan]!
      if (pool >= 0) {
        own += inClass[plan]! * charge.base[plan]!
        net[pool]! += volume[plan]! - inClass[plan]! * charge.allowance[plan]!
      }
      inClass[plan] = volume[plan] = 0
    }
  }
  return { own, net, count }
}

/** Cost of an assignment with these totals, micro-units. */
export function costOf({ poolRate }: Tariff, { own, net }: SpaceTotals): number {
  return poolRate.reduce((cost, rate, pool) => cost + overageCharge(Math.round(net[pool]!), rate), own)
}
