import { createGapCounter } from "./gap-counter.ts"
import { createMovedList, isBefore, type MovedList, type Placed } from "./moved-list.ts"

/** The carrier's list: every SIM ordered by (modification date, id), read by position. */
export interface ModificationOrder {
  readonly size: number
  /** How many SIMs were last changed before `date`. */
  countBefore(date: number): number
  /** Ids at the positions from `position` on, at most `count` of them. */
  slice(position: number, count: number): number[]
  /** Puts a SIM at its place by `date`, whether it is in the list or not. */
  place(id: number, date: number): void
  remove(id: number): void
}

/**
 * Orders a fleet whose SIMs 0 to `size` - 1 already ascend by date; those that change move to a second, sorted list.
 *
 * @param seededDate Modification date of a SIM that never changed.
 */
export function createModificationOrder(size: number, seededDate: (id: number) => number): ModificationOrder {
  const seeded = createGapCounter(size)
  const moved = createMovedList()
  /** Where the SIMs went that are no longer at their seeded place; undefined for those that left. */
  const movedDates = new Map<number, number | undefined>()

  function seededAt(rank: number): Placed {
    const id = seeded.atRank(rank)
    return { id, date: seededDate(id) }
  }

  function leavePlace(id: number): void {
    const date = movedDates.get(id)
    if (date !== undefined) moved.remove({ id, date })
    else if (id < size && !movedDates.has(id)) seeded.leave(id)
  }

  return {
    get size() {
      return seeded.remaining + moved.length
    },
    countBefore(date) {
      let low = 0
      let high = size
      while (low < high) {
        const middle = (low + high) >> 1
        if (seededDate(middle) < date) low = middle + 1
        else high = middle
      }
      return seeded.rankOf(low) + moved.countBefore(date)
    },
    slice(position, count) {
      let fromMoved = movedAmongFirst(position, seeded.remaining, seededAt, moved)
      let fromSeeded = position - fromMoved
      const ids: number[] = []
      while (ids.length < count) {
        const a = fromSeeded < seeded.remaining ? seededAt(fromSeeded) : undefined
        const b = moved.at(fromMoved)
        if (a !== undefined && (b === undefined || isBefore(a, b))) {
          ids.push(a.id)
          fromSeeded++
        } else if (b !== undefined) {
          ids.push(b.id)
          fromMoved++
        } else break
      }
      return ids
    },
    place(id, date) {
      leavePlace(id)
      movedDates.set(id, date)
      moved.insert({ id, date })
    },
    remove(id) {
      leavePlace(id)
      movedDates.set(id, undefined)
    },
  }
}

/** How many of the first `position` entries of the merged list come from the moved ones. */
function movedAmongFirst(
  position: number,
  seededCount: number,
  seededAt: (rank: number) => Placed,
  moved: MovedList,
): number {
  let low = Math.max(0, position - seededCount)
  let high = Math.min(position, moved.length)
  while (low < high) {
    const middle = (low + high) >> 1
    const candidate = moved.at(middle)
    // One more moved entry belongs in front if it is older than the last seeded one that would be taken instead.
    if (candidate !== undefined && isBefore(candidate, seededAt(position - middle - 1))) low = middle + 1
    else high = middle
  }
  return low
}
