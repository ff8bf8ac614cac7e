import type { SearchNode } from "./node-relaxation.ts"
import type { SearchSpace } from "./search-space.ts"

/**
 * Draws the bounds of options closer by what groups and plan counts imply. Changes the node's `low` and `high`.
 *
 * @returns False if no assignment is left.
 */
export function propagate(space: SearchSpace, node: SearchNode): boolean {
  const { planCount } = space.tariff
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    const least = Float64Array.from(space.decidedCount)
    const most = Float64Array.from(space.decidedCount)
    for (let o = 0; o < space.plan.length; o++) {
      least[space.plan[o]!]! += node.low[o]!
      most[space.plan[o]!]! += node.high[o]!
    }
    for (let plan = 0; plan < planCount; plan++) {
      if (least[plan]! > node.countHigh[plan]! || most[plan]! < node.countLow[plan]!) return false
    }
    for (let g = 0; g < space.groupCount; g++) {
      let low = 0
      let high = 0
      for (let o = space.first[g]!; o < space.first[g + 1]!; o++) {
        low += node.low[o]!
        high += node.high[o]!
      }
      if (low > space.weight[g]! || high < space.weight[g]!) return false
      const spareHigh = space.weight[g]! - low
      const spareLow = high - space.weight[g]!
      for (let o = space.first[g]!; o < space.first[g + 1]!; o++) {
        const plan = space.plan[o]!
        const newHigh = Math.min(
          node.high[o]!,
          node.low[o]! + Math.min(spareHigh, node.countHigh[plan]! - least[plan]!),
        )
        const newLow = Math.max(node.low[o]!, node.high[o]! - Math.min(spareLow, most[plan]! - node.countLow[plan]!))
        if (newHigh === node.high[o] && newLow === node.low[o]) continue
        if (newLow > newHigh) return false
        isMoving = true
        // Totals are brought up to date at once; stale ones would draw two options closer by the same SIM.
        least[plan]! += newLow - node.low[o]!
        most[plan]! += newHigh - node.high[o]!
        node.high[o] = newHigh
        node.low[o] = newLow
        break
      }
    }
  }
  return true
}
