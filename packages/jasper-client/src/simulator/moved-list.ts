/** One SIM at its place in the order of modification dates. */
export interface Placed {
  readonly date: number
  readonly id: number
}

/** SIMs ordered by (date, id), with their positions. */
export interface MovedList {
  readonly length: number
  insert(entry: Placed): void
  /** Does nothing if the entry is not there. */
  remove(entry: Placed): void
  /** The entry at a position, or undefined past the end. */
  at(position: number): Placed | undefined
  /** How many entries are older than `date`. */
  countBefore(date: number): number
}

/** Chunks are split at this size: the cost of an insertion, against the number of chunks that a look-up steps over. */
const MAX_CHUNK = 512

/**
 * A sorted list in chunks.
 *
 * Nearly every insertion is at the end (a change happens now), but changes that become visible late and SIMs that
 * enter with an old date go to the middle, and any SIM may leave from anywhere when it changes once more.
 */
export function createMovedList(): MovedList {
  const chunks: Placed[][] = []
  let length = 0

  /** The first chunk whose last entry is not before `entry`. */
  function chunkFor(entry: Placed): number {
    let low = 0
    let high = chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      const last = chunks[middle]?.at(-1)
      if (last !== undefined && isBefore(last, entry)) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    get length() {
      return length
    },
    insert(entry) {
      length++
      const index = Math.min(chunkFor(entry), Math.max(0, chunks.length - 1))
      const chunk = chunks[index]
      if (chunk === undefined) {
        chunks.push([entry])
        return
      }
      chunk.splice(lowerBound(chunk, entry), 0, entry)
      if (chunk.length > MAX_CHUNK) chunks.splice(index + 1, 0, chunk.splice(MAX_CHUNK / 2))
    },
    remove(entry) {
      const index = chunkFor(entry)
      const chunk = chunks[index]
      if (chunk === undefined) return
      const place = lowerBound(chunk, entry)
      const found = chunk[place]
      if (found?.date !== entry.date || found.id !== entry.id) return
      chunk.splice(place, 1)
      length--
      if (chunk.length === 0) chunks.splice(index, 1)
    },
    at(position) {
      let left = position
      for (const chunk of chunks) {
        if (left < chunk.length) return chunk[left]
        left -= chunk.length
      }
      return undefined
    },
    countBefore(date) {
      const boundary = { date, id: -1 }
      const index = chunkFor(boundary)
      let count = 0
      for (let i = 0; i < index; i++) count += chunks[i]?.length ?? 0
      const chunk = chunks[index]
      return chunk === undefined ? count : count + lowerBound(chunk, boundary)
    },
  }
}

/** Whether `a` comes before `b` in the order of the carrier's list. */
export function isBefore(a: Placed, b: Placed): boolean {
  return a.date < b.date || (a.date === b.date && a.id < b.id)
}

function lowerBound(chunk: readonly Placed[], entry: Placed): number {
  let low = 0
  let high = chunk.length
  while (low < high) {
    const middle = (low + high) >> 1
    const candidate = chunk[middle]
    if (candidate !== undefined && isBefore(candidate, entry)) low = middle + 1
    else high = middle
  }
  return low
}
