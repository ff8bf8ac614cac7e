import { relaxNode, type RelaxedNode, type SearchNode } from "./node-relaxation.ts"
import { propagate } from "./propagate.ts"
import { costIn, type SearchSpace, type SpaceTotals, totalsIn } from "./search-space.ts"
import type { WorkBudget } from "./work-budget.ts"

/** What a search found. */
export interface SearchOutcome {
  /** SIMs on each option of the cheapest assignment found; `null` if none was cheaper than the one known. */
  readonly amount: Int32Array | null
  /** Its cost, or that of the one known, micro-units. */
  readonly cost: number
  /** True when the search finished: nothing in the space is cheaper. */
  readonly isProved: boolean
}

interface OpenNode extends SearchNode {
  readonly relaxed: RelaxedNode
}

const MOST_OPEN_NODES = 20_000
const INTEGRAL = 1e-6

/**
 * Searches a space for the cheapest assignment, best bound first.
 *
 * Nodes are split on the number of SIMs on an option or on the number of overage blocks of a pool. At each node, options that would
 * cost more than what is left between bound and best cost are closed for good.
 *
 * @param cost Cost of the best assignment known.
 */
export function branchAndBound(space: SearchSpace, cost: number, budget: WorkBudget): SearchOutcome {
  const step = granularity(space)
  let best: Int32Array | null = null
  let bestCost = cost
  const offer = (amount: Int32Array): void => {
    const found = polish(space, amount, budget)
    if (found >= bestCost) return
    bestCost = found
    best = amount.slice()
  }
  const isWorth = ({ bound, roundingLoss }: RelaxedNode): boolean => {
    // Doubles carry about 15 digits; the margin keeps a node that only seems to be out of reach.
    return bound - roundingLoss - 1e-9 * Math.abs(bound) - 0.01 <= bestCost - step
  }
  const open: OpenNode[] = []
  const visit = (node: SearchNode): void => {
    for (let repeat = 0; repeat < 3; repeat++) {
      if (!propagate(space, node)) return
      const relaxed = relaxNode(space, node)
      budget.spend(relaxed.steps)
      if (relaxed.isDecided) {
        offer(Int32Array.from(relaxed.amount))
        return
      }
      if (!isWorth(relaxed)) return
      offer(rounded(space, node, relaxed.amount))
      if (!isWorth(relaxed)) return
      const closed = tighten(space, node, relaxed, bestCost - relaxed.bound)
      // Closing many options is worth a second look: the relaxation of what is left is tighter and smaller.
      if (closed < 0.2 * countOpen(node) || repeat === 2) {
        push(open, { ...node, relaxed })
        return
      }
    }
  }

  visit(rootNode(space))
  while (open.length > 0) {
    if (budget.isSpent() || open.length > MOST_OPEN_NODES) return { amount: best, cost: bestCost, isProved: false }
    const node = pop(open)
    if (!isWorth(node.relaxed)) continue
    for (const child of split(space, node)) visit(child)
  }
  return { amount: best, cost: bestCost, isProved: true }
}

function rootNode(space: SearchSpace): SearchNode {
  const { tariff } = space
  return {
    low: new Int32Array(space.plan.length),
    high: Int32Array.from(space.groupOf, (g) => space.weight[g]!),
    blocksLow: new Float64Array(tariff.poolCount),
    blocksHigh: new Float64Array(tariff.poolCount).fill(Infinity),
    countLow: tariff.minSims,
    countHigh: tariff.maxSims,
  }
}

/** A number that all costs of the space are multiples of, up to a constant: what is cheaper is cheaper by at least so much. */
function granularity(space: SearchSpace): number {
  let step = 0
  const add = (value: number): void => {
    let [a, b] = [step, Math.abs(value)]
    while (b > 0) [a, b] = [b, a % b]
    step = a
  }
  for (let g = 0; g < space.groupCount; g++) {
    for (let o = space.first[g]!; o < space.first[g + 1]!; o++) add(space.own[o]! - space.own[space.first[g]!]!)
  }
  for (const pool of new Set(space.pool)) {
    if (pool < 0) continue
    const rate = space.tariff.poolRate[pool]!
    if (!rate.isBlock) return 1
    add(rate.cost)
  }
  return Math.max(1, step)
}

function countOpen({ low, high }: SearchNode): number {
  let count = 0
  for (let o = 0; o < low.length; o++) if (high[o]! > low[o]!) count++
  return count
}

/** Lowers the most of options that cost too much. Returns how many options that closes. */
function tighten(space: SearchSpace, node: SearchNode, relaxed: RelaxedNode, room: number): number {
  let closed = 0
  const reach = room + relaxed.roundingLoss + 1e-9 * Math.abs(relaxed.bound) + 0.01
  for (let o = 0; o < node.low.length; o++) {
    if (node.high[o] === node.low[o] || !(relaxed.regret[o]! > 0)) continue
    const most = node.low[o]! + Math.floor(reach / relaxed.regret[o]!)
    if (most >= node.high[o]!) continue
    node.high[o] = most
    if (most === node.low[o]) closed++
  }
  return closed
}

/** Two nodes that together hold every whole assignment of this one. */
function split(space: SearchSpace, node: OpenNode): readonly SearchNode[] {
  const { tariff } = space
  const { amount } = node.relaxed
  let option = -1
  let pool = -1
  let score = 0
  for (let o = 0; o < amount.length; o++) {
    if (node.high[o] === node.low[o]) continue
    const part = amount[o]! - Math.floor(amount[o]!)
    const doubt = Math.min(part, 1 - part)
    if (doubt < INTEGRAL) continue
    const price = space.pool[o]! < 0 ? 0 : tariff.poolRate[space.pool[o]!]!.perKb
    const value = doubt * (1 + Math.min(space.own[o]!, price * Math.abs(space.net[o]!)))
    if (value <= score) continue
    option = o
    score = value
  }
  const totals = totalsIn(space, amount)
  const monthly = tariff.monthlyFor(tariff.cycleDays)
  for (let k = 0; k < tariff.poolCount; k++) {
    const rate = tariff.poolRate[k]!
    if (!rate.isBlock || rate.cost === 0 || node.blocksHigh[k] === node.blocksLow[k]) continue
    const blocks = Math.max(node.blocksLow[k]!, totals.net[k]! / rate.block)
    const part = blocks - Math.floor(blocks)
    const value = 2 * Math.min(part, 1 - part) * rate.cost
    if (part < INTEGRAL || part > 1 - INTEGRAL || value <= score) continue
    pool = k
    score = value
  }
  let plan = -1
  score = 0
  for (let j = 0; j < tariff.planCount; j++) {
    const part = totals.count[j]! - Math.floor(totals.count[j]!)
    // How many SIMs a plan holds decides most of the cost, so it is settled before which ones.
    const value = Math.min(part, 1 - part) * (1 + monthly[j]!)
    if (part < 1e-4 || part > 1 - 1e-4 || value <= score) continue
    plan = j
    score = value
  }
  if (plan >= 0) {
    const whole = Math.floor(totals.count[plan]!)
    return [
      { ...copy(node), countHigh: node.countHigh.with(plan, whole) },
      { ...copy(node), countLow: node.countLow.with(plan, whole + 1) },
    ]
  }
  if (pool >= 0) {
    const rate = tariff.poolRate[pool]!
    const blocks = Math.floor(Math.max(node.blocksLow[pool]!, totals.net[pool]! / rate.block))
    return [
      { ...copy(node), blocksHigh: node.blocksHigh.with(pool, blocks) },
      { ...copy(node), blocksLow: node.blocksLow.with(pool, blocks + 1) },
    ]
  }
  if (option < 0) return splitIntegral(node)
  const whole = Math.floor(amount[option]!)
  const below = copy(node)
  const above = copy(node)
  below.high[option] = whole
  above.low[option] = whole + 1
  return [below, above]
}

/** The relaxation is whole, yet its bound is below its cost, for example by the last block of a pool: halve something. */
function splitIntegral(node: OpenNode): readonly SearchNode[] {
  let option = -1
  for (let o = 0; o < node.low.length; o++) {
    if (node.high[o]! - node.low[o]! > (option < 0 ? 0 : node.high[option]! - node.low[option]!)) option = o
  }
  if (option < 0) return []
  const at = Math.round(node.relaxed.amount[option]!)
  const below = copy(node)
  const above = copy(node)
  const cut = at < node.high[option]! ? at : at - 1
  below.high[option] = cut
  above.low[option] = cut + 1
  return [below, above]
}

function copy(node: SearchNode): SearchNode {
  const { low, high, blocksLow, blocksHigh, countLow, countHigh } = node
  return { low: low.slice(), high: high.slice(), blocksLow, blocksHigh, countLow, countHigh }
}

/** Whole amounts near those of a relaxation, remainders placed so that no pool drifts from what the relaxation gives it. */
function rounded(space: SearchSpace, node: SearchNode, amount: Float64Array): Int32Array {
  const { tariff } = space
  const whole = new Int32Array(amount.length)
  const drift = new Float64Array(tariff.poolCount)
  const countDrift = new Float64Array(tariff.planCount)
  const order = Array.from({ length: space.groupCount }, (_, g) => g)
  const size = (g: number): number => Math.abs(space.net[space.first[g]!]!)
  order.sort((a, b) => size(b) - size(a) || a - b)
  for (const g of order) {
    let left = space.weight[g]!
    for (let o = space.first[g]!; o < space.first[g + 1]!; o++) {
      whole[o] = Math.max(node.low[o]!, Math.floor(amount[o]! + INTEGRAL))
      left -= whole[o]!
      const excess = whole[o]! - amount[o]!
      countDrift[space.plan[o]!]! += excess
      if (space.pool[o]! >= 0) drift[space.pool[o]!]! += excess * space.net[o]!
    }
    for (; left !== 0; left -= Math.sign(left)) {
      const sign = Math.sign(left)
      let best = -1
      let least = Infinity
      for (let o = space.first[g]!; o < space.first[g + 1]!; o++) {
        const next = whole[o]! + sign
        if (next < node.low[o]! || next > node.high[o]!) continue
        const pool = space.pool[o]!
        const limited = tariff.maxSims[space.plan[o]!] !== Infinity || tariff.minSims[space.plan[o]!]! > 0
        const old = countDrift[space.plan[o]!]!
        const price = pool < 0 ? 0 : tariff.poolRate[pool]!.perKb
        const worse =
          (pool < 0 ? 0 : price * (Math.abs(drift[pool]! + sign * space.net[o]!) - Math.abs(drift[pool]!))) +
          (limited ? 1e6 * (Math.abs(old + sign) - Math.abs(old)) : 0) +
          // Staying close to the relaxation matters where pools do not decide.
          space.own[o]! * Math.abs(next - amount[o]!) * 0.1
        if (worse >= least) continue
        best = o
        least = worse
      }
      if (best < 0) break
      whole[best]! += sign
      countDrift[space.plan[best]!]! += sign
      if (space.pool[best]! >= 0) drift[space.pool[best]!]! += sign * space.net[best]!
    }
  }
  return whole
}

/** Moves one SIM at a time while that lowers the cost. Changes `amount`; returns its cost. */
function polish(space: SearchSpace, amount: Int32Array, budget: WorkBudget): number {
  const totals = totalsIn(space, amount)
  let cost = costIn(space, totals)
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    budget.spend(8 * space.plan.length)
    for (let g = 0; g < space.groupCount; g++) {
      for (let a = space.first[g]!; a < space.first[g + 1]!; a++) {
        for (let b = space.first[g]!; b < space.first[g + 1]! && amount[a]! > 0; b++) {
          if (a === b) continue
          shift(space, totals, a, b)
          const next = costIn(space, totals)
          if (next < cost) {
            amount[a]!--
            amount[b]!++
            cost = next
            isMoving = true
          } else {
            shift(space, totals, b, a)
          }
        }
      }
    }
  }
  return cost
}

function shift(space: SearchSpace, totals: SpaceTotals, from: number, to: number): void {
  totals.own += space.own[to]! - space.own[from]!
  totals.count[space.plan[from]!]!--
  totals.count[space.plan[to]!]!++
  if (space.pool[from]! >= 0) totals.net[space.pool[from]!]! -= space.net[from]!
  if (space.pool[to]! >= 0) totals.net[space.pool[to]!]! += space.net[to]!
}

// A binary heap by bound, lowest first.
function push(heap: OpenNode[], node: OpenNode): void {
  heap.push(node)
  for (let at = heap.length - 1; at > 0; ) {
    const parent = (at - 1) >> 1
    if (heap[parent]!.relaxed.bound <= heap[at]!.relaxed.bound) return
    ;[heap[parent], heap[at]] = [heap[at]!, heap[parent]!]
    at = parent
  }
}

function pop(heap: OpenNode[]): OpenNode {
  const top = heap[0]!
  const last = heap.pop()!
  if (heap.length === 0) return top
  heap[0] = last
  for (let at = 0; ; ) {
    let least = at
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < heap.length && heap[child]!.relaxed.bound < heap[least]!.relaxed.bound) least = child
    }
    if (least === at) return top
    ;[heap[least], heap[at]] = [heap[at]!, heap[least]!]
    at = least
  }
}
