import type { Core } from "./core.ts"
import { poolCharge } from "./pool-charge.ts"
import type { Tariff } from "./tariff.ts"
import type { WorkBudget } from "./work-budget.ts"

/** An assignment's totals, kept up to date while SIMs move. */
export interface Totals {
  /** By pool: usage minus allowance, KB. */
  readonly netUsage: Float64Array
  /** By plan. */
  readonly simCount: Float64Array
}

// Gains below half a micro-unit are rounding of doubles.
const WORTHWHILE = 0.5

/**
 * Moves single SIMs and pairs of SIMs of the core while that lowers the true cost.
 *
 * Pairs matter: one move puts a pool off its best level by more than it gains, a second one brings it back.
 *
 * @param choice Option each unit is on, as an entry of the option columns; updated.
 * @param totals Of the whole fleet; updated.
 * @param excess Cost above the lower bound at the prices of the core, micro-units: no change can gain more.
 * @param goal Excess that is good enough, micro-units.
 * @returns The excess that is left.
 */
export function improve(
  tariff: Tariff,
  core: Core,
  choice: Int32Array,
  totals: Totals,
  excess: number,
  goal: number,
  budget: WorkBudget,
): number {
  const search = newSearch(tariff, core, choice, totals, excess, goal)
  do {
    descend(search, budget)
  } while (search.excess > goal && improveByPairs(search, budget) && !budget.isSpent())
  return search.excess
}

interface Search {
  readonly tariff: Tariff
  readonly core: Core
  readonly choice: Int32Array
  readonly totals: Totals
  /** Current charge of each pool. */
  readonly charge: Float64Array
  readonly isLimited: boolean
  /** Unit of each option entry. */
  readonly unitOf: Int32Array
  /** Option entries by regret, ascending. */
  readonly byRegret: Int32Array
  /** Cost above the lower bound: the regrets of all units never add up to more. */
  excess: number
  readonly goal: number
}

function newSearch(
  tariff: Tariff,
  core: Core,
  choice: Int32Array,
  totals: Totals,
  excess: number,
  goal: number,
): Search {
  const unitOf = new Int32Array(core.plan.length)
  for (let u = 0; u < core.unitCount; u++) unitOf.fill(u, core.first[u]!, core.first[u + 1]!)
  const byRegret = Int32Array.from(core.plan.keys())
  byRegret.sort((a, b) => core.regret[a]! - core.regret[b]! || a - b)
  const charge = totals.netUsage.map((net, pool) => poolCharge(tariff, pool, net))
  const isLimited = tariff.maxSims.some((most) => most !== Infinity) || tariff.minSims.some((least) => least > 0)
  return { tariff, core, choice, totals, charge, isLimited, unitOf, byRegret, excess, goal }
}

/** What the cost changes by if one unit takes another option; limits are not looked at. */
function changeOf(search: Search, from: number, to: number): number {
  const { tariff, core, totals, charge } = search
  let change = core.own[to]! - core.own[from]!
  const leaves = core.pool[from]!
  const enters = core.pool[to]!
  if (leaves === enters) {
    if (leaves >= 0) {
      const net = totals.netUsage[leaves]! - core.net[from]! + core.net[to]!
      change += poolCharge(tariff, leaves, net) - charge[leaves]!
    }
    return change
  }
  if (leaves >= 0) change += poolCharge(tariff, leaves, totals.netUsage[leaves]! - core.net[from]!) - charge[leaves]!
  if (enters >= 0) change += poolCharge(tariff, enters, totals.netUsage[enters]! + core.net[to]!) - charge[enters]!
  return change
}

function move(search: Search, unit: number, to: number): void {
  const { tariff, core, choice, totals, charge } = search
  const from = choice[unit]!
  choice[unit] = to
  totals.simCount[core.plan[from]!]!--
  totals.simCount[core.plan[to]!]!++
  const leaves = core.pool[from]!
  const enters = core.pool[to]!
  if (leaves >= 0) totals.netUsage[leaves]! -= core.net[from]!
  if (enters >= 0) totals.netUsage[enters]! += core.net[to]!
  if (leaves >= 0) charge[leaves] = poolCharge(tariff, leaves, totals.netUsage[leaves]!)
  if (enters >= 0) charge[enters] = poolCharge(tariff, enters, totals.netUsage[enters]!)
}

function fits(search: Search, plan: number): boolean {
  const { tariff, totals } = search
  return totals.simCount[plan]! <= tariff.maxSims[plan]! && totals.simCount[plan]! >= tariff.minSims[plan]!
}

function descend(search: Search, budget: WorkBudget): void {
  const { tariff, core, choice, totals } = search
  for (let isMoving = true; isMoving && !budget.isSpent(); ) {
    isMoving = false
    budget.spend(core.plan.length * 4)
    for (let u = 0; u < core.unitCount; u++) {
      const from = choice[u]!
      let best = -1
      let least = -WORTHWHILE
      for (let to = core.first[u]!; to < core.first[u + 1]!; to++) {
        if (to === from) continue
        const change = changeOf(search, from, to)
        if (change >= least) continue
        if (search.isLimited) {
          const [leaves, enters] = [core.plan[from]!, core.plan[to]!]
          if (totals.simCount[leaves]! <= tariff.minSims[leaves]!) continue
          if (totals.simCount[enters]! >= tariff.maxSims[enters]!) continue
        }
        best = to
        least = change
      }
      if (best < 0) continue
      move(search, u, best)
      search.excess += least
      isMoving = true
    }
  }
}

// Looked at on either side of where a second move would bring a pool into balance.
const REACH = 6

/**
 * Tries every move together with the second moves that best make up for it: those that bring one of its pools nearest to balance.
 * Two moves that share no pool gain no more together than alone.
 *
 * @returns Whether anything was gained.
 */
function improveByPairs(search: Search, budget: WorkBudget): boolean {
  const { core, choice, totals, unitOf, byRegret } = search
  const index = indexMoves(search)
  let isGaining = false
  for (let i = 0; i < byRegret.length && !budget.isSpent(); i++) {
    const first = byRegret[i]!
    const regret = core.regret[first]!
    if (regret > search.excess || search.excess <= search.goal) break
    const unit = unitOf[first]!
    const from = choice[unit]!
    if (first === from || from !== index.choice[unit]) continue
    const changeFirst = changeOf(search, from, first)
    move(search, unit, first)
    let best = -1
    let least = -WORTHWHILE - changeFirst
    let looked = 4
    const look = (order: Int32Array, net: Float64Array, group: number, target: number): void => {
      const begin = index.first[group]!
      const end = index.first[group + 1]!
      if (begin === end) return
      let low = begin
      let high = end
      while (low < high) {
        const middle = (low + high) >>> 1
        if (net[order[middle]!]! < target) low = middle + 1
        else high = middle
      }
      const last = Math.min(end, low + REACH)
      for (let k = Math.max(begin, low - REACH); k < last; k++) {
        looked++
        const second = order[k]!
        const other = unitOf[second]!
        const old = choice[other]!
        if (core.regret[second]! + regret > search.excess || other === unit || old !== index.choice[other]) continue
        const change = changeOf(search, old, second)
        if (change >= least) continue
        if (search.isLimited && !pairFits(search, from, first, old, second)) continue
        best = second
        least = change
      }
    }
    for (const pool of core.pool[from] === core.pool[first]
      ? [core.pool[from]!]
      : [core.pool[from]!, core.pool[first]!]) {
      if (pool < 0) continue
      for (let other = 0; other <= index.none; other++) {
        const out = pool * (index.none + 1) + other
        const back = other * (index.none + 1) + pool
        look(index.byLeaving, index.leaving, out, totals.netUsage[pool]!)
        look(index.byEntering, index.entering, back, -totals.netUsage[pool]!)
        if (other === index.none || other === pool) continue
        look(index.byEntering, index.entering, out, -totals.netUsage[other]!)
        look(index.byLeaving, index.leaving, back, totals.netUsage[other]!)
      }
    }
    budget.spend(8 * looked)
    if (best < 0) {
      move(search, unit, from)
    } else {
      move(search, unitOf[best]!, best)
      search.excess += least + changeFirst
      isGaining = true
    }
  }
  return isGaining
}

/** Moves from the current choice, grouped by the pools they leave and enter; options chosen at present are in no group. */
interface MoveIndex {
  /** By unit, when the index was made. */
  readonly choice: Int32Array
  /** Stands for "no pool" in groups: group = left pool x (none + 1) + entered pool. */
  readonly none: number
  /** First position of each group in both orders. */
  readonly first: Int32Array
  /** Options of each group by what they take from the pool they leave, and by what they bring to the one they enter. */
  readonly byLeaving: Int32Array
  readonly byEntering: Int32Array
  /** By option. */
  readonly leaving: Float64Array
  readonly entering: Float64Array
}

function indexMoves({ tariff, core, choice, unitOf }: Search): MoveIndex {
  const none = tariff.poolCount
  const group = new Int32Array(core.plan.length)
  const leaving = new Float64Array(core.plan.length)
  const first = new Int32Array((none + 1) * (none + 1) + 1)
  const moves: number[] = []
  for (let to = 0; to < core.plan.length; to++) {
    const from = choice[unitOf[to]!]!
    if (from === to) continue
    const [left, entered] = [core.pool[from]!, core.pool[to]!]
    leaving[to] = core.net[from]!
    group[to] = (left < 0 ? none : left) * (none + 1) + (entered < 0 ? none : entered)
    first[group[to]! + 1]!++
    moves.push(to)
  }
  for (let g = 0; g + 1 < first.length; g++) first[g + 1]! += first[g]!
  const sorted = (net: Float64Array): Int32Array =>
    Int32Array.from(moves).sort((a, b) => group[a]! - group[b]! || net[a]! - net[b]! || a - b)
  return {
    choice: choice.slice(),
    none,
    first,
    byLeaving: sorted(leaving),
    byEntering: sorted(core.net),
    leaving,
    entering: core.net,
  }
}

function pairFits(search: Search, from: number, first: number, old: number, second: number): boolean {
  const { core, totals } = search
  const [leaves, enters] = [core.plan[old]!, core.plan[second]!]
  totals.simCount[leaves]!--
  totals.simCount[enters]!++
  const isFit =
    fits(search, core.plan[from]!) && fits(search, core.plan[first]!) && fits(search, leaves) && fits(search, enters)
  totals.simCount[leaves]!++
  totals.simCount[enters]!--
  return isFit
}
