import { PERMITTED_PLANS, RATE_PLANS } from "./rate-plans.ts"

/** A group of SIMs with one communication plan and a habit of using data. */
interface UsageGroup {
  readonly communicationPlan: string
  /** Share of the fleet, in thousandths. */
  readonly share: number
  /** Usage that half of its SIMs with any usage stay below, bytes in a month. */
  readonly medianBytes: number
}

const KIB = 1024
const MIB = 1024 * 1024

/** What the fleet is made of; the shares add up to 1,000. */
export const USAGE_GROUPS: readonly UsageGroup[] = [
  { communicationPlan: "Metering NB-IoT", share: 300, medianBytes: 614 * KIB },
  { communicationPlan: "Asset Tracking", share: 250, medianBytes: 4 * MIB },
  { communicationPlan: "Fleet Telematics", share: 200, medianBytes: 20 * MIB },
  { communicationPlan: "LTE Data Only", share: 120, medianBytes: 60 * MIB },
  { communicationPlan: "Video Gateway", share: 50, medianBytes: 700 * MIB },
  { communicationPlan: "Private APN", share: 80, medianBytes: 10 * MIB },
]

/**
 * Quantiles of a log-normal variable (sigma 1.2, clipped at 2.2 sigma) in steps of 1/32, as thousandths of the median.
 *
 * A table, because `Math.exp` and `Math.log` differ between engines in the last digit, and then so would the fleets.
 */
export const USAGE_QUANTILES: readonly number[] = [
  71, 107, 159, 206, 251, 298, 345, 394, 445, 499, 556, 617, 682, 752, 828, 910, 1000, 1099, 1208, 1329, 1466, 1620,
  1798, 2004, 2247, 2539, 2900, 3360, 3977, 4863, 6302, 9349, 14020,
]

/** Share of the activated SIMs without any usage, in thousandths. */
export const IDLE_SHARE = 225

/** Share of the SIMs that sit on a plan which is not the best one for them, in thousandths. */
export const MISPLACED_SHARE = 65

/** Statuses and their shares of the fleet in thousandths; only the first one has usage. */
export const STATUS_SHARES: readonly (readonly [status: string, share: number])[] = [
  ["ACTIVATED", 965],
  ["DEACTIVATED", 14],
  ["TEST_READY", 8],
  ["INVENTORY", 8],
  ["ACTIVATION_READY", 5],
]

/**
 * What a megabyte in each plan's pool is worth when every SIM is well placed, in micro-units, in the order of
 * RATE_PLANS (0 for stand-alone plans): the multipliers of the pools in the optimum of a very large fleet.
 */
const SHADOW_PRICES: readonly number[] = [301_471, 98_775, 34_178, 13_690, 4_996, 4_011, 0, 0]

/** What one SIM with this usage costs on a plan, its share of the pool's worth included. */
function worthOf(planIndex: number, usageMegabytes: number): number {
  const plan = RATE_PLANS[planIndex]
  const shadowPrice = SHADOW_PRICES[planIndex]
  if (plan === undefined || shadowPrice === undefined) throw new RangeError(`No rate plan ${planIndex}`)
  const over = usageMegabytes - plan.includedMegabytes
  if (plan.pooled) return plan.monthlyMicros + shadowPrice * over
  return plan.monthlyMicros + plan.overageMicrosPerMegabyte * Math.max(0, over)
}

/** Indexes into RATE_PLANS that a group's communication plan permits, smallest plan first. */
export function permittedPlanIndexes(group: UsageGroup): readonly number[] {
  const names = PERMITTED_PLANS[group.communicationPlan] ?? []
  return names.map((name) => RATE_PLANS.findIndex((plan) => plan.name === name))
}

/** The best of the permitted plans for a usage, as an index into RATE_PLANS. */
export function bestPlanIndex(permitted: readonly number[], usageBytes: number): number {
  const usageMegabytes = usageBytes / MIB
  let best = permitted[0] ?? 0
  for (const candidate of permitted) {
    if (worthOf(candidate, usageMegabytes) < worthOf(best, usageMegabytes)) best = candidate
  }
  return best
}
