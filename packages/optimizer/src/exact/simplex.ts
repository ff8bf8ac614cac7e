import type { Prices } from "../prices/prices.ts"
import type { SearchNode, SearchSpace } from "./search-space.ts"

/** What is basic: enough to go on from where a relaxation ended. */
export interface Basis {
  /** By row, a column. */
  readonly work: Int32Array
  /** By group, the option that takes what the others leave. */
  readonly key: Int32Array
  /** By column, 1 where it rests at its most. */
  readonly isHigh: Uint8Array
}

/**
 * The relaxation of one space as a linear programme, and where the dual simplex method stands in it.
 *
 * "One plan for each SIM" is kept aside: in every group one option, its key, takes what the others leave. A row is left for each
 * pool and each plan. Columns are the options and two for each row: overage and what is left over of a pool, or the SIMs of a plan.
 * Money and volumes are scaled to about one.
 */
export type Simplex = ReturnType<typeof newSimplex>

/** How far from its bounds a value may be. */
export const FEASIBLE = 1e-9
/** Smaller pivots are noise of the doubles. */
export const PIVOT = 1e-7
/** Lays out a space. `prices` only tell how to scale. */
export function newSimplex(space: SearchSpace, prices: Prices) {
  const { tariff, groupCount } = space
  const n = space.plan.length
  const poolAt: number[] = []
  const planAt: number[] = []
  const poolRow = new Map<number, number>()
  const planRow = new Map<number, number>()
  for (const pool of space.pool) {
    if (pool < 0 || poolRow.has(pool)) continue
    poolRow.set(pool, poolAt.push(pool) - 1)
    planAt.push(-1)
  }
  for (const plan of space.plan) {
    if (planRow.has(plan)) continue
    planRow.set(plan, planAt.push(plan) - 1)
    poolAt.push(-1)
  }
  const m = planAt.length
  const all = n + 2 * m
  const money = Math.max(1, space.own.reduce((most, own) => Math.max(most, own), 1) / 16)
  // One unit of a pool is what one unit of money buys there.
  const size = Float64Array.from(poolAt, (pool) =>
    pool < 0 ? 1 : money / Math.max(prices.pool[pool]!, 0.02 * tariff.poolRate[pool]!.perKb),
  )
  const rowP = Int32Array.from(space.pool, (pool) => (pool < 0 ? m : poolRow.get(pool)!))
  const rowC = Int32Array.from(space.plan, (plan) => planRow.get(plan)!)
  const cost = new Float64Array(all)
  for (let v = 0; v < n; v++) cost[v] = space.own[v]! / money
  poolAt.forEach((pool, r) => {
    if (pool >= 0) cost[n + 2 * r] = (tariff.poolRate[pool]!.perKb * size[r]!) / money
  })
  const zeros = (length: number): Float64Array => new Float64Array(length)
  return {
    space,
    n,
    m,
    all,
    money,
    size,
    poolAt,
    planAt,
    /** Row of each option's pool, `m` without one, and of its plan. */
    rowP,
    rowC,
    /** What an option takes of its pool. */
    coef: Float64Array.from(space.net, (net, v) => (space.pool[v]! < 0 ? 0 : net / size[rowP[v]!]!)),
    cost,
    low: zeros(all),
    high: zeros(all),
    value: zeros(all),
    /** Reduced costs, those of options relative to the key of their group. */
    reduced: zeros(all),
    alpha: zeros(all),
    isBasic: new Uint8Array(all),
    isHigh: new Uint8Array(all),
    key: new Int32Array(groupCount),
    work: new Int32Array(m),
    /** Of each group, how many options are basic, the key aside. */
    busy: new Int32Array(groupCount),
    inverse: zeros(m * m),
    /** Room to reckon in, of a row's length and of a basis. */
    scratch: [zeros(m), zeros(m), zeros(m * m)] as const,
    /** Prices of rows; one more for options without a pool. */
    price: zeros(m + 1),
    rhs: zeros(m),
    openGroups: new Int32Array(groupCount),
    openCount: 0,
    current: null as Basis | null,
  }
}

/** Takes on the bounds of a node. */
export function loadNode(s: Simplex, node: SearchNode): void {
  const { space, n, m, low, high, size } = s
  const { tariff, first } = space
  low.set(node.low)
  high.set(node.high)
  for (let r = 0; r < m; r++) {
    const at = n + 2 * r
    low[at] = low[at + 1] = high[at + 1] = 0
    const [pool, plan] = [s.poolAt[r]!, s.planAt[r]!]
    if (pool >= 0) {
      const { block } = tariff.poolRate[pool]!
      s.rhs[r] = (node.blocksLow[pool]! * block - space.decidedNet[pool]!) / size[r]!
      high[at] = ((node.blocksHigh[pool]! - node.blocksLow[pool]!) * block) / size[r]!
      high[at + 1] = Infinity
    } else {
      s.rhs[r] = -space.decidedCount[plan]!
      low[at] = node.countLow[plan]!
      high[at] = node.countHigh[plan]!
    }
  }
  s.openCount = 0
  for (let g = 0; g < space.groupCount; g++) {
    let v = first[g]!
    while (v < first[g + 1]! && node.low[v] === node.high[v]) v++
    if (v < first[g + 1]!) s.openGroups[s.openCount++] = g
  }
}
