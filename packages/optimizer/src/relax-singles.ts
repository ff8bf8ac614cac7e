import { chooseAtPrices } from "./choose.ts"
import { loadClassCharge, newClassCharge, ownCharge } from "./class-charge.ts"
import type { Fleet } from "./fleet.ts"
import { solveLinkedProgram } from "./interior-point.ts"
import type { LinkedProgram } from "./linked-program.ts"
import { boxAround, isAtSide, legalBox, type PriceBox } from "./price-box.ts"
import { linkRowsOf, pricesOf } from "./prices.ts"
import type { RelaxedFleet, Split } from "./relaxed-fleet.ts"
import type { RowMap } from "./row-map.ts"
import { divide, type Runs } from "./runs.ts"

// The whole legal range first, then boxes around what was found until the prices stay inside one.
const WIDTHS = [1e6, 2, 2, 2, 2]
const TOLERANCE = 1e-11
const MOST_RUNS = 10_000
// A price at the side of its box does not matter if its pool is this near to balance, as a share of the bound.
const NEGLIGIBLE = 1e-8
// Prices that are this little worse for the bound may still tell best how to split.
const NEARLY = 1e-5

/**
 * Solves the relaxation of a small fleet SIM by SIM, to the digits that proofs of optimality need.
 *
 * Yields between attempts.
 */
export function* relaxSingles(
  fleet: Fleet,
  map: RowMap,
  near: RelaxedFleet,
  from: Float64Array,
  isCut: () => boolean,
): Generator<void, RelaxedFleet, void> {
  const legal = legalBox(fleet.tariff, map)
  const factor = new Float64Array(map.count)
  const [poolDrift, planDrift] = [new Float64Array(fleet.tariff.poolCount), new Float64Array(fleet.tariff.planCount)]
  let best = near
  let start = from
  for (const width of WIDTHS) {
    factor.forEach((value, r) => {
      factor[r] = Math.max(value, width)
    })
    const box = boxAround(legal, start, factor)
    const runs = divide(fleet, map, box, MOST_RUNS)
    const built = buildProgram(fleet, map, box, runs)
    const solved = solveLinkedProgram(built.program, { tolerance: TOLERANCE, isCut })
    const prices = pricesOf(fleet.tariff, map, solved.multiplier)
    const choice = chooseAtPrices(fleet, prices, null)
    const splits = splitsOf(runs, built, solved.amount)
    if (choice.value >= best.choice.value) {
      best = { prices, choice, splitPrices: prices, splits, poolDrift, planDrift }
      start = solved.multiplier
    } else if (choice.value >= best.choice.value * (1 - NEARLY)) {
      best = { ...best, splitPrices: prices, splits, poolDrift, planDrift }
    }
    const imbalance = imbalanceOf(built.program, solved.amount)
    let isInside = solved.isConverged
    factor.forEach((value, r) => {
      const isPinned =
        isAtSide(legal, box, r, solved.multiplier[r]!) &&
        Math.abs(imbalance[r]! * solved.multiplier[r]!) > NEGLIGIBLE * Math.abs(choice.value)
      if (isPinned) isInside = false
      // Where the price ran into the side, the next box is wider.
      factor[r] = isPinned ? Math.min(value * 4, 1e6) : 1
    })
    yield
    if (isCut() || (isInside && runs.isFine)) break
  }
  return best
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

function splitsOf(runs: Runs, built: BuiltProgram, amount: Float64Array): readonly Split[] {
  const { first } = built.program
  return runs.open.map((run, k) => ({ ...run, amounts: Array.from(amount.subarray(first[k]!, first[k + 1]!)) }))
}
