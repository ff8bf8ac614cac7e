import { loadClassCharge, newClassCharge, ownCharge } from "../fleet/class-charge.ts"
import type { Fleet } from "../fleet/fleet.ts"
import { bordersOf, placesNear } from "../fleet/near-borders.ts"
import type { Prices } from "../prices/prices.ts"
import type { WorkBudget } from "../problem/work-budget.ts"

/**
 * Moves SIMs until every `minSims` and `maxSims` holds, each time along the chain of plans that costs least at the prices.
 *
 * @param plans Plan at each place; updated. The problem must be feasible.
 */
export function meetLimits(fleet: Fleet, prices: Prices, plans: Int32Array, budget: WorkBudget): void {
  const { planCount, minSims, maxSims } = fleet.tariff
  if (!minSims.some((least) => least > 0) && !maxSims.some((most) => most !== Infinity)) return
  const count = new Float64Array(planCount)
  for (const plan of plans) count[plan]!++
  // Near the borders between plans moving costs least; where no chain is found there, every SIM is looked at.
  let near: Int32Array | null = placesNear(bordersOf(fleet, plans), fleet.simCount, NEAR, 0)
  let arcs = cheapestMoves(fleet, prices, plans, near, budget)
  let isFresh = true
  for (;;) {
    const over = findPlan(planCount, (plan) => count[plan]! - maxSims[plan]!)
    const under = findPlan(planCount, (plan) => minSims[plan]! - count[plan]!)
    if (over < 0 && under < 0) return
    const chain =
      over >= 0
        ? cheapestChain(
            arcs,
            planCount,
            (plan) => plan === over,
            // A chain that ends where SIMs are missing mends two limits at once.
            (plan) => count[plan]! < maxSims[plan]!,
          )
        : cheapestChain(
            arcs,
            planCount,
            (plan) => count[plan]! > minSims[plan]!,
            (plan) => plan === under,
          )
    if (chain === null) {
      if (isFresh && near === null) return
      if (isFresh) near = null
    } else {
      count[chain[0]!]!--
      count[chain.at(-1)!]!++
      for (let k = 0; k + 1 < chain.length; k++) {
        plans[arcs.places[chain[k]! * planCount + chain[k + 1]!]![0]!] = chain[k + 1]!
      }
      isFresh = false
    }
    // SIMs that have moved are no longer to be had; once an arc runs out of those it knows, all are looked for again.
    if (chain === null || !dropMoved(arcs, plans, planCount)) {
      arcs = cheapestMoves(fleet, prices, plans, near, budget)
      isFresh = true
    }
  }
}

// So many SIMs are remembered for each pair of plans: looking for them goes through the whole fleet.
const MOST_KNOWN = 64
const NEAR = 40_000

/** For each pair of plans, the SIMs that can move from one to the other at the least cost, cheapest first. */
interface Moves {
  readonly places: number[][]
  readonly costs: number[][]
  /** Cost of the first; Infinity without one. */
  readonly cost: Float64Array
}

/** @returns False if a pair of plans that had SIMs to move has none left. */
function dropMoved({ places, costs, cost }: Moves, plans: Int32Array, planCount: number): boolean {
  let isEnough = true
  places.forEach((known, arc) => {
    const from = Math.floor(arc / planCount)
    while (known.length > 0 && plans[known[0]!] !== from) {
      known.shift()
      costs[arc]!.shift()
      if (known.length === 0) isEnough = false
    }
    cost[arc] = costs[arc]![0] ?? Infinity
  })
  return isEnough
}

/** @param near Places to look at, ascending; `null`: all. */
function cheapestMoves(
  fleet: Fleet,
  prices: Prices,
  plans: Int32Array,
  near: Int32Array | null,
  budget: WorkBudget,
): Moves {
  const { tariff } = fleet
  const { planCount } = tariff
  const places = Array.from({ length: planCount * planCount }, (): number[] => [])
  const costs = places.map((): number[] => [])
  const worst = new Float64Array(planCount * planCount).fill(Infinity)
  const charge = newClassCharge(planCount)
  const value = (usage: number, plan: number): number => {
    const pool = tariff.poolOf[plan]!
    const own = ownCharge(fleet, charge, usage, plan)
    return pool < 0 ? own : own + prices.pool[pool]! * (usage - charge.allowance[plan]!)
  }
  const placeCount = near?.length ?? fleet.simCount
  budget.spend(4 * placeCount * planCount)
  let next = 0
  for (let index = 0; index < fleet.classCount; index++) {
    loadClassCharge(fleet, index, charge)
    const end = fleet.classStart[index + 1]!
    for (; next < placeCount && (near?.[next] ?? next) < end; next++) {
      const at = near?.[next] ?? next
      const from = plans[at]!
      const usage = fleet.usage[at]!
      const now = value(usage, from)
      for (let p = 0; p < charge.planCount; p++) {
        const to = charge.plans[p]!
        const arc = from * planCount + to
        const change = value(usage, to) - now
        if (to === from || change >= worst[arc]!) continue
        const known = costs[arc]!
        let k = known.length
        while (k > 0 && known[k - 1]! > change) k--
        known.splice(k, 0, change)
        places[arc]!.splice(k, 0, at)
        if (known.length <= MOST_KNOWN) continue
        known.pop()
        places[arc]!.pop()
        worst[arc] = known[MOST_KNOWN - 1]!
      }
    }
  }
  return { places, costs, cost: Float64Array.from(costs, (known) => known[0] ?? Infinity) }
}

/** The cheapest chain of moves from a starting plan to an end plan; costs may be negative. */
function cheapestChain(
  arcs: Moves,
  planCount: number,
  isStart: (plan: number) => boolean,
  isEnd: (plan: number) => boolean,
): readonly number[] | null {
  const distance = new Float64Array(planCount).fill(Infinity)
  const before = new Int32Array(planCount).fill(-1)
  for (let plan = 0; plan < planCount; plan++) if (isStart(plan)) distance[plan] = 0
  // Plans are settled like Dijkstra's, each once, so that no chain visits a plan twice even where a move is a gain.
  const isSettled = new Uint8Array(planCount)
  for (;;) {
    let plan = -1
    for (let p = 0; p < planCount; p++) {
      if (isSettled[p] === 0 && distance[p]! < Infinity && (plan < 0 || distance[p]! < distance[plan]!)) plan = p
    }
    if (plan < 0) return null
    isSettled[plan] = 1
    if (isEnd(plan)) {
      const chain = [plan]
      while (before[chain[0]!]! >= 0) chain.unshift(before[chain[0]!]!)
      if (chain.length > 1) return chain
    }
    for (let to = 0; to < planCount; to++) {
      const next = distance[plan]! + arcs.cost[plan * planCount + to]!
      if (isSettled[to] === 1 || next >= distance[to]!) continue
      distance[to] = next
      before[to] = plan
    }
  }
}

/** The plan with the largest positive value, -1 if there is none. */
function findPlan(planCount: number, value: (plan: number) => number): number {
  let best = -1
  for (let plan = 0; plan < planCount; plan++) {
    if (value(plan) > 0 && (best < 0 || value(plan) > value(best))) best = plan
  }
  return best
}
