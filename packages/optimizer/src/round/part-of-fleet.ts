import type { Fleet } from "../fleet/fleet.ts"

/** Some of a fleet's places as a fleet of their own, whose place `k` is `places[k]`. */
export function partOfFleet(fleet: Fleet, places: Int32Array): Fleet {
  const starts: number[] = []
  const origin: number[] = []
  const usageBefore = new Float64Array(places.length + 1)
  let index = 0
  places.forEach((place, k) => {
    usageBefore[k + 1] = usageBefore[k]! + fleet.usage[place]!
    while (place >= fleet.classStart[index + 1]!) index++
    if (origin.at(-1) === index) return
    origin.push(index)
    starts.push(k)
  })
  return {
    tariff: fleet.tariff,
    simCount: places.length,
    classCount: origin.length,
    classStart: Int32Array.from([...starts, places.length]),
    classDays: Float64Array.from(origin, (c) => fleet.classDays[c]!),
    classComm: Int32Array.from(origin, (c) => fleet.classComm[c]!),
    classCurrent: Int32Array.from(origin, (c) => fleet.classCurrent[c]!),
    classSms: Float64Array.from(origin, (c) => fleet.classSms[c]!),
    order: places.map((place) => fleet.order[place]!),
    usage: Float64Array.from(places, (place) => fleet.usage[place]!),
    usageBefore,
  }
}

/** The places with neighbours of the same class and usage, up to `most` on either side. */
export function withEquals({ usage, classStart }: Fleet, places: Int32Array, most: number): Int32Array {
  const all: number[] = []
  let index = 0
  let next = 0
  for (const place of places) {
    while (place >= classStart[index + 1]!) index++
    let from = place
    while (from > Math.max(next, classStart[index]!, place - most) && usage[from - 1] === usage[place]) from--
    const end = Math.min(classStart[index + 1]!, place + most)
    for (next = Math.max(next, from); next < end && usage[next] === usage[place]; next++) all.push(next)
  }
  return Int32Array.from(all)
}
