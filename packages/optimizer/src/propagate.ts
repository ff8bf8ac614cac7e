import type { SearchNode } from "./node-relaxation.ts"
import type { SearchSpace } from "./search-space.ts"

/**
 * Draws the bounds of options closer by what groups and plan counts imply.
 *
 * @returns The node, or one with bounds of its own if anything was drawn closer; `null` if no assignment is left.
 */
export function propagate(space: SearchSpace, node: SearchNode): SearchNode | null {
  const { planCount } = space.tariff
  const { first, plan, weight } = space
  let { low, high } = node
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    const least = Float64Array.from(space.decidedCount)
    const most = Float64Array.from(space.decidedCount)
    for (let o = 0; o < plan.length; o++) {
      least[plan[o]!]! += low[o]!
      most[plan[o]!]! += high[o]!
    }
    for (let j = 0; j < planCount; j++) {
      if (least[j]! > node.countHigh[j]! || most[j]! < node.countLow[j]!) return null
    }
    for (let g = 0; g < space.groupCount; g++) {
      let spareHigh = weight[g]!
      let spareLow = -weight[g]!
      for (let o = first[g]!; o < first[g + 1]!; o++) {
        spareHigh -= low[o]!
        spareLow += high[o]!
      }
      if (spareHigh < 0 || spareLow < 0) return null
      for (let o = first[g]!; o < first[g + 1]!; o++) {
        const j = plan[o]!
        const newHigh = Math.min(high[o]!, low[o]! + Math.min(spareHigh, node.countHigh[j]! - least[j]!))
        const newLow = Math.max(low[o]!, high[o]! - Math.min(spareLow, most[j]! - node.countLow[j]!))
        if (newHigh === high[o] && newLow === low[o]) continue
        if (newLow > newHigh) return null
        if (low === node.low) [low, high] = [low.slice(), high.slice()]
        isMoving = true
        // Totals are brought up to date at once; stale ones would draw two options closer by the same SIM.
        least[j]! += newLow - low[o]!
        most[j]! += newHigh - high[o]!
        high[o] = newHigh
        low[o] = newLow
        break
      }
    }
  }
  return low === node.low ? node : { ...node, low, high }
}
