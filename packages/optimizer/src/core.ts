import { loadClassCharge, newClassCharge, ownCharge } from "./class-charge.ts"
import type { Fleet } from "./fleet.ts"
import type { Prices } from "./prices.ts"

/**
 * The SIMs whose plan is worth a second thought, with the plans worth thinking of.
 *
 * Option `o` of unit `u` is entry `first[u] + o` of the option columns. `regret` is what the option costs above the
 * unit's best at the prices: total cost = lower bound + sum of regrets + what pools leave unused of their price.
 */
export interface Core {
  readonly unitCount: number
  /** Place of each unit. */
  readonly place: Int32Array
  /** First option of each unit: `unitCount + 1` entries. */
  readonly first: Int32Array
  readonly plan: Int32Array
  /** Pool of the option, -1 without one. */
  readonly pool: Int32Array
  /** Own charge, micro-units. */
  readonly own: Float64Array
  /** Usage minus allowance, KB. */
  readonly net: Float64Array
  readonly regret: Float64Array
}

const SPREAD_SHARE = 0.25

/** All places that may be moved, ascending: near the borders between plans, thinning out geometrically. */
export function placesNearBorders(fleet: Fleet, plans: Int32Array, wanted: number, round = 0): Int32Array {
  const { simCount, classCount, classStart } = fleet
  if (simCount <= wanted) return Int32Array.from({ length: simCount }, (_, place) => place)
  const borders: { first: number; at: number; end: number }[] = []
  for (let index = 0; index < classCount; index++) {
    let start = classStart[index]!
    const end = classStart[index + 1]!
    for (let place = start + 1; place < end; place++) {
      if (plans[place] === plans[place - 1]) continue
      if (borders.length > 0 && borders.at(-1)!.end === start) borders.at(-1)!.end = place
      borders.push({ first: start, at: place, end: place })
      start = place
    }
    if (borders.length > 0 && borders.at(-1)!.at === start) borders.at(-1)!.end = end
  }
  const chosen = new Set<number>()
  const each = Math.max(1, Math.floor(wanted / Math.max(1, borders.length) / 2))
  const stride = Math.max(1, Math.ceil((2 * borders.length) / wanted))
  for (let b = round % stride; b < borders.length; b += stride) {
    const { first, at, end } = borders[b]!
    for (const [origin, room, sign] of [
      [at - 1, at - first, -1],
      [at, end - at, 1],
    ] as const) {
      let distance = 0
      for (let taken = 0; taken < each && distance < room; taken++) {
        chosen.add(origin + sign * distance)
        distance += taken < each / 2 ? 1 : Math.max(1, Math.floor(distance / 6))
      }
    }
  }
  // SIMs of all usages as well: where plans tie over a wide range, none of them is near a border.
  const spread = Math.max(1, Math.floor(simCount / (wanted * SPREAD_SHARE)))
  for (let place = (spread * ((5 * round + 4) % 8)) >> 3; place < simCount; place += spread) chosen.add(place)
  return Int32Array.from(chosen).sort()
}

/**
 * Builds the core over given places.
 *
 * @param places Ascending.
 * @param most At most this many options per unit, the least regretted ones; the plan it is on is always among them.
 */
export function coreOf(fleet: Fleet, prices: Prices, plans: Int32Array, places: Int32Array, most: number): Core {
  const { tariff } = fleet
  const charge = newClassCharge(tariff.planCount)
  const first = new Int32Array(places.length + 1)
  const columns = { plan: [] as number[], own: [] as number[], net: [] as number[], regret: [] as number[] }
  const owns = new Float64Array(tariff.planCount)
  const values = new Float64Array(tariff.planCount)
  let index = 0
  let loaded = -1
  for (let u = 0; u < places.length; u++) {
    const place = places[u]!
    while (place >= fleet.classStart[index + 1]!) index++
    if (index !== loaded) loadClassCharge(fleet, (loaded = index), charge)
    const usage = fleet.usage[place]!
    let options = Array.from(charge.plans.subarray(0, charge.planCount))
    let least = Infinity
    for (const plan of options) {
      const pool = tariff.poolOf[plan]!
      owns[plan] = ownCharge(fleet, charge, usage, plan)
      const pooled = pool < 0 ? 0 : prices.pool[pool]! * (usage - charge.allowance[plan]!)
      values[plan] = owns[plan]! + pooled + prices.max[plan]! - prices.min[plan]!
      least = Math.min(least, values[plan]!)
    }
    options.sort((a, b) => values[a]! - values[b]! || a - b)
    if (options.length > most) {
      const current = plans[place]!
      options = options.slice(0, most)
      if (!options.includes(current)) options[most - 1] = current
    }
    for (const plan of options) {
      columns.plan.push(plan)
      columns.own.push(owns[plan]!)
      columns.net.push(tariff.poolOf[plan]! < 0 ? 0 : usage - charge.allowance[plan]!)
      columns.regret.push(values[plan]! - least)
    }
    first[u + 1] = columns.plan.length
  }
  const plan = Int32Array.from(columns.plan)
  return {
    unitCount: places.length,
    place: places,
    first,
    plan,
    pool: plan.map((p) => tariff.poolOf[p]!),
    own: Float64Array.from(columns.own),
    net: Float64Array.from(columns.net),
    regret: Float64Array.from(columns.regret),
  }
}
