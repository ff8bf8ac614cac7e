import { chooseAtPrices } from "../prices/choose.ts"
import type { Fleet } from "../fleet/fleet.ts"
import type { RelaxedFleet } from "../prices/relaxed-fleet.ts"

// Less of a SIM than this is noise of the relaxation.
const NOISE = 1e-6

/**
 * A whole assignment from a relaxation: each SIM's cheapest plan, and where the relaxation splits a run between plans, as many SIMs on
 * each as it says. What whole numbers take from a plan or add to it, the next run makes up for.
 *
 * @returns Plan at each place.
 */
export function wholeAtPrices(fleet: Fleet, { splitPrices, splits }: RelaxedFleet): Int32Array {
  const { poolOf, planCount } = fleet.tariff
  const plans = new Int32Array(fleet.simCount).fill(-1)
  chooseAtPrices(fleet, splitPrices, plans)
  const missing = new Float64Array(planCount)
  const priceOf = (plan: number): number => (poolOf[plan]! < 0 ? 0 : splitPrices.pool[poolOf[plan]!]!)
  for (const { from, to, plans: given, amounts } of splits) {
    // The dearer a KB in a plan's pool, the less usage should go there.
    const shares = given
      .map((plan, k) => ({ plan, wanted: amounts[k]! + missing[plan]!, isNoise: amounts[k]! < NOISE * (to - from) }))
      .filter(({ isNoise }) => !isNoise)
      .sort((a, b) => priceOf(b.plan) - priceOf(a.plan) || a.plan - b.plan)
    let left = to - from
    const whole = shares.map(({ wanted }) => {
      const count = Math.min(left, Math.max(0, Math.floor(wanted)))
      left -= count
      return count
    })
    for (; left > 0; left--) {
      let most = 0
      shares.forEach(({ wanted }, k) => {
        if (wanted - whole[k]! > shares[most]!.wanted - whole[most]!) most = k
      })
      whole[most]!++
    }
    let at = from
    shares.forEach(({ plan, wanted }, k) => {
      missing[plan] = wanted - whole[k]!
      plans.fill(plan, at, (at += whole[k]!))
    })
  }
  return plans
}
