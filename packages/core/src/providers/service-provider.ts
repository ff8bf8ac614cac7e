import type { BillingSchedule } from "../domain/mod.ts"

/** A carrier account of a tenant. Its API key is sealed apart and never part of this record. */
export interface ServiceProvider {
  readonly id: string
  readonly tenantId: string
  readonly name: string
  /** Which connector speaks to it, for example `Jasper`. */
  readonly integrationType: string
  readonly baseUrl: string
  readonly username: string
  /** Day of the month on which its billing periods end, 1 to 31; in a shorter month its last day. */
  readonly billingPeriodEndDay: number
  /** Hour of that day, 0 to 23, in `timeZone`. */
  readonly billingPeriodEndHour: number
  /** IANA zone. */
  readonly timeZone: string
  /** Whether the carrier prorates a rate plan's charge when a SIM joins or leaves it within the period. */
  readonly usesProration: boolean
  /**
   * Hour in `timeZone`, 0 to 23, from which its scheduled optimizations start; `null` where none are scheduled.
   */
  readonly optimizationStartHour: number | null
  /** The site that finalize gives to devices without one; `null` = they stay without. */
  readonly defaultSiteId: string | null
  readonly createdAt: number
}

/** What is needed to connect. Lives in memory only as long as a connection is made. */
export interface ProviderCredentials {
  readonly baseUrl: string
  readonly username: string
  readonly apiKey: string
}

/** Settings of a service provider as they are entered. */
export interface ServiceProviderSettings {
  readonly name: string
  readonly integrationType: string
  /** `https:`, or `http:` on loopback. */
  readonly baseUrl: string
  readonly username: string
  readonly apiKey: string
  readonly billingPeriodEndDay: number
  /** `null` means 0. @default 0 */
  readonly billingPeriodEndHour?: number | null
  readonly timeZone: string
  /** @default false */
  readonly usesProration?: boolean
  /** @default null */
  readonly optimizationStartHour?: number | null
  /** @default null */
  readonly defaultSiteId?: string | null
}

/** When the provider's billing periods end. */
export function billingScheduleOf(provider: ServiceProvider): BillingSchedule {
  return {
    endDay: provider.billingPeriodEndDay,
    endHour: provider.billingPeriodEndHour,
    timeZone: provider.timeZone,
  }
}
