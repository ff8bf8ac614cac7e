import type { BillingCycle } from "./billing-cycle.ts"
import { addUsage, type CycleUsage, NO_USAGE, shareOfUsage, subtractUsage } from "./cycle-usage.ts"
import type { Fleet } from "./fleet.ts"
import type { FleetState } from "./fleet-state.ts"
import { hashBelow } from "./hash.ts"
import { RATE_PLANS } from "./rate-plans.ts"
import type { Stretch } from "./timeline.ts"

/** Usage that was made on one rate plan. */
export interface RatedUsage {
  readonly ratePlan: string
  readonly usage: CycleUsage
}

/** What the carrier has counted, as far as it has arrived. */
export interface UsageMeter {
  /** A SIM's usage in a cycle as the carrier knows it at `now`, by the plan it was made on. */
  ratedUsage(id: number, cycle: BillingCycle, now: number): readonly RatedUsage[]
  /** The same over all plans. */
  usage(id: number, cycle: BillingCycle, now: number): CycleUsage
}

const LAG_STREAM = 40
const SEASON_STREAM = 41
const MAX_LAG_MS = 6 * 3_600_000

/**
 * Every SIM has used what it uses in a month, once and for all, on the plan that the seed gave it: the fleet of a
 * product that is looked at today, whatever the day of the month.
 */
export function createStaticMeter(fleet: Fleet, state: FleetState): UsageMeter {
  const usage = (id: number): CycleUsage => (id < fleet.size ? fleet.usageOf(id) : NO_USAGE)
  return {
    usage,
    ratedUsage: (id) => [{ ratePlan: seededPlan(fleet, state, id), usage: usage(id) }],
  }
}

/**
 * Usage grows with the clock while a SIM is active, is rated by the plan it is on at the time, and arrives up to six
 * hours late, so that a closed cycle still grows for a while.
 */
export function createGrowingMeter(seed: number, fleet: Fleet, state: FleetState): UsageMeter {
  /** What a SIM has used since the cycle began, at an instant within it. */
  function reading(id: number, cycle: BillingCycle, at: number): CycleUsage {
    // A month is not like the other: 80 to 120 percent of the habit.
    const season = 80 + hashBelow(seed, SEASON_STREAM, id ^ Math.imul(cycle.index, 0x9e3779b9), 41)
    const length = cycle.endsAt - cycle.startsAt
    const elapsed = Math.min(Math.max(at - cycle.startsAt, 0), length)
    return shareOfUsage(shareOfUsage(fleet.habitOf(id), season, 100), elapsed, length)
  }

  function stretchesOf(id: number): readonly Stretch[] {
    const known = state.timeline.of(id)
    if (known !== undefined) return known
    const { ratePlan, status } = state.trueRecord(id)
    const isActive = status === "ACTIVATED"
    return [{ from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY, ratePlan, isActive }]
  }

  function ratedUsage(id: number, cycle: BillingCycle, now: number): readonly RatedUsage[] {
    const arrivedUntil = now - hashBelow(seed, LAG_STREAM, id, MAX_LAG_MS)
    const rated = new Map<string, CycleUsage>()
    for (const { from, until, ratePlan, isActive } of stretchesOf(id)) {
      const start = Math.max(from, cycle.startsAt)
      const end = Math.min(until, cycle.endsAt, arrivedUntil)
      if (!isActive || end <= start) continue
      const used = subtractUsage(reading(id, cycle, end), reading(id, cycle, start))
      rated.set(ratePlan, addUsage(rated.get(ratePlan) ?? NO_USAGE, used))
    }
    return [...rated].map(([ratePlan, usage]) => ({ ratePlan, usage }))
  }

  return {
    ratedUsage,
    usage: (id, cycle, now) => ratedUsage(id, cycle, now).reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE),
  }
}

function seededPlan(fleet: Fleet, state: FleetState, id: number): string {
  if (id >= fleet.size) return state.trueRecord(id).ratePlan
  return RATE_PLANS[fleet.deviceOf(id).planIndex]?.name ?? ""
}
