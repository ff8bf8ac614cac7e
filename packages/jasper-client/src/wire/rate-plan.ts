/** A number the carrier sends as a number or as text, kept as text so that no digit is lost; may be `Unlimited`. */
export type CarrierDecimal = string

/** Subscription price of one tier. */
export interface SubscriptionTier {
  readonly tierLevel: number | null
  readonly subscriberThreshold: CarrierDecimal | null
  readonly subscriberCapacity: CarrierDecimal | null
  readonly perSubscriberCharge: CarrierDecimal | null
}

/** Overage price of one tier of one zone, whatever the service. */
export interface OverageTier {
  readonly tierLevel: number | null
  readonly subscribersMoreThan: CarrierDecimal | null
  readonly subscribersUpTo: CarrierDecimal | null
  readonly overage: CarrierDecimal | null
  readonly overageUnit: string | null
}

/** Data rating of one zone. */
export interface DataZone {
  readonly includedData: CarrierDecimal | null
  readonly includedDataUnit: string | null
  readonly zoneUsageLimit: CarrierDecimal | null
  readonly zoneUsageLimitUnit: string | null
  readonly bulkOverageEnabled: boolean | null
  readonly useTheseDataRoundingSettingsForAllZones: boolean | null
  readonly dataRoundingUnit: string | null
  readonly dataRoundingFrequency: string | null
  readonly tiers: readonly OverageTier[]
}

/** SMS or voice rating of one zone. */
export interface ServiceZone {
  readonly included: CarrierDecimal | null
  readonly includedUnit: string | null
  readonly roundingUnit: string | null
  readonly tiers: readonly OverageTier[]
}

/** SMS or voice rating of a plan. */
export interface ServiceRating {
  readonly useDefaultRating: boolean | null
  readonly type: string | null
  readonly moAndMtRating: string | null
  /** Do the subscribers share one allowance? */
  readonly pooled: boolean | null
  readonly zones: Readonly<Record<string, ServiceZone>>
}

/**
 * One published rate plan. Different plan types return different fields: all but `name` may be null.
 * Whether data is pooled is read off `type` (`Monthly - Pooled Subscriber`).
 */
export interface RatePlan {
  readonly name: string
  readonly id: string | null
  readonly accountName: string | null
  readonly accountId: string | null
  readonly versionId: string | null
  readonly version: number | null
  readonly status: string | null
  readonly type: string | null
  readonly subscriptionCharge: CarrierDecimal | null
  readonly subscriptionChargeUnit: string | null
  readonly numberOfTiers: number | null
  readonly tierTreatment: string | null
  readonly lengthOfTerm: string | null
  readonly expireTermBasedOnUsage: boolean | null
  readonly tiers: readonly SubscriptionTier[]
  /** Zone name to flag; its keys are the plan's zones. */
  readonly reportOverageAsRoaming: Readonly<Record<string, boolean>>
  readonly dataUsage: {
    readonly useDefaultRating: boolean | null
    readonly usageLimit: CarrierDecimal | null
    readonly usageLimitUnit: string | null
    readonly zones: Readonly<Record<string, DataZone>>
  } | null
  readonly smsUsage: ServiceRating | null
  readonly voiceUsage: ServiceRating | null
}
