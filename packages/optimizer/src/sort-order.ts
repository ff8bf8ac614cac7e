// Below this the passes over 4,096 counters cost more than comparing.
const FEW = 2048
const DIGIT_BITS = 12
const DIGITS = 1 << DIGIT_BITS

/**
 * Positions of `keys` in ascending order of key; equal keys keep their order.
 *
 * @param keys Integers of 0 or more.
 */
export function sortedOrder(keys: ArrayLike<number>): Int32Array {
  const count = keys.length
  if (count < FEW) {
    const order = new Int32Array(count)
    for (let i = 0; i < count; i++) order[i] = i
    return order.sort((a, b) => keys[a]! - keys[b]! || a - b)
  }
  let largest = 0
  for (let i = 0; i < count; i++) if (keys[i]! > largest) largest = keys[i]!
  return largest < 2 ** 32 ? radixOrder(keys, largest) : wideOrder(keys, largest)
}

// Keys travel beside their positions: reading them through the permutation would miss the cache on every step.
function radixOrder(keys: ArrayLike<number>, largest: number): Int32Array {
  const end = 2 * keys.length
  let from = new Uint32Array(end)
  let to = new Uint32Array(end)
  const next = new Int32Array(DIGITS)
  for (let i = 0; i < keys.length; i++) next[keys[i]! & (DIGITS - 1)]!++
  toStarts(next)
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const at = 2 * next[key & (DIGITS - 1)]!++
    to[at] = key
    to[at + 1] = i
  }
  for (let shift = DIGIT_BITS; largest / 2 ** shift >= 1; shift += DIGIT_BITS) {
    ;[from, to] = [to, from]
    next.fill(0)
    for (let i = 0; i < end; i += 2) next[(from[i]! >>> shift) & (DIGITS - 1)]!++
    toStarts(next)
    for (let i = 0; i < end; i += 2) {
      const key = from[i]!
      const at = 2 * next[(key >>> shift) & (DIGITS - 1)]!++
      to[at] = key
      to[at + 1] = from[i + 1]!
    }
  }
  const order = new Int32Array(keys.length)
  for (let i = 0; i < keys.length; i++) order[i] = to[2 * i + 1]!
  return order
}

/** Turns counts into the sums of all before them. */
function toStarts(counts: Int32Array): void {
  let sum = 0
  for (let digit = 0; digit < DIGITS; digit++) {
    const size = counts[digit]!
    counts[digit] = sum
    sum += size
  }
}

// Usages above 4 TB in KB: the same passes with division in place of shifts.
function wideOrder(keys: ArrayLike<number>, largest: number): Int32Array {
  const count = keys.length
  let from = new Int32Array(count)
  let to = new Int32Array(count)
  for (let i = 0; i < count; i++) from[i] = i
  const next = new Int32Array(DIGITS)
  for (let unit = 1; largest / unit >= 1; unit *= DIGITS) {
    next.fill(0)
    for (let i = 0; i < count; i++) next[Math.floor(keys[i]! / unit) % DIGITS]!++
    toStarts(next)
    for (let i = 0; i < count; i++) to[next[Math.floor(keys[from[i]!]! / unit) % DIGITS]!++] = from[i]!
    ;[from, to] = [to, from]
  }
  return from
}
