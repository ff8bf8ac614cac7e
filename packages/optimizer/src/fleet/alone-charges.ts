import { loadClassCharge, newClassCharge, ownCharge } from "./class-charge.ts"
import type { Fleet } from "./fleet.ts"

/** The cheapest plan without a pool and without limits, at each place. Within a class charges only rise with usage. */
export interface AloneCharges {
  /** Micro-units; Infinity where there is no such plan. */
  readonly charge: Float64Array
  /** -1 where there is no such plan. */
  readonly plan: Int16Array
  /** Sum of charges before each place, where they are finite. */
  readonly before: Float64Array
}

const known = new WeakMap<Fleet, AloneCharges>()

/** Charges that no price changes, worked out once per fleet. */
export function aloneChargesOf(fleet: Fleet): AloneCharges {
  let charges = known.get(fleet)
  if (charges === undefined) known.set(fleet, (charges = compute(fleet)))
  return charges
}

/** Whether a plan's charge is the same at all prices. */
export function isFreeOfPrices(fleet: Fleet, plan: number): boolean {
  const { poolOf, maxSims, minSims } = fleet.tariff
  return poolOf[plan]! < 0 && maxSims[plan] === Infinity && minSims[plan] === 0
}

function compute(fleet: Fleet): AloneCharges {
  const { simCount, usage } = fleet
  const charge = new Float64Array(simCount).fill(Infinity)
  const plan = new Int16Array(simCount).fill(-1)
  const before = new Float64Array(simCount + 1)
  const terms = newClassCharge(fleet.tariff.planCount)
  for (let index = 0; index < fleet.classCount; index++) {
    loadClassCharge(fleet, index, terms)
    const plans = Array.from(terms.plans.subarray(0, terms.planCount)).filter((p) => isFreeOfPrices(fleet, p))
    // Cheapest first: once a plan's base alone is dearer, so are all that follow.
    plans.sort((a, b) => terms.base[a]! - terms.base[b]! || a - b)
    const end = fleet.classStart[index + 1]!
    for (let place = fleet.classStart[index]!; place < end; place++) {
      let best = -1
      let least = Infinity
      for (let k = 0; k < plans.length; k++) {
        const p = plans[k]!
        if (terms.base[p]! >= least) break
        const cost = ownCharge(fleet, terms, usage[place]!, p)
        if (cost >= least) continue
        best = p
        least = cost
      }
      charge[place] = least
      plan[place] = best
      before[place + 1] = before[place]! + (best < 0 ? 0 : least)
    }
  }
  return { charge, plan, before }
}
