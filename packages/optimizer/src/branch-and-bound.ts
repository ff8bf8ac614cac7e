import { type Branch, branchOf, INTEGRAL, splitNode } from "./branch.ts"
import { relaxNode, type RelaxedNode, type SearchNode, type Start } from "./node-relaxation.ts"
import type { Prices } from "./prices.ts"
import { propagate } from "./propagate.ts"
import { type SearchSpace, totalsIn } from "./search-space.ts"
import { newRounding, polish, roundAmounts } from "./whole-assignment.ts"
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

/** A node that waits, with what the nodes below it need. */
interface OpenNode extends SearchNode, Start {
  readonly bound: number
  readonly roundingLoss: number
  readonly branch: Branch
}

// All waiting nodes together hold the amounts of so many options.
const MOST_HELD = 2e7

/**
 * Searches a space for the cheapest assignment, best bound first.
 *
 * Nodes are split on the number of SIMs on a plan, then on the number of overage blocks of a pool, then on that of SIMs on
 * an option. At each node, options that would cost more than what is left between bound and best cost are closed for good.
 *
 * @param prices Prices to start from.
 * @param cost Cost of the best assignment known.
 */
export function branchAndBound(space: SearchSpace, prices: Prices, cost: number, budget: WorkBudget): SearchOutcome {
  const step = granularity(space)
  const rounding = newRounding(space)
  let best: Int32Array | null = null
  let bestCost = cost
  const offer = (relaxed: RelaxedNode, node: SearchNode): void => {
    // Swaps before moves keep to the relaxation's numbers of SIMs and blocks, which is better as a rule but not always.
    for (const blocks of [null, blocksOf(space, relaxed.amount)]) {
      const amount = roundAmounts(rounding, relaxed.amount, node.high)
      const found = polish(rounding, amount, budget, blocks)
      if (found >= bestCost) continue
      bestCost = found
      best = amount
    }
  }
  const isWorth = ({ bound, roundingLoss }: Pick<OpenNode, "bound" | "roundingLoss">): boolean => {
    // Doubles carry about 15 digits; the margin keeps a node that only seems to be out of reach.
    return bound - roundingLoss - 1e-9 * Math.abs(bound) - 0.01 <= bestCost - step
  }
  const open: OpenNode[] = []
  const visit = (entry: SearchNode, above: Start): void => {
    let node = entry
    let from = above
    for (;;) {
      const drawn = propagate(space, node)
      if (drawn === null) return
      node = drawn
      const relaxed = relaxNode(space, node, from, bestCost)
      budget.spend(relaxed.steps)
      if (!isWorth(relaxed)) return
      const branch = branchOf(space, node, relaxed)
      offer(relaxed, node)
      if (branch === null || !isWorth(relaxed)) return
      const high = tighten(space, node, relaxed, bestCost - relaxed.bound)
      if (high === null) {
        const { bound, roundingLoss } = relaxed
        push(open, { ...node, bound, roundingLoss, prices: relaxed.prices, amount: relaxed.amount, branch })
        return
      }
      // Closing many options is worth a second look: the relaxation of what is left is tighter and smaller.
      node = { ...node, high }
      from = relaxed
    }
  }

  visit(rootNode(space), { prices, amount: null })
  while (open.length > 0) {
    if (budget.isSpent() || open.length * space.plan.length > MOST_HELD)
      return { amount: best, cost: bestCost, isProved: false }
    const node = pop(open)
    if (!isWorth(node)) continue
    for (const child of splitNode(space, node, node.branch)) visit(child, node)
  }
  return { amount: best, cost: bestCost, isProved: true }
}

/** By pool: the overage blocks that amounts need, pools without blocks aside. */
function blocksOf(space: SearchSpace, amount: Float64Array): Float64Array {
  return totalsIn(space, amount).net.map((net, pool) => {
    const { isBlock, block } = space.tariff.poolRate[pool]!
    return isBlock ? Math.max(0, Math.ceil(net / block - INTEGRAL)) : 0
  })
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

/** Lowers the most of options that cost too much; `null` where that would close few. */
function tighten(space: SearchSpace, node: SearchNode, relaxed: RelaxedNode, room: number): Int32Array | null {
  const { low, high } = node
  const reach = room + relaxed.roundingLoss + 1e-9 * Math.abs(relaxed.bound) + 0.01
  let open = 0
  let closed = 0
  const most = high.slice()
  for (let o = 0; o < low.length; o++) {
    if (high[o] === low[o]) continue
    open++
    if (!(relaxed.regret[o]! > 0)) continue
    most[o] = Math.min(high[o]!, low[o]! + Math.floor(reach / relaxed.regret[o]!))
    if (most[o] === low[o]) closed++
  }
  return closed > 0.2 * open ? most : null
}

// A binary heap by bound, lowest first.
function push(heap: OpenNode[], node: OpenNode): void {
  heap.push(node)
  for (let at = heap.length - 1; at > 0; ) {
    const parent = (at - 1) >> 1
    if (heap[parent]!.bound <= heap[at]!.bound) return
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
      if (child < heap.length && heap[child]!.bound < heap[least]!.bound) least = child
    }
    if (least === at) return top
    ;[heap[least], heap[at]] = [heap[at]!, heap[least]!]
    at = least
  }
}
