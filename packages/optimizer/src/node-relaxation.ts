import type { Prices } from "./prices.ts"
import { dropLeast, heapify, insert, newRatioHeap, type RatioHeap, sink } from "./ratio-heap.ts"
import type { SearchNode, SearchSpace } from "./search-space.ts"
import {
  addColumn,
  type Basis,
  changeBasic,
  FEASIBLE,
  loadBasis,
  loadNode,
  mendKeys,
  newSimplex,
  refresh,
  type Simplex,
  swapKey,
} from "./simplex.ts"

/** A relaxed node. Its prices prove a bound, whatever else went wrong on the way to them. */
export interface RelaxedNode {
  /** By pool, per KB, and by plan, per SIM, micro-units. */
  readonly pool: Float64Array
  readonly plan: Float64Array
  /** SIMs on each option; good until the next node is relaxed. */
  readonly amount: Float64Array
  /** Takes down where it ended, for the nodes below. */
  readonly basis: () => Basis
  readonly steps: number
}

/**
 * Relaxes a node of a space.
 *
 * @param from Where the relaxation of a node like it ended.
 * @param enough A bound above this is as good as any.
 * @param mostPivots Ends early, with the prices reached by then.
 */
export type Relaxation = (node: SearchNode, from: Basis | null, enough: number, mostPivots?: number) => RelaxedNode

// Smaller pivots are noise of the doubles.
const PIVOT = 1e-7
// Pivots after which everything is computed anew.
const REFRESH = 60
const MOST_PASSED = 300

/** Prepares the dual simplex method for the nodes of a space. */
export function newRelaxation(space: SearchSpace, prices: Prices): Relaxation {
  const s = newSimplex(space, prices)
  const heap = newRatioHeap(s.all)
  const beta = new Float64Array(s.m + 1)
  const many = 200 + 20 * s.m + 2 * space.groupCount
  return (node, from, enough, mostPivots = from === null ? many : 200 + 5 * s.m) => {
    loadNode(s, node)
    loadBasis(s, from)
    let isOpen = true
    let pivots = 0
    let steps = 3000 + 20 * s.n + 8 * s.m * s.m
    for (let since = 0; isOpen && pivots < mostPivots; pivots++, since++) {
      let leaving = since === REFRESH ? -1 : leavingRow(s)
      if (leaving < 0 && since > 0) {
        // What pivots have rounded away may have hidden that this is not the end.
        refresh(s)
        steps += 4 * s.n + s.m ** 3 / 4
        since = 0
        leaving = leavingRow(s)
      }
      if (leaving < 0) break
      const out = s.work[leaving]!
      const isAbove = s.value[out]! > s.high[out]!
      for (let r = 0; r < s.m; r++) beta[r] = (isAbove ? 1 : -1) * s.inverse[leaving * s.m + r]!
      findCandidates(s, beta, heap)
      const { enter, step, slope } = findEntering(
        s,
        heap,
        isAbove ? s.value[out]! - s.high[out]! : s.low[out]! - s.value[out]!,
      )
      if (enter < 0) {
        // No assignment is left: along this ray the bound grows for ever, and far enough out the prices prove it.
        const far = (4 * Math.max(1, Math.abs(enough))) / s.money / Math.max(slope, PIVOT)
        for (let r = 0; r < s.m; r++) s.price[r]! += far * beta[r]!
        isOpen = false
      } else {
        takeStep(s, beta, step)
        s.reduced[out] = isAbove ? -step : step
        if (!pivot(s, leaving, enter, isAbove)) since = REFRESH - 1
      }
    }
    s.current = null
    const basis = (): Basis => (s.current = { work: s.work.slice(), key: s.key.slice(), isHigh: s.isHigh.slice() })
    steps += pivots * (3 * s.n + 3 * s.m * s.m + 1000)
    return { ...pricesIn(s), amount: s.value.subarray(0, s.n), basis, steps }
  }
}

function pricesIn(s: Simplex): { pool: Float64Array; plan: Float64Array } {
  const { tariff } = s.space
  const pool = new Float64Array(tariff.poolCount)
  const plan = new Float64Array(tariff.planCount)
  for (let r = 0; r < s.m; r++) {
    const price = (-s.price[r]! * s.money) / s.size[r]!
    const at = s.poolAt[r]!
    if (at < 0) plan[s.planAt[r]!] = price
    else pool[at] = Math.max(0, s.high[s.n + 2 * r] === Infinity ? Math.min(price, tariff.poolRate[at]!.perKb) : price)
  }
  return { pool, plan }
}

/** The row whose basic column is out of bounds most, by the length of the row; -1 if none is. */
function leavingRow(s: Simplex): number {
  const { n, m, work, value, low, high, inverse } = s
  const excess = (v: number): number => Math.max(low[v]! - value[v]!, value[v]! - high[v]!)
  let leaving = -1
  let worst = 0
  let isKey = false
  for (let i = 0; i < m; i++) {
    const own = excess(work[i]!)
    const keys = work[i]! < n ? excess(s.key[s.space.groupOf[work[i]!]!]!) : 0
    const most = Math.max(own, keys)
    if (most <= FEASIBLE) continue
    let length = 1e-12
    for (let at = i * m; at < (i + 1) * m; at++) length += inverse[at]! * inverse[at]!
    if (most * most <= worst * length) continue
    worst = (most * most) / length
    leaving = i
    isKey = keys > own
  }
  if (isKey) swapKey(s, leaving)
  return leaving
}

/** Puts in the columns that bring the leaving one back. */
function findCandidates(s: Simplex, beta: Float64Array, heap: RatioHeap): void {
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
function findEntering(s: Simplex, heap: RatioHeap, gain: number): { enter: number; step: number; slope: number } {
  const { n, m, low, high, value, alpha, reduced, isBasic, isHigh, key, inverse } = s
  const { groupOf, first } = s.space
  const moved = new Float64Array(m)
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

function takeStep(s: Simplex, beta: Float64Array, step: number): void {
  const { n, all, low, high, alpha, reduced, isBasic } = s
  const { first } = s.space
  for (let r = 0; r < s.m; r++) s.price[r]! += step * beta[r]!
  const move = (v: number): void => {
    if (isBasic[v] === 0 && high[v] !== low[v]) reduced[v]! -= step * alpha[v]!
  }
  for (let at = 0; at < s.openCount; at++) {
    const g = s.openGroups[at]!
    for (let v = first[g]!; v < first[g + 1]!; v++) move(v)
  }
  for (let v = n; v < all; v++) move(v)
}

/** Exchanges the basic column of a row for another; false, and nothing done, if the pivot is noise. */
function pivot(s: Simplex, leaving: number, enter: number, isAbove: boolean): boolean {
  const { n, m, work, value, low, high, busy, key, inverse } = s
  const { groupOf } = s.space
  const column = new Float64Array(m)
  addColumn(s, column, enter, 1)
  const y = new Float64Array(m)
  for (let i = 0; i < m; i++) for (let r = 0; r < m; r++) y[i]! += inverse[i * m + r]! * column[r]!
  if (Math.abs(y[leaving]!) < 0.1 * PIVOT) return false
  const out = work[leaving]!
  const goal = isAbove ? high[out]! : low[out]!
  const by = (value[out]! - goal) / y[leaving]!
  value[enter]! += by
  if (enter < n) value[key[groupOf[enter]!]!]! -= by
  for (let i = 0; i < m; i++) if (y[i] !== 0) changeBasic(s, i, -y[i]! * by)
  value[out] = goal
  s.isBasic[out] = 0
  s.isHigh[out] = isAbove ? 1 : 0
  s.isBasic[enter] = 1
  s.reduced[enter] = 0
  work[leaving] = enter
  if (out < n) busy[groupOf[out]!]!--
  if (enter < n) busy[groupOf[enter]!]!++
  for (let r = 0; r < m; r++) inverse[leaving * m + r]! /= y[leaving]!
  for (let i = 0; i < m; i++) {
    if (i === leaving || y[i] === 0) continue
    for (let r = 0; r < m; r++) inverse[i * m + r]! -= y[i]! * inverse[leaving * m + r]!
  }
  if (out >= n || busy[groupOf[out]!]! > 0) return true
  // Its group may be left without a basic option, and with a key out of bounds.
  const k = key[groupOf[out]!]!
  if ((value[k]! > high[k]! + FEASIBLE || value[k]! < low[k]! - FEASIBLE) && mendKeys(s)) refresh(s)
  return true
}
