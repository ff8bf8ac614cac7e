import { addColumn, changeBasic, loadBasis, mendKeys, refresh, swapKey } from "./basis.ts"
import { findCandidates, findEntering } from "./entering-column.ts"
import type { Prices } from "../prices/prices.ts"
import { newRatioHeap } from "../limits/ratio-heap.ts"
import type { SearchNode, SearchSpace } from "./search-space.ts"
import { type Basis, FEASIBLE, loadNode, newSimplex, PIVOT, type Simplex } from "./simplex.ts"

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

// Pivots after which everything is computed anew.
const REFRESH = 60

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
        steps += 4 * s.n + (s.m * s.m * s.m) / 4
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
  const [column, y] = s.scratch
  addColumn(s, column.fill(0), enter, 1)
  y.fill(0)
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
