import { loadClassCharge, newClassCharge } from "../fleet/class-charge.ts"
import type { Fleet } from "../fleet/fleet.ts"
import { overageCharge } from "../charge/overage.ts"

/**
 * Each SIM on the plan that would be cheapest for it if its pool billed its overage alone. A pool bills at most what its SIMs would
 * be billed so, which makes this an answer of some use where there was no time for prices.
 *
 * @returns Plan at each place; limits are not looked at.
 */
export function asIfAlone(fleet: Fleet): Int32Array {
  const { tariff, classStart, usage } = fleet
  const charge = newClassCharge(tariff.planCount)
  const plans = new Int32Array(fleet.simCount)
  for (let index = 0; index < fleet.classCount; index++) {
    loadClassCharge(fleet, index, charge)
    for (let place = classStart[index]!; place < classStart[index + 1]!; place++) {
      let least = Infinity
      for (const plan of charge.plans.subarray(0, charge.planCount)) {
        const rate = tariff.poolRate[tariff.poolOf[plan]!] ?? tariff.ownRate[plan]!
        const value = charge.base[plan]! + overageCharge(usage[place]! - charge.allowance[plan]!, rate)
        if (value >= least) continue
        least = value
        plans[place] = plan
      }
    }
  }
  return plans
}
