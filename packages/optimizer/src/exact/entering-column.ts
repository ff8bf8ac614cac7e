import { addColumn, changeBasic } from "./basis.ts"
import { dropLeast, heapify, insert, type RatioHeap, sink } from "../limits/ratio-heap.ts"
import { FEASIBLE, PIVOT, type Simplex } from "./simplex.ts"

const MOST_PASSED = 300

/** Puts in the columns that bring the leaving one back. */
export function findCandidates(s: Simplex, beta: Float64Array, heap: RatioHeap): void {
  const { n, all, low, high, alpha, reduced, rowP, rowC, coef, isBasic, isHigh } = s
  const { first } = s.space
  heap.count = 0
  const offer = (v: number): void => {
    if (isBasic[v] === 1 || !(isHigh[v] === 1 ? alpha[v]! < -PIVOT : alpha[v]! > PIVOT)) return
    heap.ratios[heap.count] = Math.max(0, reduced[v]! / alpha[v]!)
    heap.columns[heap.count++] = v
  }
  for (let at = 0; at < s.openCount; at++) {
    const g = s.openGroups[at]!
    const k = s.key[g]!
    const base = beta[rowP[k]!]! * coef[k]! + beta[rowC[k]!]!
    for (let v = first[g]!; v < first[g + 1]!; v++) {
      if (high[v] === low[v]) continue
      alpha[v] = beta[rowP[v]!]! * coef[v]! + beta[rowC[v]!]! - base
      offer(v)
    }
  }
  for (let v = n; v < all; v++) {
    if (high[v] === low[v]) continue
    alpha[v] = ((v - n) & 1) === 1 ? beta[(v - n) >> 1]! : -beta[(v - n) >> 1]!
    offer(v)
  }
  heapify(heap)
}

const ties = new Int32Array(16)

/** Takes the next column that a growing step meets out of the heap; of those that tie, the one with the largest pivot. */
function nextColumn({ alpha, reduced, isBasic, isHigh }: Simplex, heap: RatioHeap): number {
  let best = -1
  let least = Infinity
  let tied = 0
  while (heap.count > 0 && tied < ties.length) {
    const v = heap.columns[0]!
    const isLeft = isBasic[v] === 0 && (isHigh[v] === 1 ? alpha[v]! < -PIVOT : alpha[v]! > PIVOT)
    const ratio = isLeft ? Math.max(0, reduced[v]! / alpha[v]!) : 0
    if (isLeft && ratio > heap.ratios[0]! + 1e-12) {
      heap.ratios[0] = ratio
      sink(heap, 0)
      continue
    }
    if (isLeft) {
      if (best >= 0 && ratio > least + 1e-10) break
      if (best < 0 || Math.abs(alpha[v]!) > Math.abs(alpha[best]!)) best = v
      least = Math.min(least, ratio)
      ties[tied++] = v
    }
    dropLeast(heap)
  }
  while (tied > 0) if (ties[--tied] !== best) insert(heap, ties[tied]!, least)
  return best
}

/**
 * The column that enters, and how far prices move; -1 if nothing stops them.
 *
 * Steps are long: what they pass takes its other side, as long as the bound still grows.
 */
export function findEntering(
  s: Simplex,
  heap: RatioHeap,
  gain: number,
): { enter: number; step: number; slope: number } {
  const { n, m, low, high, value, alpha, reduced, isBasic, isHigh, key, inverse } = s
  const { groupOf, first } = s.space
  const moved = s.scratch[0].fill(0)
  let slope = gain
  let enter = -1
  let step = 0
  for (let passed = 0; ; passed++) {
    enter = nextColumn(s, heap)
    if (enter < 0) break
    const by = alpha[enter]!
    step = Math.max(0, reduced[enter]! / by)
    if (passed === MOST_PASSED) break
    if (enter >= n) {
      const width = high[enter]! - low[enter]!
      if (!(Math.abs(by) * width < slope - FEASIBLE)) break
      slope -= Math.abs(by) * width
      const change = isHigh[enter] === 1 ? -width : width
      isHigh[enter] = isHigh[enter] === 1 ? 0 : 1
      value[enter]! += change
      addColumn(s, moved, enter, change)
      continue
    }
    // Where nobody of the group is basic, all that the key holds goes to this option, the new key.
    const g = groupOf[enter]!
    const k = key[g]!
    const all = value[k]!
    const isWhole = s.busy[g] === 0 && isHigh[enter] === 0 && low[enter] === 0 && low[k] === 0 && high[enter]! >= all
    if (!isWhole || all * by > slope - FEASIBLE) break
    slope -= all * by
    addColumn(s, moved, enter, all)
    value[enter] = all
    value[k] = alpha[k] = reduced[k] = 0
    isBasic[k] = isHigh[k] = 0
    isBasic[enter] = 1
    key[g] = enter
    const shift = reduced[enter]!
    for (let v = first[g]!; v < first[g + 1]!; v++) {
      alpha[v]! -= by
      reduced[v]! -= shift
    }
  }
  for (let i = 0; i < m; i++) {
    let sum = 0
    for (let r = 0; r < m; r++) sum += inverse[i * m + r]! * moved[r]!
    if (sum !== 0) changeBasic(s, i, -sum)
  }
  return { enter, step, slope }
}
