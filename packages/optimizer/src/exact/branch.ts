import { type SearchNode, type SearchSpace, totalsIn } from "./search-space.ts"

/** How far from whole an amount may be and still count as whole. */
export const INTEGRAL = 1e-6

/** Where a node can be split: up to `whole`, or more. */
export interface Branch {
  readonly kind: "plan" | "pool" | "option"
  readonly index: number
  readonly whole: number
  /** How far the relaxation is above `whole`, as a part of the way to the next. */
  readonly part: number
  /** What it is about, micro-units: a first guess at how much a split tells. */
  readonly weight: number
}

/** Where to split a node; empty if it holds a single assignment. */
export function branchesOf(space: SearchSpace, node: SearchNode, amount: Float64Array): readonly Branch[] {
  const { tariff } = space
  const found: Branch[] = []
  const consider = (
    kind: Branch["kind"],
    index: number,
    relaxed: number,
    low: number,
    high: number,
    weight: number,
    margin: number,
  ): void => {
    // The relaxation keeps to its bounds only up to its tolerance; splitting on that would repeat the node for ever.
    const value = Math.min(high, Math.max(low, relaxed))
    const whole = Math.floor(value)
    const part = value - whole
    if (part < margin || part > 1 - margin) return
    found.push({ kind, index, whole, part, weight })
  }
  const totals = totalsIn(space, amount)
  const monthly = tariff.monthlyFor(tariff.cycleDays)
  for (let plan = 0; plan < tariff.planCount; plan++) {
    const [low, high] = [node.countLow[plan]!, node.countHigh[plan]!]
    consider("plan", plan, totals.count[plan]!, low, high, 1 + monthly[plan]!, 1e-4)
  }
  for (let pool = 0; pool < tariff.poolCount; pool++) {
    const { isBlock, cost, block } = tariff.poolRate[pool]!
    if (!isBlock || cost === 0 || node.blocksHigh[pool] === node.blocksLow[pool]) continue
    // Of a block the first KB costs as much as the last.
    const margin = Math.min(INTEGRAL, 0.5 / block)
    consider("pool", pool, totals.net[pool]! / block, node.blocksLow[pool]!, node.blocksHigh[pool]!, cost, margin)
  }
  for (let g = 0; g < space.groupCount; g++) {
    // Of the options that are there in part the dearest: whether it is taken decides most.
    let dearest = -1
    let least = Infinity
    for (let o = space.first[g]!; o < space.first[g + 1]!; o++) {
      const part = amount[o]! - Math.floor(amount[o]!)
      if (node.high[o] === node.low[o]) continue
      least = Math.min(least, space.own[o]!)
      if (part < INTEGRAL || part > 1 - INTEGRAL) continue
      if (dearest < 0 || space.own[o]! > space.own[dearest]!) dearest = o
    }
    if (dearest < 0) continue
    const weight = 1 + space.own[dearest]! - least
    consider("option", dearest, amount[dearest]!, node.low[dearest]!, node.high[dearest]!, weight, INTEGRAL)
  }
  if (found.length > 0) return found
  // Whole, yet the bound may be below the cost, for example by the last block of a pool: halve the widest option.
  let widest = -1
  for (let o = 0; o < amount.length; o++) {
    if (node.high[o]! - node.low[o]! > (widest < 0 ? 0 : node.high[widest]! - node.low[widest]!)) widest = o
  }
  if (widest < 0) return []
  const whole = Math.min(Math.max(0, Math.round(amount[widest]!)), node.high[widest]! - 1)
  return [{ kind: "option", index: widest, whole, part: 0.5, weight: 1 }]
}

/** Two nodes that together hold every whole assignment of this one. */
export function splitNode(
  space: SearchSpace,
  node: SearchNode,
  { kind, index, whole }: Branch,
): readonly [SearchNode, SearchNode] {
  const { low, high, blocksLow, blocksHigh, countLow, countHigh } = node
  const base: SearchNode = { low, high, blocksLow, blocksHigh, countLow, countHigh }
  if (kind === "plan") {
    return [
      { ...base, countHigh: countHigh.with(index, whole) },
      { ...base, countLow: countLow.with(index, whole + 1) },
    ]
  }
  if (kind === "pool") {
    return [
      { ...base, blocksHigh: blocksHigh.with(index, whole) },
      { ...base, blocksLow: blocksLow.with(index, whole + 1) },
    ]
  }
  return [
    { ...base, high: high.with(index, whole) },
    { ...base, low: low.with(index, whole + 1) },
  ]
}
