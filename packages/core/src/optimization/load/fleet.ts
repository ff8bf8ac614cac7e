import { type ForecastOptions, forecast } from "@altaworx/optimizer"
import type { BillingPeriod, CommunicationPlan } from "../../domain/mod.ts"
import type { Projection } from "../session/session.ts"
import type { UsableRatePlans } from "./usable-rate-plans.ts"

/** A SIM as a session takes it over. */
export interface FleetSim {
  /** Name of its market. */
  readonly market: string
  readonly serviceProviderId: string
  readonly portalType: "M2M" | "Mobility"
  readonly carrierDeviceId: string
  /** What says which rate plans it may be on: a communication plan, or what takes its place. */
  readonly communicationPlan: string | null
  readonly ratePlan: string | null
  readonly isBillable: boolean
  readonly usageBytes: number
  readonly projectedBytes: number
  /** Band around `projectedBytes`. */
  readonly lowBytes: number
  readonly highBytes: number
  readonly smsCount: number
  /** Days of the period in which it is billed. */
  readonly days: number
}

/** SIMs that share prices and pools, and nothing with others: who may be on what, at which prices. */
export interface Market {
  readonly name: string
  /** The account at the carrier that bills it, where the provider holds several. */
  readonly integrationAuthenticationId?: string
  readonly usable: UsableRatePlans
  readonly communicationPlans: readonly Pick<CommunicationPlan, "name" | "permittedRatePlans">[]
}

/** All that a session optimizes. */
export interface Fleet {
  sims(): AsyncGenerator<readonly FleetSim[], void>
  /** Asked once all SIMs were read. */
  markets(): readonly Market[]
}

const DAY_MS = 86_400_000

/**
 * Usage at the end of the period with its band, bytes: projected once, from what was read. Never less than that; and what was
 * read outside the period is taken as it is.
 */
export function projectUsage(
  usage: { readonly bytes: number; readonly usageAt: number | null; readonly isActive: boolean },
  period: BillingPeriod,
  projection: Projection,
  now: number,
): Pick<FleetSim, "projectedBytes" | "lowBytes" | "highBytes"> {
  // Without an instant there is no rate to go by; in a period that is over there is nothing to come.
  if (projection === "none" || usage.usageAt === null || now > period.endsAt) {
    return { projectedBytes: usage.bytes, lowBytes: usage.bytes, highBytes: usage.bytes }
  }
  const options: ForecastOptions = { method: projection, isActive: usage.isActive }
  const observation = { usage: usage.bytes, observedAt: usage.usageAt }
  const cycle = { cycleStartsAt: period.startsAt, cycleEndsAt: period.endsAt }
  const { usage: projectedBytes, low: lowBytes, high: highBytes } = forecast({ ...observation, ...cycle }, options)
  return { projectedBytes, lowBytes, highBytes }
}

/** Days from activation to the end of the period, started ones counted; the whole period for a SIM activated before it. */
export function billedDays(activatedAt: number | null, period: BillingPeriod, cycleDays: number): number {
  if (activatedAt === null || activatedAt < period.startsAt || activatedAt > period.endsAt) return cycleDays
  return Math.min(cycleDays, Math.ceil((period.endsAt - activatedAt) / DAY_MS))
}
