import type { DueFault } from "./fault-schedule.ts"
import type { Fleet } from "./fleet.ts"
import type { FleetState } from "./fleet-state.ts"
import { hash32, hashBelow } from "./hash.ts"
import type { Operator } from "./operator.ts"

/** What a disturbance works on. */
interface DisturbedList {
  readonly fleet: Fleet
  readonly state: FleetState
  readonly operator: Operator
  /** Epoch milliseconds. */
  readonly now: number
}

/** Changes the list behind the caller's back, as a fault of the moment `aside` asks for. */
export function disturbList({ fault, draw, count }: DueFault, { fleet, state, operator, now }: DisturbedList): void {
  for (let i = 0; i < count; i++) {
    const point = hash32(draw, 0, i)
    if (fault === "oldArrivals") {
      const oldest = state.order.slice(0, 1)[0]
      const from = oldest === undefined ? now - 1 : state.shownRecord(oldest).dateUpdated
      operator.enter(from + hashBelow(draw, 1, i, Math.max(1, Math.min(now - from, 0xffff_ffff))))
      continue
    }
    const id = fault === "returns" ? goneId(state, point) : presentId(state, point)
    if (id === undefined) continue
    const iccid = fleet.iccidOf(id)
    if (fault === "churn") operator.change(iccid, { accountCustom10: `churn ${draw} ${i}` })
    else if (fault === "departures") operator.leave(iccid)
    else if (fault === "returns") operator.comeBack(iccid)
  }
}

function presentId(state: FleetState, point: number): number | undefined {
  return state.order.slice(point % Math.max(1, state.order.size), 1)[0]
}

/** A SIM that left: the next one from a seeded point on. */
function goneId(state: FleetState, point: number): number | undefined {
  for (let i = 0; i < state.idLimit; i++) {
    const id = (point + i) % state.idLimit
    if (!state.has(id)) return id
  }
  return undefined
}
