import type { Fleet } from "./fleet.ts"
import { RATE_PLANS } from "./rate-plans.ts"

/** The zone of the operator's own network. */
export const HOME_ZONE = "Home"

/** Every other network. */
export const ROAMING_ZONE = "Roaming"

/** The SIMs of a fleet that used something, by rate plan and zone. */
export interface UsageLists {
  /** Ids in ascending order; empty for a plan that nobody used. */
  of(planIndex: number, zone: string): Int32Array
}

/**
 * Lists usage by the plan on which it was made: the plan at the start of the cycle, since usage that was rated stays
 * where it is when a SIM moves. One pass over the fleet, when the first question comes.
 */
export function createUsageLists(fleet: Fleet): UsageLists {
  let lists: ReadonlyMap<string, Int32Array> | undefined

  return {
    of(planIndex, zone) {
      lists ??= collect(fleet)
      return lists.get(keyOf(planIndex, zone)) ?? new Int32Array(0)
    },
  }
}

function collect(fleet: Fleet): ReadonlyMap<string, Int32Array> {
  const growing = RATE_PLANS.map(() => ({ home: [] as number[], roaming: [] as number[] }))
  for (let id = 0; id < fleet.size; id++) {
    const usage = fleet.usageOf(id)
    const isUsed = usage.homeBytes > 0 || usage.smsSent + usage.smsReceived > 0
    if (!isUsed && usage.roamingBytes === 0) continue
    const lists = growing[fleet.deviceOf(id).planIndex]
    if (isUsed) lists?.home.push(id)
    if (usage.roamingBytes > 0) lists?.roaming.push(id)
  }
  const lists = new Map<string, Int32Array>()
  for (const [planIndex, { home, roaming }] of growing.entries()) {
    lists.set(keyOf(planIndex, HOME_ZONE), Int32Array.from(home))
    lists.set(keyOf(planIndex, ROAMING_ZONE), Int32Array.from(roaming))
  }
  return lists
}

function keyOf(planIndex: number, zone: string): string {
  return `${planIndex} ${zone}`
}
