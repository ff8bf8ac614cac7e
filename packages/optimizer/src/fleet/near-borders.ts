import type { Fleet } from "./fleet.ts"

/** Where the plan changes along the usages of a class: at `at`, with the stretch of the plan before from `first`, of the one after to `end`. */
export interface Border {
  readonly first: number
  readonly at: number
  end: number
}

// So much of what is wanted is spread over all usages: where plans tie over a wide range, none of it is near a border.
const SPREAD_SHARE = 0.25

/** Finds the borders between plans. */
export function bordersOf({ classCount, classStart }: Fleet, plans: Int32Array): readonly Border[] {
  const borders: Border[] = []
  for (let index = 0; index < classCount; index++) {
    let start = classStart[index]!
    const end = classStart[index + 1]!
    let last: Border | null = null
    for (let place = start + 1; place < end; place++) {
      if (plans[place] === plans[place - 1]) continue
      if (last !== null) last.end = place
      borders.push((last = { first: start, at: place, end }))
      start = place
    }
  }
  return borders
}

/** About as many places as wanted, ascending: near borders, thinning out geometrically. Each round takes others. */
export function placesNear(borders: readonly Border[], simCount: number, wanted: number, round: number): Int32Array {
  if (simCount <= wanted) return Int32Array.from({ length: simCount }, (_, place) => place)
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
  const spread = Math.max(1, Math.floor(simCount / (wanted * SPREAD_SHARE)))
  for (let place = (spread * ((5 * round + 4) % 8)) >> 3; place < simCount; place += spread) chosen.add(place)
  return Int32Array.from(chosen).sort()
}
