import { sortedOrder } from "../../packages/optimizer/src/sort-order.ts"
import { largeFleet } from "./large-fleet.ts"
const usage = largeFleet({ seed: 1, sims: 1e6, plans: 5 }).sims.usage as Float64Array
const DB = Number(process.argv[2] ?? 11),
  D = 1 << DB
function pairs(keys: Float64Array, largest: number): Int32Array {
  const n = keys.length
  let from = new Uint32Array(2 * n),
    to = new Uint32Array(2 * n)
  const next = new Int32Array(D)
  let isFirst = true
  for (let shift = 0; largest / 2 ** shift >= 1; shift += DB) {
    const isLast = largest / 2 ** (shift + DB) < 1
    next.fill(0)
    if (isFirst) for (let i = 0; i < n; i++) next[keys[i]! & (D - 1)]!++
    else for (let i = 0; i < 2 * n; i += 2) next[(from[i]! >>> shift) & (D - 1)]!++
    let sum = 0
    for (let d = 0; d < D; d++) {
      const s = next[d]!
      next[d] = sum
      sum += s
    }
    if (isFirst) {
      for (let i = 0; i < n; i++) {
        const key = keys[i]!
        const at = next[key & (D - 1)]!++
        to[2 * at] = key
        to[2 * at + 1] = i
      }
    } else if (isLast) {
      const out = new Int32Array(to.buffer, 0, n)
      for (let i = 0; i < 2 * n; i += 2) out[next[(from[i]! >>> shift) & (D - 1)]!++] = from[i + 1]!
      return out
    } else
      for (let i = 0; i < 2 * n; i += 2) {
        const key = from[i]!
        const at = next[(key >>> shift) & (D - 1)]!++
        to[2 * at] = key
        to[2 * at + 1] = from[i + 1]!
      }
    isFirst = false
    ;[from, to] = [to, from]
  }
  return Int32Array.from({ length: n }, (_, i) => from[2 * i + 1]!)
}
let largest = 0
for (const u of usage) if (u > largest) largest = u
console.log("largest", largest)
for (let k = 0; k < 6; k++) {
  let t = performance.now()
  const a = sortedOrder(usage)
  const t1 = performance.now() - t
  t = performance.now()
  const b = pairs(usage, largest)
  const t2 = performance.now() - t
  t = performance.now()
  usage.slice().sort()
  const t3 = performance.now() - t
  let same = true
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) same = false
  console.log("now", t1.toFixed(1), "pairs", t2.toFixed(1), "sort", t3.toFixed(1), same)
}
