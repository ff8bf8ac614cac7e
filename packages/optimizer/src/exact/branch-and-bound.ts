import { type Branch, branchesOf, INTEGRAL, splitNode } from "./branch.ts"
import { newGains } from "./gains.ts"
import { boundOfNode, latticeOf, type NodeBound, roomBelow } from "./node-bound.ts"
import { newRelaxation } from "./node-relaxation.ts"
import type { Prices } from "../prices/prices.ts"
import { propagate } from "./propagate.ts"
import { rootOf, type SearchNode, type SearchSpace, totalsIn } from "./search-space.ts"
import type { Basis } from "./simplex.ts"
import { newRounding, polish, roundAmounts } from "./whole-assignment.ts"
import type { WorkBudget } from "../problem/work-budget.ts"

/** What a search found. */
export interface SearchOutcome {
  /** SIMs on each option of the cheapest assignment found; `null` if none was cheaper than the one known. */
  readonly amount: Int32Array | null
  /** Its cost, or that of the one known, micro-units. */
  readonly cost: number
  /** True when the search finished: nothing in the space is cheaper. */
  readonly isProved: boolean
  /** True when what was found is so much cheaper that a smaller space does; the search was left for that. */
  readonly isStale: boolean
}

/** A node that waits, with what the nodes below it need. */
interface OpenNode extends SearchNode {
  readonly bound: number
  readonly raw: number
  readonly basis: Basis
  readonly branches: readonly Branch[]
}

// All waiting nodes together hold bounds of so many options.
const MOST_HELD = 2e7
// Nodes between two roundings to a whole assignment, and where all plans hold whole numbers of SIMs.
const BETWEEN_ROUNDINGS = 10
const BETWEEN_WHOLE = 3
const MOST_PIVOTS_TRIED = 30
// Share of the options that must be closed for a space to be opened anew.
const STALE = 0.3
// Of two nodes below one the nearer to the relaxation is gone on with, unless the other is better by this share of what is left.
const MUCH_BETTER = 0.3
// A way down is left for the lowest bound once it has come up by this share of what is left there.
const HIGH = 0.5

/**
 * Searches a space for the cheapest assignment: down from a node to the better of the two below it, then on from the lowest bound.
 *
 * Nodes are split where that raises the bound most: on the number of SIMs on a plan, of overage blocks of a pool, or of SIMs
 * on an option. At each node, options that would cost more than what is left between bound and best cost are closed for good.
 *
 * @param prices Prices near those of the relaxation.
 * @param cost Cost of the best assignment known.
 * @param enough A cost that is good enough: the search ends there.
 */
export function branchAndBound(
  space: SearchSpace,
  prices: Prices,
  cost: number,
  budget: WorkBudget,
  enough = -Infinity,
): SearchOutcome {
  const lattice = latticeOf(space)
  const rounding = newRounding(space)
  const relax = newRelaxation(space, prices)
  const gains = newGains()
  const open: OpenNode[] = []
  const regret = new Float64Array(space.plan.length)
  let best: Int32Array | null = null
  let bestCost = cost
  let root = null as NodeBound | null
  let sinceRounding = Infinity

  const offer = (relaxed: Float64Array, node: SearchNode): void => {
    sinceRounding = 0
    // Swaps before moves keep to the relaxation's numbers of SIMs and blocks, which is better as a rule but not always.
    for (const blocks of [null, blocksOf(space, relaxed)]) {
      const amount = roundAmounts(rounding, relaxed, node.high)
      const found = polish(rounding, amount, budget, blocks)
      if (!(found < bestCost)) continue
      bestCost = found
      best = amount
    }
  }
  const isWorth = (bound: number): boolean => !(bound > bestCost - 1)

  const visit = (entry: SearchNode, above: OpenNode | null): OpenNode | null => {
    let node = entry
    let basis = above === null ? null : above.basis
    // What was proved above holds below.
    let bound = above === null ? -Infinity : above.bound
    for (;;) {
      const drawn = propagate(space, node)
      if (drawn === null) return null
      node = drawn
      const relaxed = relax(node, basis, bestCost)
      budget.spend(relaxed.steps)
      const proved = boundOfNode(space, node, relaxed.pool, relaxed.plan, lattice, regret)
      root ??= { ...proved, regret: regret.slice() }
      bound = Math.max(bound, proved.bound)
      if (!isWorth(bound)) return null
      basis = relaxed.basis()
      const branches = branchesOf(space, node, relaxed.amount)
      const isWhole = branches.length === 0 || branches[0]!.kind !== "plan"
      if (branches.length === 0 || sinceRounding++ >= (isWhole ? BETWEEN_WHOLE : BETWEEN_ROUNDINGS))
        offer(relaxed.amount, node)
      if (branches.length === 0 || !isWorth(bound)) return null
      const high = tighten(node, proved.regret, roomBelow(proved, bestCost - 1, lattice))
      if (high === null) return { ...node, bound, raw: proved.raw, basis, branches }
      // Closing many options is worth a second look: the relaxation of what is left is tighter and smaller.
      node = { ...node, high }
    }
  }

  const splitOf = (node: OpenNode): Branch => {
    const room = Math.max(1, bestCost - node.bound)
    return gains.choose(node.branches, room, (branch) => {
      const [down, up] = splitNode(space, node, branch).map((child) => {
        const relaxed = relax(child, node.basis, bestCost, MOST_PIVOTS_TRIED)
        budget.spend(relaxed.steps)
        const { raw } = boundOfNode(space, child, relaxed.pool, relaxed.plan, lattice, regret)
        return Math.max(0, raw - node.raw)
      })
      return [down!, up!]
    })
  }

  let looked = cost
  const isStale = (): boolean => {
    if (root === null || looked === bestCost) return false
    looked = bestCost
    const room = roomBelow(root, bestCost - 1, lattice)
    const closed = root.regret.reduce((count, regret) => (regret > room ? count + 1 : count), 0)
    return closed > STALE * root.regret.length
  }

  let next = visit(rootOf(space), null)
  for (;;) {
    const lowest = open.reduce<OpenNode | null>(
      (low, node) => (low === null || node.bound < low.bound ? node : low),
      null,
    )
    if (next !== null && lowest !== null && next.bound - lowest.bound > HIGH * (bestCost - lowest.bound)) {
      open.push(next)
      next = null
    }
    if (next === null && lowest !== null) {
      next = lowest
      open.splice(open.indexOf(lowest), 1)
    }
    if (next === null) return { amount: best, cost: bestCost, isProved: true, isStale: false }
    if (isStale()) return { amount: best, cost: bestCost, isProved: false, isStale: true }
    if (bestCost <= enough || budget.isSpent() || open.length * space.plan.length > MOST_HELD)
      return { amount: best, cost: bestCost, isProved: false, isStale: false }
    const node: OpenNode = next
    next = null
    if (!isWorth(node.bound)) continue
    const split = splitOf(node)
    const [below, above] = splitNode(space, node, split)
    const [near, far] = split.part > 0.5 ? [above, below] : [below, above]
    next = visit(near, node)
    const other = visit(far, node)
    if (next === null || other === null) next ??= other
    else if (other.bound < next.bound - MUCH_BETTER * (bestCost - next.bound)) {
      open.push(next)
      next = other
    } else open.push(other)
  }
}

/** By pool: the overage blocks that amounts need, pools without blocks aside. */
function blocksOf(space: SearchSpace, amount: Float64Array): Float64Array {
  return totalsIn(space, amount).net.map((net, pool) => {
    const { isBlock, block } = space.tariff.poolRate[pool]!
    return isBlock ? Math.max(0, Math.ceil(net / block - INTEGRAL)) : 0
  })
}

/** Lowers the most of options that cost too much; `null` where that would close few. */
function tighten({ low, high }: SearchNode, regret: Float64Array, room: number): Int32Array | null {
  let open = 0
  let closed = 0
  const most = high.slice()
  for (let o = 0; o < low.length; o++) {
    if (high[o] === low[o]) continue
    open++
    if (!(regret[o]! > 0)) continue
    most[o] = Math.min(high[o]!, low[o]! + Math.floor(room / regret[o]!))
    if (most[o] === low[o]) closed++
  }
  return closed > 0.2 * open ? most : null
}
