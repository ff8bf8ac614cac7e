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

/** @returns Whether anything was gained. */
function improveByPairs(search: Search, budget: WorkBudget): boolean {
  const { core, choice, unitOf, byRegret } = search
  let isGaining = false
  for (let i = 0; i < byRegret.length && !budget.isSpent(); i++) {
    const first = byRegret[i]!
    const regret = core.regret[first]!
    if (regret > search.excess || search.excess <= search.goal) break
    const unit = unitOf[first]!
    const from = choice[unit]!
    if (first === from) continue
    const changeFirst = changeOf(search, from, first)
    move(search, unit, first)
    let best = -1
    let least = -WORTHWHILE - changeFirst
    let j = 0
    for (; j < byRegret.length; j++) {
      const second = byRegret[j]!
      if (core.regret[second]! + regret > search.excess) break
      const other = unitOf[second]!
      const old = choice[other]!
      if (old === second || other === unit) continue
      const change = changeOf(search, old, second)
      if (change >= least) continue
      if (search.isLimited && !pairFits(search, from, first, old, second)) continue
      best = second
      least = change
    }
    budget.spend(4 * j + 4)
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
