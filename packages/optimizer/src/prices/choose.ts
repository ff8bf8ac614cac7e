import { type AloneCharges, aloneChargesOf, isFreeOfPrices } from "../fleet/alone-charges.ts"
import { type ClassCharge, loadClassCharge, newClassCharge, ownCharge } from "../fleet/class-charge.ts"
import { drawEnvelope, newEnvelope } from "./envelope.ts"
import { placeAfter } from "../fleet/place-search.ts"
import type { Fleet } from "../fleet/fleet.ts"
import type { Prices } from "./prices.ts"

/** What every SIM would choose for itself at given prices. */
export interface Choice {
  /** Value of the relaxation at these prices, micro-units: a lower bound up to the rounding of doubles. */
  readonly value: number
  /** By pool: usage minus allowance of the SIMs that chose it, KB. */
  readonly netUsage: Float64Array
}

// Whole stretches of so many places are decided by their ends where they can be.
const STRETCH = 128

/**
 * Lets every SIM take the plan that is cheapest for it at given prices.
 *
 * @param plans When given, filled with the plan at each place. SIMs without a permitted plan are left alone.
 */
export function chooseAtPrices(fleet: Fleet, prices: Prices, plans: Int32Array | null): Choice {
  const { tariff, usage, usageBefore } = fleet
  const netUsage = new Float64Array(tariff.poolCount)
  const charge = newClassCharge(tariff.planCount)
  const envelope = newEnvelope(tariff.planCount)
  let value = limitValue(fleet, prices)
  for (let index = 0; index < fleet.classCount; index++) {
    const first = fleet.classStart[index]!
    const end = fleet.classStart[index + 1]!
    loadClassCharge(fleet, index, charge)
    if (charge.planCount === 0) continue
    drawEnvelope(tariff, charge, prices, usage[first]!, envelope)
    let hasAlone = false
    const limited: number[] = []
    for (let p = 0; p < charge.planCount; p++) {
      const plan = charge.plans[p]!
      if (tariff.poolOf[plan]! >= 0) continue
      if (isFreeOfPrices(fleet, plan)) hasAlone = true
      else limited.push(plan)
    }
    let from = first
    for (let piece = 0; piece < Math.max(1, envelope.count); piece++) {
      const isPooled = envelope.count > 0
      const to = piece >= envelope.count - 1 ? end : placeAfter(usage, envelope.until[piece]!, from, end)
      const plan = isPooled ? envelope.plan[piece]! : -1
      if (isPooled && !hasAlone && limited.length === 0) {
        const volume = usageBefore[to]! - usageBefore[from]!
        value += (to - from) * envelope.intercept[piece]! + envelope.slope[piece]! * volume
        netUsage[tariff.poolOf[plan]!]! += volume - (to - from) * charge.allowance[plan]!
        plans?.fill(plan, from, to)
      } else {
        const line: Line = {
          plan,
          intercept: isPooled ? envelope.intercept[piece]! : Infinity,
          slope: isPooled ? envelope.slope[piece]! : 0,
        }
        const alone = hasAlone ? aloneChargesOf(fleet) : null
        value += chooseMixed(fleet, charge, prices, line, alone, limited, from, to, netUsage, plans)
      }
      from = to
    }
  }
  return { value, netUsage }
}

/** The cheapest pooled plan over a stretch of usage; no plan: -1 and an intercept of Infinity. */
interface Line {
  readonly plan: number
  readonly intercept: number
  readonly slope: number
}

/** Compares a pooled plan with plans that stand alone. Returns what the places cost. */
function chooseMixed(
  fleet: Fleet,
  charge: ClassCharge,
  prices: Prices,
  { plan, intercept, slope }: Line,
  alone: AloneCharges | null,
  limited: readonly number[],
  from: number,
  to: number,
  netUsage: Float64Array,
  plans: Int32Array | null,
): number {
  const { tariff, usage, usageBefore } = fleet
  const pool = plan < 0 ? -1 : tariff.poolOf[plan]!
  let value = 0
  for (let start = from; start < to; start += STRETCH) {
    const stop = Math.min(to, start + STRETCH)
    if (limited.length === 0 && alone !== null) {
      // Both charges rise with usage, so their ends bound everything between.
      if (intercept + slope * usage[stop - 1]! <= alone.charge[start]!) {
        const volume = usageBefore[stop]! - usageBefore[start]!
        value += (stop - start) * intercept + slope * volume
        netUsage[pool]! += volume - (stop - start) * charge.allowance[plan]!
        plans?.fill(plan, start, stop)
        continue
      }
      if (alone.charge[stop - 1]! <= intercept + slope * usage[start]!) {
        value += alone.before[stop]! - alone.before[start]!
        if (plans !== null) for (let place = start; place < stop; place++) plans[place] = alone.plan[place]!
        continue
      }
    }
    for (let place = start; place < stop; place++) {
      let best = plan
      let least = intercept + slope * usage[place]!
      if (alone !== null && alone.charge[place]! < least) {
        best = alone.plan[place]!
        least = alone.charge[place]!
      }
      for (const other of limited) {
        const cost = ownCharge(fleet, charge, usage[place]!, other) + prices.max[other]! - prices.min[other]!
        if (cost >= least) continue
        best = other
        least = cost
      }
      value += least
      if (best === plan) netUsage[pool]! += usage[place]! - charge.allowance[plan]!
      if (plans !== null) plans[place] = best
    }
  }
  return value
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
