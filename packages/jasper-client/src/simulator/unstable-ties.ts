import type { FleetState } from "./fleet-state.ts"
import { hash32 } from "./hash.ts"

/**
 * Reads a part of the list as a carrier does that sorts by modification date alone: SIMs of one instant come in an
 * order that differs from call to call.
 *
 * @param turn Tells the calls apart.
 */
export function sliceUnstable(state: FleetState, position: number, count: number, turn: number): number[] {
  const { order } = state
  const ids = order.slice(position, count)
  const first = ids[0]
  const last = ids.at(-1)
  if (first === undefined || last === undefined) return ids
  const dateOf = (id: number): number => state.shownRecord(id).dateUpdated
  const start = order.countBefore(dateOf(first))
  const end = order.countBefore(dateOf(last) + 1)
  const whole = order
    .slice(start, end - start)
    .map((id) => ({ id, date: dateOf(id), draw: hash32(turn, 60, id) }))
    .sort((a, b) => a.date - b.date || a.draw - b.draw)
  return whole.slice(position - start, position - start + ids.length).map(({ id }) => id)
}
