import type { SearchNode, SearchSpace } from "./search-space.ts"

/** Every cost of a space, exact overage aside, is a whole number of `step` away from `origin`. */
export interface Lattice {
  readonly step: number
  readonly origin: number
}

/** What prices prove of a node. */
export interface NodeBound {
  /** No assignment in the node costs less. */
  readonly bound: number
  /** The same of costs with unrounded overage, before use is made of what costs there can be. */
  readonly raw: number
  /** The largest share that a price has of what a KB of exact overage costs; above 1 or none where that says nothing. */
  readonly share: number
  /** How much rounding to whole micro-units can take off. */
  readonly loss: number
  /** By option: what one more SIM on it adds to `raw` at least. */
  readonly regret: Float64Array
}

// Sums of as many terms as a space may have are off by less than this share of the sum of their sizes.
const DOUBT = 1e-11

/** Finds the lattice of a space. */
export function latticeOf(space: SearchSpace): Lattice {
  let step = 0
  let origin = space.decidedOwn
  const add = (value: number): void => {
    let [a, b] = [step, Math.abs(value)]
    while (b > 0) [a, b] = [b, a % b]
    step = a
  }
  for (let g = 0; g < space.groupCount; g++) {
    const own = space.own[space.first[g]!]!
    origin += space.weight[g]! * own
    for (let o = space.first[g]! + 1; o < space.first[g + 1]!; o++) add(space.own[o]! - own)
  }
  space.tariff.poolRate.forEach((rate, pool) => {
    if (rate.isBlock && space.isUsed[pool] === 1) add(rate.cost)
  })
  return { step: Math.max(1, step), origin }
}

/**
 * Recomputes the bound from prices alone, so it holds whatever they are.
 *
 * @param poolPrice By pool, per KB, 0 or more.
 * @param planPrice By plan, per SIM, of either sign.
 * @param regret Filled, by option.
 */
export function boundOfNode(
  space: SearchSpace,
  node: SearchNode,
  poolPrice: Float64Array,
  planPrice: Float64Array,
  lattice: Lattice,
  regret: Float64Array,
): NodeBound {
  const { tariff, first, own, net, pool, plan } = space
  const { low, high } = node
  let raw = 0
  let size = 0
  const add = (term: number): void => {
    raw += term
    size += Math.abs(term)
  }
  add(space.decidedOwn)
  let share = 0
  let loss = 0
  for (let k = 0; k < tariff.poolCount; k++) {
    const { cost, block, isBlock, perKb } = tariff.poolRate[k]!
    const value = poolPrice[k]!
    add(value * space.decidedNet[k]!)
    if (isBlock) {
      const perBlock = cost - value * block
      // A price above that of overage stands only where the blocks are limited.
      const most = perBlock < 0 ? node.blocksHigh[k]! : node.blocksLow[k]!
      if (most > 0) add(most === Infinity ? 0 : perBlock * most)
    } else if (space.isUsed[k] === 1) {
      // Rounding takes less than half a micro-unit off, and only where there is at least 1 KB.
      share = Math.max(share, perKb > 0.5 ? value / (perKb - 0.5) : Infinity)
      loss += Math.max(0, 0.5 - (perKb - value))
    }
  }
  for (let j = 0; j < tariff.planCount; j++) {
    const value = planPrice[j]!
    if (value !== 0) add(value * (space.decidedCount[j]! - (value > 0 ? node.countHigh[j]! : node.countLow[j]!)))
  }
  for (let g = 0; g < space.groupCount; g++) {
    const [begin, end] = [first[g]!, first[g + 1]!]
    let left = space.weight[g]!
    let best = -1
    let largest = 0
    for (let o = begin; o < end; o++) {
      const pooled = pool[o]! < 0 ? 0 : poolPrice[pool[o]!]! * net[o]!
      const value = own[o]! + pooled + planPrice[plan[o]!]!
      regret[o] = value
      largest = Math.max(largest, own[o]! + Math.abs(pooled) + Math.abs(planPrice[plan[o]!]!))
      raw += low[o]! * value
      left -= low[o]!
      if (high[o]! > low[o]! && (best < 0 || value < regret[best]!)) best = o
    }
    size += space.weight[g]! * largest
    let marginal = best < 0 ? 0 : regret[best]!
    if (left < 0) {
      raw = Infinity
    } else if (left > 0 && best >= 0 && high[best]! - low[best]! >= left) {
      raw += left * marginal
    } else if (left > 0) {
      // The cheapest way to place the rest, each option up to its most.
      const order: number[] = []
      for (let o = begin; o < end; o++) if (high[o]! > low[o]!) order.push(o)
      order.sort((a, b) => regret[a]! - regret[b]! || a - b)
      for (const o of order) {
        if (left === 0) break
        const placed = Math.min(left, high[o]! - low[o]!)
        marginal = regret[o]!
        raw += placed * marginal
        left -= placed
      }
      if (left > 0) raw = Infinity
    }
    for (let o = begin; o < end; o++) regret[o]! -= marginal
  }
  raw -= DOUBT * size + 1e-3
  return { bound: boundFrom(raw, share, loss, lattice), raw, share, loss, regret }
}

/**
 * Uses that costs without exact overage lie on a lattice: those between two of its points are reached by overage only, and of that
 * it takes `1 / share` to save one micro-unit of the others.
 */
function boundFrom(raw: number, share: number, loss: number, { step, origin }: Lattice): number {
  if (!(share <= 1) || raw === Infinity) return raw - loss
  const below = origin + Math.floor((raw - origin) / step) * step
  const above = raw > below ? below + step : below
  return Math.max(raw - loss, share > 0 ? Math.min(below + (raw - below) / share, above) : above)
}

/** What may be added to a raw bound before it excludes costs up to `cost`. */
export function roomBelow({ raw, share, loss }: NodeBound, cost: number, { step, origin }: Lattice): number {
  const below = origin + Math.floor((cost - origin) / step) * step
  return Math.max(0, Math.min(cost + loss, share <= 1 ? below + (cost - below) * share : Infinity) - raw)
}
