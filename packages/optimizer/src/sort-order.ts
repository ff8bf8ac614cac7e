// Below this the passes over 2,048 counters cost more than comparing.
const FEW = 1024
const DIGIT_BITS = 11
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

// Keys travel with their positions: reading them through the permutation would miss the cache on every step.
function radixOrder(keys: ArrayLike<number>, largest: number): Int32Array {
  const count = keys.length
  let fromKeys = new Uint32Array(keys as ArrayLike<number>)
  let toKeys = new Uint32Array(count)
  let from: Int32Array<ArrayBuffer> | null = null
  let to = new Int32Array(count)
  let spare: Int32Array<ArrayBuffer> | null = null
  const next = new Int32Array(DIGITS)
  for (let shift = 0; largest / 2 ** shift >= 1; shift += DIGIT_BITS) {
    next.fill(0)
    for (let i = 0; i < count; i++) next[(fromKeys[i]! >>> shift) & (DIGITS - 1)]!++
    let sum = 0
    for (let digit = 0; digit < DIGITS; digit++) {
      const size = next[digit]!
      next[digit] = sum
      sum += size
    }
    const isLast = largest / 2 ** (shift + DIGIT_BITS) < 1
    if (from === null) {
      for (let i = 0; i < count; i++) {
        const key = fromKeys[i]!
        const at = next[(key >>> shift) & (DIGITS - 1)]!++
        toKeys[at] = key
        to[at] = i
      }
    } else if (isLast) {
      // Nobody reads the keys after the last pass.
      for (let i = 0; i < count; i++) to[next[(fromKeys[i]! >>> shift) & (DIGITS - 1)]!++] = from[i]!
    } else {
      for (let i = 0; i < count; i++) {
        const key = fromKeys[i]!
        const at = next[(key >>> shift) & (DIGITS - 1)]!++
        toKeys[at] = key
        to[at] = from[i]!
      }
    }
    ;[fromKeys, toKeys] = [toKeys, fromKeys]
    spare = from
    from = to
    to = spare ?? new Int32Array(count)
  }
  return from ?? Int32Array.from({ length: count }, (_, i) => i)
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
    let sum = 0
    for (let digit = 0; digit < DIGITS; digit++) {
      const size = next[digit]!
      next[digit] = sum
      sum += size
    }
    for (let i = 0; i < count; i++) to[next[Math.floor(keys[from[i]!]! / unit) % DIGITS]!++] = from[i]!
    ;[from, to] = [to, from]
  }
  return from
}
