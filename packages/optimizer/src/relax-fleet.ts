import { type ClassCharge, loadClassCharge, newClassCharge, ownCharge } from "./class-charge.ts"
import { chooseAtPrices } from "./choose.ts"
import type { Fleet } from "./fleet.ts"
import { solveLinkedProgram } from "./interior-point.ts"
import type { LinkedProgram, LinkRow } from "./linked-program.ts"
import { legalBox, linkRowsOf, type PriceBox, type Prices, pricesOf, type RowMap, rowMapOf } from "./prices.ts"

/** The relaxation of a whole fleet, solved. */
export interface RelaxedFleet {
  readonly prices: Prices
  /** Groups of neighbouring places that the optimum splits between plans. */
  readonly splits: readonly Split[]
  readonly steps: number
}

/** How many SIMs of a run of places go to which plan. */
export interface Split {
  /** Class of the run. */
  readonly index: number
  readonly from: number
  readonly to: number
  readonly plans: readonly number[]
  readonly amounts: readonly number[]
}

// About this many items in the first round; each later round looks only at what the one before left open.
const FIRST_ITEMS = 1500
const CHILDREN = 8
const MOST_ROUNDS = 9
// Prices are trusted to this share of themselves after the first round, and four times better after each.
const FIRST_DOUBT = 0.03

/** Runs of places that are still open, with what is decided elsewhere. */
interface Open {
  from: number[]
  to: number[]
  index: number[]
  plans: (readonly number[] | null)[]
}

/**
 * Finds prices that maximise the lower bound.
 *
 * SIMs are taken in runs of neighbours in usage. A run whose members all choose the same plan, whatever the prices may still
 * do, is decided and leaves the programme; the others are split and solved again, down to single SIMs.
 */
export function relaxFleet(fleet: Fleet): RelaxedFleet {
  const { tariff } = fleet
  const map = rowMapOf(tariff)
  const netUsage = new Float64Array(tariff.poolCount)
  const simCount = new Float64Array(tariff.planCount)
  const legal = legalBox(tariff, map)
  let box = legal
  let open = firstRuns(fleet)
  let doubt = FIRST_DOUBT
  let steps = 0
  let best: RelaxedFleet | null = null
  let bestValue = -Infinity
  for (let round = 0; ; round++) {
    const built = buildProgram(fleet, map, box, open, netUsage, simCount)
    const solved = solveLinkedProgram(built.program)
    steps += solved.steps
    const prices = pricesOf(tariff, map, solved.multiplier)
    const { value } = chooseAtPrices(fleet, prices, null)
    if (value > bestValue) {
      bestValue = value
      best = { prices, splits: splitsOf(open, built, solved.amount), steps }
    }
    const isFine = open.from.every((from, k) => fleet.usage[from] === fleet.usage[open.to[k]! - 1])
    if (isFine || round === MOST_ROUNDS) return { ...best!, steps }
    open = narrow(fleet, prices, open, doubt, netUsage, simCount)
    box = boxAround(legal, built.program.rows, solved.multiplier, doubt)
    doubt /= 4
  }
}

/** The prices that the next round may choose from: those for which decided runs stay decided. */
function boxAround(legal: PriceBox, rows: readonly LinkRow[], multiplier: Float64Array, doubt: number): PriceBox {
  const swing = rows.map((row, r) => swingOf(row.kind === "pool" ? row.price : 0, multiplier[r]!, doubt))
  return {
    low: multiplier.map((value, r) => Math.max(legal.low[r]!, value - swing[r]!)),
    high: multiplier.map((value, r) => Math.min(legal.high[r]!, value + swing[r]!)),
  }
}

function swingOf(ceiling: number, price: number, doubt: number): number {
  return doubt * (price + 1e-4 * ceiling)
}

/** A linear programme over runs of places. */
interface BuiltProgram {
  readonly program: LinkedProgram
  /** Plan of each variable. */
  readonly plan: Int32Array
}

function buildProgram(
  fleet: Fleet,
  map: RowMap,
  box: PriceBox,
  open: Open,
  netUsage: Float64Array,
  simCount: Float64Array,
): BuiltProgram {
  const { tariff } = fleet
  const charge = newClassCharge(tariff.planCount)
  const itemCount = open.from.length
  const first = new Int32Array(itemCount + 1)
  const weight = new Float64Array(itemCount)
  const columns = { cost: [] as number[], pool: [] as number[], net: [] as number[], plan: [] as number[] }
  let loaded = -1
  for (let k = 0; k < itemCount; k++) {
    if (open.index[k] !== loaded) loadClassCharge(fleet, (loaded = open.index[k]!), charge)
    const from = open.from[k]!
    const to = open.to[k]!
    weight[k] = to - from
    const mean = (fleet.usageBefore[to]! - fleet.usageBefore[from]!) / (to - from)
    const plans = open.plans[k] ?? charge.plans.subarray(0, charge.planCount)
    for (const plan of competitive(fleet, charge, plans, fleet.usage[from]!, fleet.usage[to - 1]!)) {
      const pool = tariff.poolOf[plan]!
      columns.cost.push(pool >= 0 ? charge.base[plan]! : ownCharge(fleet, charge, Math.round(mean), plan))
      columns.pool.push(pool < 0 ? -1 : map.pool[pool]!)
      columns.net.push(pool < 0 ? 0 : mean - charge.allowance[plan]!)
      columns.plan.push(plan)
    }
    first[k + 1] = columns.plan.length
  }
  const plan = Int32Array.from(columns.plan)
  const program: LinkedProgram = {
    itemCount,
    first,
    weight,
    cost: Float64Array.from(columns.cost),
    poolRow: Int32Array.from(columns.pool),
    net: Float64Array.from(columns.net),
    maxRow: plan.map((p) => map.max[p]!),
    minRow: plan.map((p) => map.min[p]!),
    upper: null,
    rows: linkRowsOf(tariff, map, box, netUsage, simCount),
  }
  return { program, plan }
}

/** Plans that some legal pool prices make the cheapest somewhere between two usages. */
function competitive(
  fleet: Fleet,
  charge: ClassCharge,
  plans: ArrayLike<number>,
  least: number,
  most: number,
): readonly number[] {
  const { tariff } = fleet
  if (plans.length === 1) return [plans[0]!]
  const kept: number[] = []
  let ceilingLow = Infinity
  let ceilingHigh = Infinity
  for (let p = 0; p < plans.length; p++) {
    const plan = plans[p]!
    if (tariff.maxSims[plan] !== Infinity) continue
    ceilingLow = Math.min(ceilingLow, dearest(fleet, charge, plan, least))
    ceilingHigh = Math.min(ceilingHigh, dearest(fleet, charge, plan, most))
  }
  for (let p = 0; p < plans.length; p++) {
    const plan = plans[p]!
    // A plan that must hold some SIMs may be taken although it is dear.
    const isWanted = tariff.minSims[plan]! > 0
    const low = cheapest(fleet, charge, plan, least)
    const high = cheapest(fleet, charge, plan, most)
    if (isWanted || low <= ceilingLow || high <= ceilingHigh || least !== most) kept.push(plan)
  }
  return kept
}

function dearest(fleet: Fleet, charge: ClassCharge, plan: number, usage: number): number {
  const pool = fleet.tariff.poolOf[plan]!
  if (pool < 0) return ownCharge(fleet, charge, usage, plan)
  const excess = usage - charge.allowance[plan]!
  return charge.base[plan]! + (excess > 0 ? excess * fleet.tariff.poolRate[pool]!.perKb : 0)
}

function cheapest(fleet: Fleet, charge: ClassCharge, plan: number, usage: number): number {
  const pool = fleet.tariff.poolOf[plan]!
  if (pool < 0) return ownCharge(fleet, charge, usage, plan)
  const excess = usage - charge.allowance[plan]!
  return charge.base[plan]! + (excess < 0 ? excess * fleet.tariff.poolRate[pool]!.perKb : 0)
}

/** Drops plans that stay dearer over a whole run, decides runs with one plan left, and splits the others. */
function narrow(
  fleet: Fleet,
  prices: Prices,
  open: Open,
  doubt: number,
  netUsage: Float64Array,
  simCount: Float64Array,
): Open {
  const { tariff } = fleet
  const charge = newClassCharge(tariff.planCount)
  const next: Open = { from: [], to: [], index: [], plans: [] }
  let loaded = -1
  for (let k = 0; k < open.from.length; k++) {
    if (open.index[k] !== loaded) loadClassCharge(fleet, (loaded = open.index[k]!), charge)
    const from = open.from[k]!
    const to = open.to[k]!
    const all = open.plans[k] ?? charge.plans.subarray(0, charge.planCount)
    const low = stillOpen(fleet, charge, prices, all, fleet.usage[from]!, doubt)
    const high = stillOpen(fleet, charge, prices, all, fleet.usage[to - 1]!, doubt)
    const plans = Array.from(all).filter((plan) => low.has(plan) || high.has(plan) || tariff.poolOf[plan]! < 0)
    if (plans.length === 1) {
      decide(fleet, charge, plans[0]!, from, to, netUsage, simCount)
      continue
    }
    for (const [start, end] of childrenOf(fleet, from, to)) {
      next.from.push(start)
      next.to.push(end)
      next.index.push(loaded)
      next.plans.push(plans)
    }
  }
  return next
}

function stillOpen(
  fleet: Fleet,
  charge: ClassCharge,
  prices: Prices,
  plans: ArrayLike<number>,
  usage: number,
  doubt: number,
): ReadonlySet<number> {
  const { tariff } = fleet
  let ceiling = Infinity
  const floors: number[] = []
  for (let p = 0; p < plans.length; p++) {
    const plan = plans[p]!
    const pool = tariff.poolOf[plan]!
    const excess = usage - charge.allowance[plan]!
    const limits = prices.max[plan]! - prices.min[plan]!
    const value =
      (pool < 0 ? ownCharge(fleet, charge, usage, plan) : charge.base[plan]! + prices.pool[pool]! * excess) + limits
    let swing = pool < 0 ? 0 : swingOf(tariff.poolRate[pool]!.perKb, prices.pool[pool]!, doubt) * Math.abs(excess)
    if (tariff.maxSims[plan] !== Infinity || tariff.minSims[plan]! > 0)
      swing += swingOf(0, prices.max[plan]! + prices.min[plan]!, doubt)
    floors.push(value - swing)
    ceiling = Math.min(ceiling, value + swing)
  }
  return new Set(Array.from(plans).filter((_, p) => floors[p]! <= ceiling))
}

function decide(
  fleet: Fleet,
  charge: ClassCharge,
  plan: number,
  from: number,
  to: number,
  netUsage: Float64Array,
  simCount: Float64Array,
): void {
  simCount[plan]! += to - from
  const pool = fleet.tariff.poolOf[plan]!
  if (pool < 0) return
  netUsage[pool]! += fleet.usageBefore[to]! - fleet.usageBefore[from]! - (to - from) * charge.allowance[plan]!
}

function firstRuns(fleet: Fleet): Open {
  const open: Open = { from: [], to: [], index: [], plans: [] }
  const charge = newClassCharge(fleet.tariff.planCount)
  const isSmall = fleet.simCount <= FIRST_ITEMS
  for (let index = 0; index < fleet.classCount; index++) {
    loadClassCharge(fleet, index, charge)
    if (charge.planCount === 0) continue
    const from = fleet.classStart[index]!
    const to = fleet.classStart[index + 1]!
    const wanted = isSmall ? to - from : Math.max(1, Math.ceil((FIRST_ITEMS * (to - from)) / fleet.simCount))
    const stride = (to - from) / wanted
    let start = from
    for (let k = 1; k <= wanted && start < to; k++) {
      // Equal usages stay together: their members are interchangeable.
      const end = k === wanted ? to : Math.max(start, endOfEquals(fleet, Math.floor(from + k * stride) - 1, to))
      if (end === start) continue
      open.from.push(start)
      open.to.push(end)
      open.index.push(index)
      open.plans.push(null)
      start = end
    }
  }
  return open
}

function childrenOf(fleet: Fleet, from: number, to: number): [number, number][] {
  if (fleet.usage[from] === fleet.usage[to - 1]) return [[from, to]]
  const children: [number, number][] = []
  const stride = Math.max(1, (to - from) / CHILDREN)
  let start = from
  for (let k = 1; start < to; k++) {
    const at = Math.min(to - 1, Math.max(start, Math.floor(from + k * stride) - 1))
    const end = endOfEquals(fleet, at, to)
    children.push([start, end])
    start = end
  }
  return children
}

/** First place after `place` with another usage, at most `to`. */
function endOfEquals(fleet: Fleet, place: number, to: number): number {
  let end = place + 1
  while (end < to && fleet.usage[end] === fleet.usage[place]) end++
  return end
}

function splitsOf(open: Open, built: BuiltProgram, amount: Float64Array): readonly Split[] {
  return open.from.map((from, k) => {
    const plans = Array.from(built.plan.subarray(built.program.first[k]!, built.program.first[k + 1]!))
    const amounts = Array.from(amount.subarray(built.program.first[k]!, built.program.first[k + 1]!))
    return { index: open.index[k]!, from, to: open.to[k]!, plans, amounts }
  })
}
