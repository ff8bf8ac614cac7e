import type { ChoiceGroups } from "./choice-groups.ts"
import { overageCharge } from "../charge/overage.ts"
import type { Tariff } from "../charge/tariff.ts"

/** What is left to decide: groups with their options, and the totals of everything that is decided. */
export interface SearchSpace {
  readonly tariff: Tariff
  readonly groupCount: number
  /** Position of each group in the `ChoiceGroups` it came from. */
  readonly origin: Int32Array
  readonly weight: Int32Array
  readonly first: Int32Array
  readonly plan: Int32Array
  readonly pool: Int32Array
  readonly own: Float64Array
  readonly net: Float64Array
  readonly groupOf: Int32Array
  /** Groups of the `ChoiceGroups` that the bound decides: all their SIMs are on their cheapest option. */
  readonly decidedByBound: readonly number[]
  /** Own charges of decided SIMs, and what pools cost that nobody else may use. */
  readonly decidedOwn: number
  /** By pool: net usage of decided SIMs; 0 where the pool is decided with them. */
  readonly decidedNet: Float64Array
  /** By plan: decided SIMs. */
  readonly decidedCount: Float64Array
  /** By pool, 1 where its overage is left to decide. */
  readonly isUsed: Uint8Array
}

/** A part of a search space: bounds on every option, on the overage blocks of every pool and on the SIMs of every plan. */
export interface SearchNode {
  /** By option: fewest and most SIMs. */
  readonly low: Int32Array
  readonly high: Int32Array
  /** By pool: fewest and most started blocks; 0 and Infinity for proportional overage. */
  readonly blocksLow: Float64Array
  readonly blocksHigh: Float64Array
  /** By plan: fewest and most SIMs, decided ones included. */
  readonly countLow: Float64Array
  readonly countHigh: Float64Array
}

/** The whole of a space. */
export function rootOf(space: SearchSpace): SearchNode {
  const { tariff, decidedCount } = space
  const reach = Float64Array.from(decidedCount)
  for (let o = 0; o < space.plan.length; o++) reach[space.plan[o]!]! += space.weight[space.groupOf[o]!]!
  return {
    low: new Int32Array(space.plan.length),
    high: Int32Array.from(space.groupOf, (g) => space.weight[g]!),
    blocksLow: new Float64Array(tariff.poolCount),
    blocksHigh: new Float64Array(tariff.poolCount).fill(Infinity),
    countLow: tariff.minSims.map((least, plan) => Math.max(least, decidedCount[plan]!)),
    countHigh: tariff.maxSims.map((most, plan) => Math.min(most, reach[plan]!)),
  }
}

/**
 * Leaves open only options that could be part of an assignment cheaper than `excess` above the bound.
 *
 * @param amount SIMs on each option of `groups` in the best assignment known.
 * @param outside Totals of decided SIMs that are in no group.
 */
export function openSpace(
  tariff: Tariff,
  groups: ChoiceGroups,
  amount: Int32Array,
  excess: number,
  outside?: SpaceTotals,
): SearchSpace {
  const decidedNet = Float64Array.from(outside?.net ?? new Float64Array(tariff.poolCount))
  const decidedCount = Float64Array.from(outside?.count ?? new Float64Array(tariff.planCount))
  let decidedOwn = outside?.own ?? 0
  const decidedByBound: number[] = []
  const nearest: { g: number; regret: number }[] = []
  for (let g = 0; g < groups.count; g++) {
    const begin = groups.first[g]!
    if (begin + 1 < groups.first[g + 1]! && groups.regret[begin + 1]! < excess) {
      nearest.push({ g, regret: groups.regret[begin + 1]! })
      continue
    }
    const count = groups.to[g]! - groups.from[g]!
    decidedOwn += count * groups.own[begin]!
    decidedCount[groups.plan[begin]!]! += count
    if (groups.pool[begin]! >= 0) decidedNet[groups.pool[begin]!]! += count * groups.net[begin]!
    decidedByBound.push(g)
  }
  // The most doubtful first, those about as doubtful from all over the fleet: where SIMs tie, the search takes the first.
  const bucket = (regret: number): number => Math.floor((64 * regret) / excess)
  nearest.sort((a, b) => bucket(a.regret) - bucket(b.regret) || scatter(a.g) - scatter(b.g))
  const first = [0]
  const options: number[] = []
  const groupOf: number[] = []
  nearest.forEach(({ g }, k) => {
    for (let o = groups.first[g]!; o < groups.first[g + 1]!; o++) {
      if (groups.regret[o]! >= excess && amount[o] === 0) continue
      options.push(o)
      groupOf.push(k)
    }
    first.push(options.length)
  })
  const isUsed = new Uint8Array(tariff.poolCount)
  for (const o of options) if (groups.pool[o]! >= 0) isUsed[groups.pool[o]!] = 1
  tariff.poolRate.forEach((rate, pool) => {
    if (isUsed[pool] === 1) return
    decidedOwn += overageCharge(Math.round(decidedNet[pool]!), rate)
    decidedNet[pool] = 0
  })
  return {
    tariff,
    groupCount: nearest.length,
    origin: Int32Array.from(nearest, ({ g }) => g),
    weight: Int32Array.from(nearest, ({ g }) => groups.to[g]! - groups.from[g]!),
    first: Int32Array.from(first),
    plan: Int32Array.from(options, (o) => groups.plan[o]!),
    pool: Int32Array.from(options, (o) => groups.pool[o]!),
    own: Float64Array.from(options, (o) => groups.own[o]!),
    net: Float64Array.from(options, (o) => groups.net[o]!),
    groupOf: Int32Array.from(groupOf),
    decidedByBound,
    decidedOwn,
    decidedNet,
    decidedCount,
    isUsed,
  }
}

/** A fixed shuffle of whole numbers. */
function scatter(value: number): number {
  return Math.imul(value + 1, 0x9e3779b1) >>> 0
}

/** Totals of an assignment within a space. */
export interface SpaceTotals {
  own: number
  readonly net: Float64Array
  readonly count: Float64Array
}

/** Totals of `amount` SIMs on each option, decided SIMs included. */
export function totalsIn(space: SearchSpace, amount: ArrayLike<number>): SpaceTotals {
  const net = Float64Array.from(space.decidedNet)
  const count = Float64Array.from(space.decidedCount)
  let own = space.decidedOwn
  for (let o = 0; o < space.plan.length; o++) {
    if (amount[o] === 0) continue
    own += amount[o]! * space.own[o]!
    count[space.plan[o]!]! += amount[o]!
    if (space.pool[o]! >= 0) net[space.pool[o]!]! += amount[o]! * space.net[o]!
  }
  return { own, net, count }
}
