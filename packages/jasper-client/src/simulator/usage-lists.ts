import type { BillingCycle } from "./billing-cycle.ts"
import type { FleetState } from "./fleet-state.ts"
import { RATE_PLANS } from "./rate-plans.ts"
import type { UsageMeter } from "./usage-meter.ts"

/** The zone of the operator's own network. */
export const HOME_ZONE = "Home"

/** Every other network. */
export const ROAMING_ZONE = "Roaming"

/** Ids of the SIMs that used something on one plan, ascending. */
export interface ZoneLists {
  readonly home: Int32Array
  readonly roaming: Int32Array
}

/** The SIMs of a fleet that used something, by rate plan and zone. */
export interface UsageLists {
  of(ratePlan: string, cycle: BillingCycle, now: number): ZoneLists
}

const EMPTY: ZoneLists = { home: new Int32Array(0), roaming: new Int32Array(0) }

/**
 * Lists usage by the plan on which it was made: what was rated stays where it is when a SIM moves.
 *
 * One pass over the fleet for each cycle, and another whenever the answer may have changed: a SIM entered or left, or
 * (where usage grows) an hour has passed or a SIM changed its plan.
 */
export function createUsageLists(state: FleetState, meter: UsageMeter, grows: boolean): UsageLists {
  let key = ""
  let lists: ReadonlyMap<string, ZoneLists> = new Map()

  return {
    of(ratePlan, cycle, now) {
      const growth = grows ? [state.timeline.version, Math.floor(now / 3_600_000), cycle.index] : []
      const current = [state.membershipVersion, ...growth].join()
      if (key !== current) lists = collect(state, meter, cycle, now)
      key = current
      return lists.get(ratePlan) ?? EMPTY
    },
  }
}

function collect(
  state: FleetState,
  meter: UsageMeter,
  cycle: BillingCycle,
  now: number,
): ReadonlyMap<string, ZoneLists> {
  const growing = new Map(RATE_PLANS.map(({ name }) => [name, { home: [] as number[], roaming: [] as number[] }]))
  for (let id = 0; id < state.idLimit; id++) {
    if (!state.has(id)) continue
    for (const { ratePlan, usage } of meter.ratedUsage(id, cycle, now)) {
      const lists = growing.get(ratePlan)
      if (usage.homeBytes + usage.smsSent + usage.smsReceived > 0) lists?.home.push(id)
      if (usage.roamingBytes > 0) lists?.roaming.push(id)
    }
  }
  return new Map(
    [...growing].map(([name, { home, roaming }]) => [
      name,
      { home: Int32Array.from(home), roaming: Int32Array.from(roaming) },
    ]),
  )
}
