import { solveLinkedProgram } from "./interior-point.ts"
import type { LinkedProgram, LinkRow } from "./linked-program.ts"
import { type Prices, pricesOf } from "./prices.ts"
import { rowMapOf } from "./row-map.ts"
import type { SearchSpace } from "./search-space.ts"

/** A part of a search space: bounds on every option, on the overage blocks of every pool and on the SIMs of every plan. */
export interface SearchNode {
  /** By option: fewest and most SIMs. */
  readonly low: Int32Array
  readonly high: Int32Array
  /** By pool: fewest and most started blocks; 0 and Infinity for proportional overage. */
  readonly blocksLow: Float64Array
  readonly blocksHigh: Float64Array
  /** By plan: fewest and most SIMs, decided ones included. */
  readonly countLow: Float64Array
  readonly countHigh: Float64Array
}

/** The relaxation of a node, and the bound it proves. */
export interface RelaxedNode {
  /** No assignment in the node costs less, but for the rounding of proportional overage. */
  readonly bound: number
  /** Prices that prove it. */
  readonly prices: Prices
  /** SIMs on each option. */
  readonly amount: Float64Array
  /** By option: what one more SIM on it costs at least, at the prices. */
  readonly regret: Float64Array
  /** How much rounding to whole micro-units can take off. */
  readonly roundingLoss: number
  readonly steps: number
}

// Overage beyond the blocks a node allows costs this many times as much: enough to make it leave, not so much as to drown digits.
const BEYOND = 64
// Groups that are looked at first, and how many times as many when they turn out to be too few.
const FIRST_OPEN = 40
// Up to so many options all groups are looked at.
const FEW = 4000
const WIDEN = 2
// While not all groups are in, prices may change by such a factor: where few are seen, far prices look as good as near ones.
const REACH = 1.25

/** Where a relaxation starts from: what is known of the node above. */
export interface Start {
  readonly prices: Prices
  /** SIMs on each option; `null` if nothing is known. */
  readonly amount: Float64Array | null
}

/**
 * Relaxes a node. The bound is recomputed from the prices alone, so it holds however far the interior method got.
 *
 * Only groups that are near a tie at the prices known so far are in the linear programme; the others stay as they are in the
 * node above. If the new prices would move some of those, they are let in too.
 *
 * @param enough A bound above this is as good as any.
 */
export function relaxNode(space: SearchSpace, node: SearchNode, start: Start, enough: number): RelaxedNode {
  let best = boundAt(space, node, start.prices)
  let known = best
  let before = start.amount
  let steps = 5000 + 10 * space.plan.length
  const first = FIRST_OPEN + 2 * space.tariff.poolCount
  const isFew = before === null || space.plan.length <= FEW
  for (let wanted = isFew ? Infinity : first; ; wanted *= WIDEN) {
    const isOpen = openGroups(space, node, known.regret, before, wanted)
    const isAll = wanted >= space.groupCount
    const { program, options, amount, own, map } = programOf(
      space,
      node,
      best.prices,
      before,
      isOpen,
      isAll ? Infinity : (REACH * wanted) / first,
    )
    if (options.length === 0) return { ...best, amount, steps }
    const solved = solveLinkedProgram(program, { tolerance: 1e-8 })
    options.forEach((o, v) => {
      amount[o]! += solved.amount[v]!
    })
    known = boundAt(space, node, pricesOf(space.tariff, map, solved.multiplier))
    steps += 5000 + solved.steps + 20 * space.plan.length
    if (known.bound > best.bound) best = known
    // Whole and part have about the same value: little is to be gained by letting more in.
    const left = own + solved.value - best.bound
    const isWhole = isAll || left < Math.max(0.1 + 1e-9 * own, 0.02 * (enough - best.bound))
    if (isWhole || best.bound > enough) return { ...best, amount, steps }
    before = amount
  }
}

/** Marks the groups that the prices would move, most wronged first, and then those nearest to a tie. */
function openGroups(
  space: SearchSpace,
  node: SearchNode,
  regret: Float64Array,
  amount: Float64Array | null,
  wanted: number,
): Uint8Array {
  const { groupCount } = space
  if (amount === null || wanted >= groupCount) return new Uint8Array(groupCount).fill(1)
  const key = new Float64Array(groupCount)
  for (let g = 0; g < groupCount; g++) {
    let nearest = Infinity
    let wrong = 0
    let free = 0
    for (let o = space.first[g]!; o < space.first[g + 1]!; o++) {
      if (amount[o]! < node.low[o]! || amount[o]! > node.high[o]!) wrong = Infinity
      if (node.high[o] === node.low[o]) continue
      wrong += amount[o]! * regret[o]!
      if (regret[o]! > 0) nearest = Math.min(nearest, regret[o]!)
      else if (free++ > 0) nearest = 0
    }
    key[g] = wrong > 1 ? -wrong : nearest
  }
  const most = key.toSorted()[wanted]!
  // Where many tie, some of them are enough; those that must move always come along.
  let left = wanted
  return Uint8Array.from(key, (value) =>
    value === -Infinity || (value <= most && value < Infinity && left-- > 0) ? 1 : 0,
  )
}

interface NodeBound {
  readonly bound: number
  readonly prices: Prices
  readonly regret: Float64Array
  readonly roundingLoss: number
}

/** The linear programme of the open groups, everything else left where it was. */
function programOf(
  space: SearchSpace,
  node: SearchNode,
  prices: Prices,
  before: Float64Array | null,
  isOpen: Uint8Array,
  reach: number,
) {
  const { tariff } = space
  const map = rowMapOf({ ...tariff, maxSims: node.countHigh, minSims: node.countLow })
  const net = Float64Array.from(space.decidedNet)
  const count = Float64Array.from(space.decidedCount)
  const amount = Float64Array.from(node.low)
  let own = space.decidedOwn
  const first = [0]
  const weight: number[] = []
  const options: number[] = []
  let hasUpper = false
  for (let g = 0; g < space.groupCount; g++) {
    const begin = space.first[g]!
    const end = space.first[g + 1]!
    let left = space.weight[g]!
    let choices = 0
    for (let o = begin; o < end; o++) {
      left -= node.low[o]!
      if (node.high[o]! > node.low[o]!) choices++
    }
    if (left > 0 && choices > 1 && isOpen[g] === 1) {
      weight.push(left)
      for (let o = begin; o < end; o++) {
        if (node.high[o] === node.low[o]) continue
        options.push(o)
        if (node.high[o]! - node.low[o]! < left) hasUpper = true
      }
      first.push(options.length)
    } else if (left > 0 && before !== null && isOpen[g] === 0) {
      for (let o = begin; o < end; o++) amount[o] = before[o]!
    } else {
      for (let o = begin; o < end && left > 0; o++) {
        const placed = Math.min(left, node.high[o]! - node.low[o]!)
        amount[o]! += placed
        left -= placed
      }
    }
    for (let o = begin; o < end; o++) {
      if (amount[o] === 0) continue
      own += amount[o]! * space.own[o]!
      count[space.plan[o]!]! += amount[o]!
      if (space.pool[o]! >= 0) net[space.pool[o]!]! += amount[o]! * space.net[o]!
    }
  }
  const rows: LinkRow[] = []
  for (let pool = 0; pool < tariff.poolCount; pool++) {
    if (map.pool[pool]! < 0) continue
    const { perKb, block } = tariff.poolRate[pool]!
    const free = node.blocksLow[pool]! * block
    const cap = (node.blocksHigh[pool]! - node.blocksLow[pool]!) * block
    own += free * perKb
    const at = prices.pool[pool]!
    const low = reach === Infinity ? 0 : at / reach - 1e-4 * perKb
    const high = reach === Infinity ? Infinity : at * reach + 1e-3 * perKb
    const row = { kind: "pool", fixed: net[pool]! - free, price: perKb, low: Math.max(0, low), start: at } as const
    rows[map.pool[pool]!] =
      cap === Infinity ? { ...row, high: Math.min(perKb, high) } : { ...row, high: Math.min(perKb * BEYOND, high), cap }
  }
  // Breaking a count costs more than any plan, so that contradicting counts show as a high bound and not as divergence.
  const dearest = space.own.reduce((most, cost) => Math.max(most, cost), 1e6)
  const limit = (start: number) => ({ low: 0, high: 16 * dearest, start: Math.max(start, dearest / 1024) })
  for (let plan = 0; plan < tariff.planCount; plan++) {
    const [most, least] = [node.countHigh[plan]!, node.countLow[plan]!]
    if (map.max[plan]! >= 0)
      rows[map.max[plan]!] = { kind: "max", count: most - count[plan]!, ...limit(prices.max[plan]!) }
    if (map.min[plan]! >= 0)
      rows[map.min[plan]!] = { kind: "min", count: least - count[plan]!, ...limit(prices.min[plan]!) }
  }
  const plan = Int32Array.from(options, (o) => space.plan[o]!)
  const program: LinkedProgram = {
    itemCount: weight.length,
    first: Int32Array.from(first),
    weight: Float64Array.from(weight),
    cost: Float64Array.from(options, (o) => space.own[o]!),
    poolRow: Int32Array.from(options, (o) => (space.pool[o]! < 0 ? -1 : map.pool[space.pool[o]!]!)),
    net: Float64Array.from(options, (o) => space.net[o]!),
    maxRow: plan.map((p) => map.max[p]!),
    minRow: plan.map((p) => map.min[p]!),
    upper: hasUpper ? Float64Array.from(options, (o) => node.high[o]! - node.low[o]!) : null,
    rows,
  }
  return { program, options, amount, own, map }
}

/** What prices prove of a node. */
function boundAt(space: SearchSpace, node: SearchNode, prices: Prices): NodeBound {
  const { tariff } = space
  let bound = space.decidedOwn
  let roundingLoss = 0
  for (let pool = 0; pool < tariff.poolCount; pool++) {
    const value = prices.pool[pool]!
    const rate = tariff.poolRate[pool]!
    bound += value * space.decidedNet[pool]!
    if (rate.cost === 0) continue
    if (rate.isBlock) {
      const perBlock = rate.cost - value * rate.block
      if (perBlock >= 0 || node.blocksHigh[pool] === Infinity) bound += Math.max(0, perBlock) * node.blocksLow[pool]!
      else bound += perBlock * node.blocksHigh[pool]!
    } else {
      roundingLoss += Math.max(0, 0.5 - (rate.perKb - value))
    }
  }
  const shift = new Float64Array(tariff.planCount)
  for (let plan = 0; plan < tariff.planCount; plan++) {
    const [max, min] = [prices.max[plan]!, prices.min[plan]!]
    shift[plan] = max - min
    if (max > 0) bound += max * (space.decidedCount[plan]! - node.countHigh[plan]!)
    if (min > 0) bound -= min * (space.decidedCount[plan]! - node.countLow[plan]!)
  }
  const { first, plan, pool, own, net } = space
  const { low, high } = node
  const regret = new Float64Array(plan.length)
  for (let g = 0; g < space.groupCount; g++) {
    const begin = first[g]!
    const end = first[g + 1]!
    let left = space.weight[g]!
    let best = -1
    for (let o = begin; o < end; o++) {
      const value = own[o]! + (pool[o]! < 0 ? 0 : prices.pool[pool[o]!]! * net[o]!) + shift[plan[o]!]!
      regret[o] = value
      if (low[o]! > 0) {
        bound += low[o]! * value
        left -= low[o]!
      }
      if (high[o]! > low[o]! && (best < 0 || value < regret[best]!)) best = o
    }
    let marginal = best < 0 ? 0 : regret[best]!
    if (left > 0 && best >= 0 && high[best]! - low[best]! >= left) {
      bound += left * marginal
    } else if (left > 0) {
      // The cheapest way to place the rest, each option up to its most.
      const order: number[] = []
      for (let o = begin; o < end; o++) if (high[o]! > low[o]!) order.push(o)
      order.sort((a, b) => regret[a]! - regret[b]! || a - b)
      for (const o of order) {
        if (left === 0) break
        const placed = Math.min(left, high[o]! - low[o]!)
        marginal = regret[o]!
        bound += placed * marginal
        left -= placed
      }
      if (left > 0) return { bound: Infinity, prices, regret, roundingLoss }
    }
    for (let o = begin; o < end; o++) regret[o] = Math.max(0, regret[o]! - marginal)
  }
  return { bound, prices, regret, roundingLoss }
}
