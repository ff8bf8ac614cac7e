/** Counts which of the numbers 0 to `size` - 1 have left, and finds the ones that stayed by their rank. */
export interface GapCounter {
  /** How many stayed. */
  readonly remaining: number
  leave(id: number): void
  /** How many of the numbers below `id` stayed. */
  rankOf(id: number): number
  /** The number that stayed and has this rank; `rank` is below `remaining`. */
  atRank(rank: number): number
}

/**
 * A Fenwick tree over the numbers that left. It starts out all zeros, so that a fleet of a million costs one
 * allocation; every question takes 20 steps then.
 */
export function createGapCounter(size: number): GapCounter {
  const left = new Int32Array(size + 1)
  const highest = 2 ** Math.floor(Math.log2(Math.max(1, size)))
  let remaining = size

  return {
    get remaining() {
      return remaining
    },
    leave(id) {
      remaining--
      for (let i = id + 1; i <= size; i += i & -i) left[i] = (left[i] ?? 0) + 1
    },
    rankOf(id) {
      let gone = 0
      for (let i = Math.min(id, size); i > 0; i -= i & -i) gone += left[i] ?? 0
      return Math.min(id, size) - gone
    },
    atRank(rank) {
      let id = 0
      let before = 0
      for (let step = highest; step > 0; step >>= 1) {
        const next = id + step
        if (next > size) continue
        const stayed = before + step - (left[next] ?? 0)
        if (stayed > rank) continue
        id = next
        before = stayed
      }
      return id
    },
  }
}
