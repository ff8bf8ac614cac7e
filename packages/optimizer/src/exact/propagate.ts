import type { SearchNode, SearchSpace } from "./search-space.ts"

/**
 * Draws the bounds of options and plans closer by what groups and plan counts imply.
 *
 * @returns The node, or one with bounds of its own if anything was drawn closer; `null` if no assignment is left.
 */
export function propagate(space: SearchSpace, node: SearchNode): SearchNode | null {
  const { planCount } = space.tariff
  const { first, plan, weight } = space
  let { low, high } = node
  const least = new Float64Array(planCount)
  const most = new Float64Array(planCount)
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    least.set(space.decidedCount)
    most.set(space.decidedCount)
    for (let g = 0; g < space.groupCount; g++) {
      const end = first[g + 1]!
      let fewest = 0
      let mosts = 0
      for (let o = first[g]!; o < end; o++) {
        fewest += low[o]!
        mosts += high[o]!
        least[plan[o]!]! += low[o]!
        most[plan[o]!]! += high[o]!
      }
      const [spareHigh, spareLow] = [weight[g]! - fewest, mosts - weight[g]!]
      if (spareHigh < 0 || spareLow < 0) return null
      // Bounds drawn closer here count from the next pass on.
      for (let o = first[g]!; o < end; o++) {
        const width = high[o]! - low[o]!
        if (width <= spareHigh && width <= spareLow) continue
        if (low === node.low) [low, high] = [low.slice(), high.slice()]
        isMoving = true
        const [l, h] = [low[o]!, high[o]!]
        high[o] = Math.min(h, l + spareHigh)
        low[o] = Math.max(l, h - spareLow)
      }
    }
    if (isMoving) continue
    for (let j = 0; j < planCount; j++) {
      if (least[j]! > node.countHigh[j]! || most[j]! < node.countLow[j]!) return null
    }
    for (let o = 0; o < plan.length; o++) {
      const j = plan[o]!
      const width = high[o]! - low[o]!
      const [more, fewer] = [node.countHigh[j]! - least[j]!, most[j]! - node.countLow[j]!]
      if (width <= more && width <= fewer) continue
      if (low === node.low) [low, high] = [low.slice(), high.slice()]
      const newHigh = Math.min(high[o]!, low[o]! + more)
      const newLow = Math.max(low[o]!, high[o]! - fewer)
      if (newLow > newHigh) return null
      // Totals are brought up to date at once; stale ones would draw two options closer by the same SIM.
      least[j]! += newLow - low[o]!
      most[j]! += newHigh - high[o]!
      high[o] = newHigh
      low[o] = newLow
      isMoving = true
    }
  }
  return low === node.low ? node : { ...node, low, high }
}
