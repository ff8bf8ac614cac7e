// Below this the passes over 4,096 counters cost more than comparing.
const FEW = 2048
const DIGIT_BITS = 12
const DIGITS = 1 << DIGIT_BITS
// What fits beside a position.
const MOST = 2 ** 32 - 1

/** Keys in ascending order, and where each came from. */
export interface Sorted {
  readonly order: Int32Array
  readonly keys: Float64Array
}

/**
 * Sorts keys, equal ones in the order they come in.
 *
 * @param keys Integers of 0 or more.
 */
export function sortKeys(keys: ArrayLike<number>): Sorted {
  const count = keys.length
  let largest = 0
  for (let i = 0; i < count; i++) if (keys[i]! > largest) largest = keys[i]!
  if (count < FEW) {
    const order = new Int32Array(count)
    for (let i = 0; i < count; i++) order[i] = i
    return compared({ order, keys: new Float64Array(count) }, keys, 0)
  }
  const sorted = sortByDigits(keys, Math.min(largest, MOST))
  if (largest < MOST) return sorted
  // Usages above 4 TB look alike so far.
  let first = count
  while (first > 0 && sorted.keys[first - 1] === MOST) first--
  return compared(sorted, keys, first)
}

/** Puts what is at `first` and after it in order by comparing. */
function compared(sorted: Sorted, keys: ArrayLike<number>, first: number): Sorted {
  sorted.order.subarray(first).sort((a, b) => keys[a]! - keys[b]! || a - b)
  for (let k = first; k < sorted.order.length; k++) sorted.keys[k] = keys[sorted.order[k]!]!
  return sorted
}

// Keys travel beside their positions: reading them through the permutation would miss the cache on every step.
function sortByDigits(keys: ArrayLike<number>, largest: number): Sorted {
  const count = keys.length
  let from = new Uint32Array(2 * count)
  for (let i = 0; i < count; i++) {
    from[2 * i] = Math.min(keys[i]!, MOST)
    from[2 * i + 1] = i
  }
  const next = new Int32Array(DIGITS)
  let shift = 0
  for (let to = new Uint32Array(0); largest / 2 ** (shift + DIGIT_BITS) >= 1; shift += DIGIT_BITS) {
    if (to.length === 0) to = new Uint32Array(2 * count)
    startsOf(from, shift, next)
    for (let i = 0; i < 2 * count; i += 2) {
      const key = from[i]!
      const at = 2 * next[(key >>> shift) & (DIGITS - 1)]!++
      to[at] = key
      to[at + 1] = from[i + 1]!
    }
    ;[from, to] = [to, from]
  }
  const sorted = { order: new Int32Array(count), keys: new Float64Array(count) }
  startsOf(from, shift, next)
  for (let i = 0; i < 2 * count; i += 2) {
    const at = next[(from[i]! >>> shift) & (DIGITS - 1)]!++
    sorted.keys[at] = from[i]!
    sorted.order[at] = from[i + 1]!
  }
  return sorted
}

/** Fills `starts` with the first position of each digit. */
function startsOf(pairs: Uint32Array, shift: number, starts: Int32Array): void {
  starts.fill(0)
  for (let i = 0; i < pairs.length; i += 2) starts[(pairs[i]! >>> shift) & (DIGITS - 1)]!++
  let sum = 0
  for (let digit = 0; digit < DIGITS; digit++) {
    const size = starts[digit]!
    starts[digit] = sum
    sum += size
  }
}
