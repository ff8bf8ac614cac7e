import { loadClassCharge, newClassCharge, ownCharge } from "./class-charge.ts"
import { drawEnvelope, newEnvelope, placeAfter } from "./envelope.ts"
import type { Fleet } from "./fleet.ts"
import type { Prices } from "./prices.ts"

/** What every SIM would choose for itself at given prices. */
export interface Choice {
  /** Value of the relaxation at these prices, micro-units: a lower bound up to the rounding of doubles. */
  readonly value: number
  /** By pool: usage minus allowance of the SIMs that chose it, KB. */
  readonly netUsage: Float64Array
  /** By plan: SIMs that chose it. */
  readonly simCount: Float64Array
}

/**
 * Lets every SIM take the plan that is cheapest for it at given prices.
 *
 * @param plans When given, filled with the plan at each place. SIMs without a permitted plan are left alone.
 */
export function chooseAtPrices(fleet: Fleet, prices: Prices, plans: Int32Array | null): Choice {
  const { tariff, usage, usageBefore } = fleet
  const netUsage = new Float64Array(tariff.poolCount)
  const simCount = new Float64Array(tariff.planCount)
  const charge = newClassCharge(tariff.planCount)
  const envelope = newEnvelope(tariff.planCount)
  let value = limitValue(fleet, prices)
  for (let index = 0; index < fleet.classCount; index++) {
    const first = fleet.classStart[index]!
    const end = fleet.classStart[index + 1]!
    loadClassCharge(fleet, index, charge)
    if (charge.planCount === 0) continue
    drawEnvelope(tariff, charge, prices, usage[first]!, envelope)
    const alone = charge.plans.subarray(0, charge.planCount).filter((plan) => tariff.poolOf[plan]! < 0)
    let from = first
    for (let piece = 0; piece < Math.max(1, envelope.count); piece++) {
      const isPooled = envelope.count > 0
      const to = piece >= envelope.count - 1 ? end : placeAfter(usage, envelope.until[piece]!, from, end)
      const plan = isPooled ? envelope.plan[piece]! : -1
      const pool = isPooled ? tariff.poolOf[plan]! : -1
      if (alone.length === 0) {
        const volume = usageBefore[to]! - usageBefore[from]!
        value += (to - from) * envelope.intercept[piece]! + envelope.slope[piece]! * volume
        netUsage[pool]! += volume - (to - from) * charge.allowance[plan]!
        simCount[plan]! += to - from
        plans?.fill(plan, from, to)
      } else {
        for (let place = from; place < to; place++) {
          let best = plan
          let least = isPooled ? envelope.intercept[piece]! + envelope.slope[piece]! * usage[place]! : Infinity
          for (let a = 0; a < alone.length; a++) {
            const other = alone[a]!
            const cost = ownCharge(fleet, charge, usage[place]!, other) + prices.max[other]! - prices.min[other]!
            if (cost < least) {
              best = other
              least = cost
            }
          }
          value += least
          simCount[best]!++
          if (best === plan) netUsage[pool]! += usage[place]! - charge.allowance[plan]!
          if (plans !== null) plans[place] = best
        }
      }
      from = to
    }
  }
  return { value, netUsage, simCount }
}

function limitValue(fleet: Fleet, prices: Prices): number {
  const { tariff } = fleet
  let value = 0
  for (let plan = 0; plan < tariff.planCount; plan++) {
    if (prices.max[plan]! > 0) value -= prices.max[plan]! * tariff.maxSims[plan]!
    if (prices.min[plan]! > 0) value += prices.min[plan]! * tariff.minSims[plan]!
  }
  return value
}
