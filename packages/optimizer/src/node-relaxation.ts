import { solveLinkedProgram } from "./interior-point.ts"
import type { LinkedProgram, LinkRow } from "./linked-program.ts"
import { type RowMap, rowMapOf } from "./row-map.ts"
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
  /** SIMs on each option. */
  readonly amount: Float64Array
  /** By option: what one more SIM on it costs at least, at the node's prices. */
  readonly regret: Float64Array
  /** True when the node holds a single assignment, `amount`. */
  readonly isDecided: boolean
  /** How much rounding to whole micro-units can take off. */
  readonly roundingLoss: number
  readonly steps: number
}

// Overage beyond the blocks a node allows costs this many times as much: enough to make it leave, not so much as to drown digits.
const BEYOND = 64

/** Relaxes a node. The bound is recomputed from the prices alone, so it holds however far the interior method got. */
export function relaxNode(space: SearchSpace, node: SearchNode): RelaxedNode {
  const { tariff, groupCount } = space
  const map = rowMapOf({ ...tariff, maxSims: node.countHigh, minSims: node.countLow })
  const net = Float64Array.from(space.decidedNet)
  const count = Float64Array.from(space.decidedCount)
  const first = [0]
  const weight: number[] = []
  const options: number[] = []
  let hasUpper = false
  for (let g = 0; g < groupCount; g++) {
    let left = space.weight[g]!
    let openOptions = 0
    for (let o = space.first[g]!; o < space.first[g + 1]!; o++) {
      left -= node.low[o]!
      if (node.high[o]! > node.low[o]!) openOptions++
      take(space, net, count, o, node.low[o]!)
    }
    if (left === 0) continue
    if (openOptions === 1) {
      for (let o = space.first[g]!; o < space.first[g + 1]!; o++)
        if (node.high[o]! > node.low[o]!) take(space, net, count, o, left)
      continue
    }
    weight.push(left)
    for (let o = space.first[g]!; o < space.first[g + 1]!; o++) {
      if (node.high[o] === node.low[o]) continue
      options.push(o)
      if (node.high[o]! - node.low[o]! < left) hasUpper = true
    }
    first.push(options.length)
  }
  const rows: LinkRow[] = []
  for (let pool = 0; pool < tariff.poolCount; pool++) {
    if (map.pool[pool]! < 0) continue
    const { perKb, block } = tariff.poolRate[pool]!
    const free = node.blocksLow[pool]! * block
    const cap = (node.blocksHigh[pool]! - node.blocksLow[pool]!) * block
    const row = { kind: "pool", fixed: net[pool]! - free, price: perKb, low: 0, start: perKb / 8 } as const
    rows[map.pool[pool]!] = cap === Infinity ? { ...row, high: perKb } : { ...row, high: perKb * BEYOND, cap }
  }
  // Breaking a count costs more than any plan, so that contradicting counts show as a high bound and not as divergence.
  const dearest = space.own.reduce((most, own) => Math.max(most, own), 1e6)
  const limit = { low: 0, high: 16 * dearest, start: dearest / 64 }
  for (let plan = 0; plan < tariff.planCount; plan++) {
    if (map.max[plan]! >= 0)
      rows[map.max[plan]!] = { kind: "max", count: node.countHigh[plan]! - count[plan]!, ...limit }
    if (map.min[plan]! >= 0)
      rows[map.min[plan]!] = { kind: "min", count: node.countLow[plan]! - count[plan]!, ...limit }
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
  const isDecided = weight.length === 0
  const solved = isDecided
    ? { multiplier: new Float64Array(rows.length), amount: new Float64Array(0), steps: 0 }
    : solveLinkedProgram(program, { tolerance: 1e-9 })
  const amount = Float64Array.from(node.low)
  options.forEach((o, v) => {
    amount[o]! += solved.amount[v]!
  })
  for (let g = 0; g < groupCount; g++) {
    let left = space.weight[g]!
    for (let o = space.first[g]!; o < space.first[g + 1]!; o++) left -= amount[o]!
    for (let o = space.first[g]!; o < space.first[g + 1]! && left > 0.5; o++) {
      if (node.high[o]! <= node.low[o]! || amount[o]! >= node.high[o]!) continue
      const room = Math.min(left, node.high[o]! - amount[o]!)
      amount[o]! += room
      left -= room
    }
  }
  return {
    amount,
    isDecided,
    ...boundAt(space, node, map, solved.multiplier),
    steps: solved.steps + 20 * space.plan.length,
  }
}

function take(space: SearchSpace, net: Float64Array, count: Float64Array, o: number, amount: number): void {
  if (amount === 0) return
  count[space.plan[o]!]! += amount
  if (space.pool[o]! >= 0) net[space.pool[o]!]! += amount * space.net[o]!
}

function boundAt(
  space: SearchSpace,
  node: SearchNode,
  map: RowMap,
  multiplier: Float64Array,
): { bound: number; regret: Float64Array; roundingLoss: number } {
  const { tariff } = space
  const price = (row: number): number => (row < 0 ? 0 : multiplier[row]!)
  let bound = space.decidedOwn
  let roundingLoss = 0
  for (let pool = 0; pool < tariff.poolCount; pool++) {
    const value = price(map.pool[pool]!)
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
  for (let plan = 0; plan < tariff.planCount; plan++) {
    if (map.max[plan]! >= 0) bound += price(map.max[plan]!) * (space.decidedCount[plan]! - node.countHigh[plan]!)
    if (map.min[plan]! >= 0) bound -= price(map.min[plan]!) * (space.decidedCount[plan]! - node.countLow[plan]!)
  }
  const regret = new Float64Array(space.plan.length)
  for (let g = 0; g < space.groupCount; g++) {
    const begin = space.first[g]!
    const end = space.first[g + 1]!
    let left = space.weight[g]!
    for (let o = begin; o < end; o++) {
      const plan = space.plan[o]!
      const pooled = space.pool[o]! < 0 ? 0 : price(map.pool[space.pool[o]!]!) * space.net[o]!
      regret[o] = space.own[o]! + pooled + price(map.max[plan]!) - price(map.min[plan]!)
      bound += node.low[o]! * regret[o]!
      left -= node.low[o]!
    }
    // The cheapest way to place the rest, each option up to its most.
    const order: number[] = []
    for (let o = begin; o < end; o++) if (node.high[o]! > node.low[o]!) order.push(o)
    order.sort((a, b) => regret[a]! - regret[b]! || a - b)
    let marginal = order.length > 0 ? regret[order[0]!]! : 0
    for (const o of order) {
      if (left === 0) break
      const placed = Math.min(left, node.high[o]! - node.low[o]!)
      marginal = regret[o]!
      bound += placed * marginal
      left -= placed
    }
    if (left > 0) return { bound: Infinity, regret, roundingLoss }
    for (let o = begin; o < end; o++) regret[o] = Math.max(0, regret[o]! - marginal)
  }
  return { bound, regret, roundingLoss }
}
