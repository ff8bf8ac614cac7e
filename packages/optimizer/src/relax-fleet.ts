import { type Choice, chooseAtPrices } from "./choose.ts"
import { loadClassCharge, newClassCharge, ownCharge } from "./class-charge.ts"
import type { Fleet } from "./fleet.ts"
import { solveLinkedProgram } from "./interior-point.ts"
import type { LinkedProgram } from "./linked-program.ts"
import { boxAround, isAtSide, legalBox, type PriceBox } from "./price-box.ts"
import { freePrices, linkRowsOf, type Prices, pricesOf } from "./prices.ts"
import { type RowMap, rowMapOf } from "./row-map.ts"
import { divide, type Run, type Runs } from "./runs.ts"

/** The relaxation of a whole fleet, solved. */
export interface RelaxedFleet {
  readonly prices: Prices
  /** What SIMs choose at the prices. */
  readonly choice: Choice
  /** Prices of the last, finest division: about the same, but the ones that `splits` belongs to. */
  readonly splitPrices: Prices
  /** Runs of places that the optimum splits between plans. */
  readonly splits: readonly Split[]
  readonly steps: number
}

/** How many SIMs of a run go to which of its plans. */
export interface Split extends Run {
  readonly amounts: readonly number[]
}

interface Stage {
  /** How finely the fleet is divided: about so many open runs. */
  readonly items: number
  /** How wide the box is around the last prices. */
  readonly factor: number
  readonly tolerance: number
  /** How far the interior method starts from the last prices. */
  readonly startMu: number
}

// Few coarse runs and a wide box first; then finer and closer, until nothing is left to find.
const STAGES: readonly Stage[] = [
  { items: 200, factor: 8, tolerance: 1e-2, startMu: 0.1 },
  { items: 250, factor: 3, tolerance: 1e-3, startMu: 0.02 },
  { items: 500, factor: 1.3, tolerance: 1e-4, startMu: 2e-3 },
  { items: 900, factor: 1.08, tolerance: 1e-5, startMu: 2e-4 },
  { items: 1500, factor: 1.02, tolerance: 1e-6, startMu: 2e-5 },
  { items: 1500, factor: 1.005, tolerance: 1e-7, startMu: 2e-6 },
]
const BALANCING: Stage = { items: 1500, factor: 1.02, tolerance: 1e-7, startMu: 1e-3 }
// What the finer division could still gain is below this share.
const WORTHWHILE = 2e-7
// A price at the side of its box does not matter if its pool is this near to balance, as a share of the bound.
const NEGLIGIBLE = 1e-8
const MOST_REPEATS = 2
// Prices that are this little worse for the bound may still tell best how to split.
const NEARLY = 1e-5
// Fleets up to this size are solved SIM by SIM.
const MOST_SINGLES = 5000
const SINGLES: readonly Stage[] = [1e6, 2, 2, 2, 2].map((factor) => ({
  items: MOST_SINGLES,
  factor,
  tolerance: 1e-11,
  startMu: 0.1,
}))

/**
 * Finds prices that maximise the lower bound.
 *
 * Each stage looks for the best prices within a box around the best so far. Runs of neighbouring SIMs that all choose the same plan
 * whatever the prices in the box are decided; only the others are in the linear programme, split finely.
 *
 * Yields between stages.
 *
 * @param isCut Asked often; true ends with the best prices so far.
 */
export function* relaxFleet(fleet: Fleet, isCut: () => boolean): Generator<void, RelaxedFleet, void> {
  const { tariff } = fleet
  const map = rowMapOf(tariff)
  const legal = legalBox(tariff, map)
  const factor = new Float64Array(map.count)
  let start = commonPrice(fleet, map)
  let steps = 0
  const common = pricesOf(tariff, map, start)
  const atCommon = chooseAtPrices(fleet, common, null)
  let best: RelaxedFleet = { prices: common, choice: atCommon, splitPrices: common, splits: [], steps }
  /** Solves one stage; tells whether the prices stayed inside the box, and what share of the bound a finer division may add. */
  const run = (stage: Stage): { isInside: boolean; isFine: boolean; left: number } => {
    factor.forEach((value, r) => {
      factor[r] = Math.max(value, stage.factor)
    })
    const box = boxAround(legal, start, factor)
    const runs = divide(fleet, map, box, stage.items + itemsPerClass(stage) * Math.min(fleet.classCount, 3000))
    const built = buildProgram(fleet, map, box, runs)
    const solved = solveLinkedProgram(built.program, { ...stage, isCut })
    steps += solved.steps
    const prices = pricesOf(tariff, map, solved.multiplier)
    const choice = chooseAtPrices(fleet, prices, null)
    if (choice.value >= best.choice.value) {
      best = { prices, choice, splitPrices: prices, splits: [], steps }
      start = solved.multiplier
    }
    if (choice.value >= best.choice.value * (1 - NEARLY)) {
      best = { ...best, splitPrices: prices, splits: splitsOf(runs, built, solved.amount) }
    }
    const imbalance = imbalanceOf(built.program, solved.amount)
    let isInside = true
    // Limits that hold with little to spare drift further in early stages than is worth following.
    const hasLimits = built.program.rows.some((row) => row.kind !== "pool")
    const negligible = hasLimits ? Math.max(NEGLIGIBLE, 0.03 * stage.tolerance) : NEGLIGIBLE
    factor.forEach((value, r) => {
      const isPinned =
        isAtSide(legal, box, r, solved.multiplier[r]!) &&
        Math.abs(imbalance[r]! * solved.multiplier[r]!) > negligible * Math.abs(choice.value)
      if (isPinned) isInside = false
      // Where the price ran into the side, the next box is wider.
      factor[r] = isPinned ? Math.min(value * 4, 1e6) : 1
    })
    const left = (solved.value + runs.own) / choice.value - 1
    return { isInside: isInside && solved.isConverged, isFine: runs.isFine, left }
  }

  /**
   * The splits that go with the best prices. A price held at the side of its box leaves its pool out of balance, so here every
   * pool pays what it really costs; only the plans in play are those of the box.
   */
  const balanced = (): RelaxedFleet => {
    const box = boxAround(legal, start, new Float64Array(map.count).fill(BALANCING.factor))
    const runs = divide(fleet, map, box, BALANCING.items + itemsPerClass(BALANCING) * Math.min(fleet.classCount, 3000))
    const built = buildProgram(fleet, map, { ...legal, start }, runs)
    const solved = solveLinkedProgram(built.program, { ...BALANCING, isCut })
    const splits = splitsOf(runs, built, solved.amount)
    return { ...best, splitPrices: best.prices, splits, steps: steps + solved.steps }
  }

  const isSmall = fleet.simCount <= MOST_SINGLES
  for (const stage of isSmall ? [...STAGES.slice(0, 1), ...SINGLES] : STAGES) {
    // A price that ran into the side of its box gets a wider one before the others are closed in on.
    const repeats = isSmall ? 0 : stage.tolerance > 1e-4 ? 0 : MOST_REPEATS
    for (let repeat = 0; repeat <= repeats; repeat++) {
      const { isInside, isFine, left } = run(stage)
      yield
      if (isCut()) return { ...best, steps }
      if (isInside && isFine && stage.tolerance < 1e-8) return { ...best, steps }
      if (isInside && !isSmall && stage.tolerance <= 1e-5 && Math.abs(left) < WORTHWHILE) return balanced()
      if (isInside) break
    }
  }
  return isSmall ? { ...best, steps } : balanced()
}

/** Each class has borders of its own between plans, so the finer the stage, the more runs it asks for. */
function itemsPerClass({ tolerance }: Stage): number {
  return tolerance > 1e-3 ? 4 : tolerance > 1e-4 ? 10 : tolerance > 1e-5 ? 30 : 60
}

/** By row: how far what the items take is from balance. */
function imbalanceOf(
  { itemCount, first, poolRow, maxRow, minRow, net, rows }: LinkedProgram,
  amount: Float64Array,
): Float64Array {
  const imbalance = Float64Array.from(rows, (row) =>
    row.kind === "pool" ? row.fixed : row.kind === "max" ? -row.count : row.count,
  )
  for (let v = 0; v < first[itemCount]!; v++) {
    if (poolRow[v]! >= 0) imbalance[poolRow[v]!]! += net[v]! * amount[v]!
    if (maxRow[v]! >= 0) imbalance[maxRow[v]!]! += amount[v]!
    if (minRow[v]! >= 0) imbalance[minRow[v]!]! -= amount[v]!
  }
  return imbalance
}

/** A linear programme over runs of places. */
interface BuiltProgram {
  readonly program: LinkedProgram
  /** Plan of each variable. */
  readonly plan: Int32Array
}

function buildProgram(fleet: Fleet, map: RowMap, box: PriceBox, runs: Runs): BuiltProgram {
  const { tariff } = fleet
  const charge = newClassCharge(tariff.planCount)
  const itemCount = runs.open.length
  const variables = runs.open.reduce((sum, run) => sum + run.plans.length, 0)
  const first = new Int32Array(itemCount + 1)
  const weight = new Float64Array(itemCount)
  const cost = new Float64Array(variables)
  const net = new Float64Array(variables)
  const poolRow = new Int32Array(variables).fill(-1)
  const plan = new Int32Array(variables)
  let loaded = -1
  let v = 0
  runs.open.forEach(({ index, from, to, plans }, k) => {
    if (index !== loaded) loadClassCharge(fleet, (loaded = index), charge)
    weight[k] = to - from
    const mean = (fleet.usageBefore[to]! - fleet.usageBefore[from]!) / (to - from)
    for (const p of plans) {
      const pool = tariff.poolOf[p]!
      plan[v] = p
      if (pool < 0) {
        cost[v] = ownCharge(fleet, charge, Math.round(mean), p)
      } else {
        cost[v] = charge.base[p]!
        poolRow[v] = map.pool[pool]!
        net[v] = mean - charge.allowance[p]!
      }
      v++
    }
    first[k + 1] = v
  })
  const program: LinkedProgram = {
    itemCount,
    first,
    weight,
    cost,
    poolRow,
    net,
    maxRow: plan.map((p) => map.max[p]!),
    minRow: plan.map((p) => map.min[p]!),
    upper: null,
    rows: linkRowsOf(tariff, map, box, runs.netUsage, runs.simCount),
  }
  return { program, plan }
}

/**
 * A price per KB, the same for all pools, at which about as much allowance is bought as is used.
 *
 * From prices that are far off, every SIM would crowd onto one plan and the way to the optimum would be long.
 */
function commonPrice(fleet: Fleet, map: RowMap): Float64Array {
  const { tariff } = fleet
  const prices = freePrices(tariff)
  const dearest = tariff.poolRate.reduce((most, rate) => Math.max(most, rate.perKb), 0)
  let low = 0
  let high = dearest
  for (let k = 0; k < 16; k++) {
    const price = (low + high) / 2
    tariff.poolRate.forEach((rate, pool) => {
      prices.pool[pool] = Math.min(price, rate.perKb)
    })
    const { netUsage } = chooseAtPrices(fleet, prices, null)
    if (netUsage.reduce((sum, net) => sum + net, 0) > 0) low = price
    else high = price
  }
  // With free allowance everywhere the price would be nothing, and nothing cannot be scaled up.
  const found = Math.max((low + high) / 2, dearest / 1000)
  const start = new Float64Array(map.count)
  map.pool.forEach((row, pool) => {
    if (row >= 0) start[row] = Math.min(found, tariff.poolRate[pool]!.perKb)
  })
  return start
}

function splitsOf(runs: Runs, built: BuiltProgram, amount: Float64Array): readonly Split[] {
  const { first } = built.program
  return runs.open.map((run, k) => ({ ...run, amounts: Array.from(amount.subarray(first[k]!, first[k + 1]!)) }))
}
