import { overageCharge } from "../charge/overage.ts"
import { type SearchSpace, type SpaceTotals, totalsIn } from "./search-space.ts"
import type { WorkBudget } from "../problem/work-budget.ts"

const INTEGRAL = 1e-6
// Swaps are looked for while they gain, but not for ever.
const MOST_SWAPS = 60

/** Turns relaxed amounts of one space into whole assignments and improves them. */
export interface Rounding {
  readonly space: SearchSpace
  /** Groups by the size of what they bring, largest first. */
  readonly bySize: Int32Array
  /** Option of group `g` on plan `j` at `g * planCount + j`, -1 without. */
  readonly optionAt: Int32Array
  /** By plan: its options by net usage, ascending. */
  readonly byNet: readonly Int32Array[]
}

export function newRounding(space: SearchSpace): Rounding {
  const { planCount } = space.tariff
  const optionAt = new Int32Array(space.groupCount * planCount).fill(-1)
  const byPlan: number[][] = Array.from({ length: planCount }, () => [])
  for (let o = 0; o < space.plan.length; o++) {
    optionAt[space.groupOf[o]! * planCount + space.plan[o]!] = o
    byPlan[space.plan[o]!]!.push(o)
  }
  const size = (g: number): number => Math.abs(space.net[space.first[g]!]!)
  return {
    space,
    bySize: Int32Array.from({ length: space.groupCount }, (_, g) => g).sort((a, b) => size(b) - size(a) || a - b),
    optionAt,
    byNet: byPlan.map((options) => Int32Array.from(options.sort((a, b) => space.net[a]! - space.net[b]! || a - b))),
  }
}

/** Whole amounts near those of a relaxation, remainders placed so that no pool and no plan drifts from what the relaxation gives it. */
export function roundAmounts({ space, bySize }: Rounding, amount: Float64Array, high: Int32Array): Int32Array {
  const { tariff } = space
  const whole = new Int32Array(amount.length)
  const drift = new Float64Array(tariff.poolCount)
  const countDrift = new Float64Array(tariff.planCount)
  // Where the relaxation's numbers of SIMs are whole they are kept: swaps, which keep them too, put the usage right.
  const isWhole = totalsIn(space, amount).count.every((count) => Math.abs(count - Math.round(count)) < 1e-4)
  const dearest = isWhole ? 1e15 : space.own.reduce((most, own) => Math.max(most, own), 0)
  for (const g of bySize) {
    const [begin, end] = [space.first[g]!, space.first[g + 1]!]
    let left = space.weight[g]!
    for (let o = begin; o < end; o++) {
      // A relaxation that was left early may give more SIMs than there are, or less than none.
      const count = Math.min(left, Math.max(0, Math.floor(amount[o]! + INTEGRAL)))
      whole[o] = count
      left -= count
      if (count === amount[o]) continue
      countDrift[space.plan[o]!]! += count - amount[o]!
      if (space.pool[o]! >= 0) drift[space.pool[o]!]! += (count - amount[o]!) * space.net[o]!
    }
    for (; left > 0; left--) {
      let best = -1
      let least = Infinity
      for (let o = begin; o < end; o++) {
        if (whole[o]! >= high[o]!) continue
        const pool = space.pool[o]!
        const old = countDrift[space.plan[o]!]!
        let worse = dearest * (Math.abs(old + 1) - Math.abs(old)) + 0.1 * space.own[o]! * (whole[o]! + 1 - amount[o]!)
        if (pool >= 0) {
          worse += tariff.poolRate[pool]!.perKb * (Math.abs(drift[pool]! + space.net[o]!) - Math.abs(drift[pool]!))
        }
        if (worse >= least) continue
        best = o
        least = worse
      }
      if (best < 0) best = begin
      whole[best]!++
      countDrift[space.plan[best]!]!++
      if (space.pool[best]! >= 0) drift[space.pool[best]!]! += space.net[best]!
    }
  }
  return whole
}

/**
 * Moves one SIM at a time, then swaps plans between two, while that lowers the cost. Changes `amount`; returns its cost.
 *
 * @param blocks By pool: overage blocks that the usage is first swapped into. Swaps that bring it nearer save nothing until
 *   the last of them, so they count by how far beyond the blocks the usage is.
 */
export function polish(
  rounding: Rounding,
  amount: Int32Array,
  budget: WorkBudget,
  blocks: Float64Array | null,
): number {
  const totals = totalsIn(rounding.space, amount)
  for (
    let swaps = 0;
    blocks !== null && swaps < MOST_SWAPS && swapOnce(rounding, amount, totals, budget, blocks);
    swaps++
  );
  for (let swaps = 0; ; swaps++) {
    descend(rounding, amount, totals, budget)
    if (swaps === MOST_SWAPS || !swapOnce(rounding, amount, totals, budget, null)) break
  }
  return costIn(rounding.space, totals)
}

/** Cost in whole micro-units; Infinity where a limit is broken. */
function costIn({ tariff }: SearchSpace, totals: SpaceTotals): number {
  for (let plan = 0; plan < tariff.planCount; plan++) {
    if (totals.count[plan]! < tariff.minSims[plan]! || totals.count[plan]! > tariff.maxSims[plan]!) return Infinity
  }
  let cost = totals.own
  for (let pool = 0; pool < tariff.poolCount; pool++)
    cost += overageCharge(Math.round(totals.net[pool]!), tariff.poolRate[pool]!)
  return cost
}

/** What more usage costs a pool, -1 for none. Means of groups are quotients; their sum is a whole number of KB again. */
function poolChange(
  { tariff }: SearchSpace,
  totals: SpaceTotals,
  pool: number,
  more: number,
  blocks: Float64Array | null = null,
): number {
  if (pool < 0) return 0
  const rate = tariff.poolRate[pool]!
  const before = totals.net[pool]!
  if (blocks !== null && rate.isBlock) {
    const beyond = (net: number) => Math.max(0, Math.round(net) - rate.block * blocks[pool]!)
    return rate.perKb * (beyond(before + more) - beyond(before))
  }
  return overageCharge(Math.round(before + more), rate) - overageCharge(Math.round(before), rate)
}

function descend({ space }: Rounding, amount: Int32Array, totals: SpaceTotals, budget: WorkBudget): void {
  const { tariff, plan, pool, own, net } = space
  /** SIMs below a minimum or above a maximum: whatever it costs, there are never more of them, and fewer where that can be had. */
  const broken = (j: number, count: number): number =>
    Math.max(0, tariff.minSims[j]! - count) + Math.max(0, count - tariff.maxSims[j]!)
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    budget.spend(8 * plan.length)
    for (let g = 0; g < space.groupCount; g++) {
      for (let a = space.first[g]!; a < space.first[g + 1]!; a++) {
        if (amount[a] === 0) continue
        const [j, p] = [plan[a]!, pool[a]!]
        const leaves = broken(j, totals.count[j]! - 1) - broken(j, totals.count[j]!)
        for (let b = space.first[g]!; b < space.first[g + 1]! && amount[a]! > 0; b++) {
          if (a === b) continue
          const [k, q] = [plan[b]!, pool[b]!]
          const breaks = leaves + broken(k, totals.count[k]! + 1) - broken(k, totals.count[k]!)
          if (breaks > 0) continue
          let change = own[b]! - own[a]!
          if (p === q) change += poolChange(space, totals, p, net[b]! - net[a]!)
          else change += poolChange(space, totals, p, -net[a]!) + poolChange(space, totals, q, net[b]!)
          if (breaks === 0 && change >= 0) continue
          shift(space, totals, amount, a, b)
          isMoving = true
          break
        }
      }
    }
  }
}

/** Makes the best swap of plans between two SIMs that takes a pool out of its overage, or of its last started block. */
function swapOnce(
  rounding: Rounding,
  amount: Int32Array,
  totals: SpaceTotals,
  budget: WorkBudget,
  blocks: Float64Array | null,
): boolean {
  const { space, optionAt, byNet } = rounding
  const { tariff, own, net } = space
  const { planCount } = tariff
  let least = -1e-6
  let best: readonly [number, number, number, number] | null = null
  for (let j = 0; j < planCount; j++) {
    const p = tariff.poolOf[j]!
    if (p < 0 || totals.count[j] === 0 || tariff.poolRate[p]!.cost === 0) continue
    const { isBlock, block } = tariff.poolRate[p]!
    const x = totals.net[p]!
    const edge = isBlock ? x - block * (blocks !== null ? blocks[p]! : Math.max(0, Math.ceil(x / block) - 1)) : x
    if (edge <= 0) continue
    const order = byNet[j]!
    for (let k = 0; k < planCount; k++) {
      if (totals.count[k] === 0 || tariff.poolOf[k] === p) continue
      budget.spend(8 * order.length)
      // Those on plan k that may go to j, by what they would bring there: the largest that makes up for `edge`.
      let at = 0
      let low = -1
      let high = -1
      const next = (): void => {
        low = high
        high = -1
        for (; at < order.length; at++) {
          const from = optionAt[space.groupOf[order[at]!]! * planCount + k]!
          if (from < 0 || amount[from] === 0) continue
          high = order[at++]!
          return
        }
      }
      next()
      for (const a of order) {
        if (amount[a] === 0) continue
        const a2 = optionAt[space.groupOf[a]! * planCount + k]!
        if (a2 < 0) continue
        const wanted = net[a]! - edge
        while (high >= 0 && net[high]! <= wanted) next()
        for (const b of [low, high]) {
          if (b < 0 || space.groupOf[b] === space.groupOf[a]) continue
          const b2 = optionAt[space.groupOf[b]! * planCount + k]!
          let change = own[a2]! - own[a]! + own[b]! - own[b2]!
          if (change >= least + edge * tariff.poolRate[p]!.cost) continue
          change += poolChange(space, totals, p, net[b]! - net[a]!, blocks)
          const q = tariff.poolOf[k]!
          if (q >= 0) change += poolChange(space, totals, q, net[a2]! - net[b2]!, blocks)
          if (change >= least) continue
          least = change
          best = [a, a2, b2, b]
        }
      }
    }
  }
  if (best === null) return false
  shift(space, totals, amount, best[0], best[1])
  shift(space, totals, amount, best[2], best[3])
  return true
}

function shift(space: SearchSpace, totals: SpaceTotals, amount: Int32Array, from: number, to: number): void {
  amount[from]!--
  amount[to]!++
  totals.own += space.own[to]! - space.own[from]!
  totals.count[space.plan[from]!]!--
  totals.count[space.plan[to]!]!++
  if (space.pool[from]! >= 0) totals.net[space.pool[from]!]! -= space.net[from]!
  if (space.pool[to]! >= 0) totals.net[space.pool[to]!]! += space.net[to]!
}
