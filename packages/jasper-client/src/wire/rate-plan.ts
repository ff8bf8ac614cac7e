import * as v from "valibot"
import { flag, idText, integer, text } from "./field.ts"

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

/** One page of rate plans. */
export interface RatePlanPage {
  readonly rows: readonly RatePlan[]
  readonly lastPage: boolean | undefined
}

/** Rate plans, whatever their type: every field but the name may be absent. */
export function ratePlanPageSchema(): v.GenericSchema<unknown, RatePlanPage> {
  return v.pipe(
    v.looseObject({ ratePlans: v.array(ratePlanSchema()), lastPage: flag() }),
    v.transform((page): RatePlanPage => ({ rows: page.ratePlans, lastPage: page.lastPage ?? undefined })),
  )
}

function ratePlanSchema(): v.GenericSchema<unknown, RatePlan> {
  return v.pipe(
    v.looseObject({
      name: v.string(),
      id: idText(),
      accountName: text(),
      accountId: idText(),
      versionId: idText(),
      version: integer(),
      status: text(),
      type: text(),
      subscriptionCharge: idText(),
      subscriptionChargeUnit: text(),
      numberOfTiers: integer(),
      tierTreatment: text(),
      lengthOfTerm: idText(),
      expireTermBasedOnUsage: flag(),
      tiers: v.nullish(v.array(subscriptionTierSchema()), []),
      zones: v.nullish(v.looseObject({ reportOverageAsRoaming: v.nullish(v.record(v.string(), flag()), {}) }), {}),
      dataUsage: v.nullish(
        v.pipe(
          v.looseObject({
            useDefaultRating: flag(),
            usageLimit: idText(),
            usageLimitUnit: text(),
            zones: v.nullish(v.record(v.string(), dataZoneSchema()), {}),
          }),
          v.transform(({ useDefaultRating, usageLimit, usageLimitUnit, zones }) => ({
            useDefaultRating,
            usageLimit,
            usageLimitUnit,
            zones,
          })),
        ),
        null,
      ),
      smsUsage: v.nullish(serviceSchema("SMS"), null),
      voiceUsage: v.nullish(serviceSchema("Voice"), null),
    }),
    v.transform(
      ({ zones, ...plan }): RatePlan => ({
        ...plan,
        reportOverageAsRoaming: Object.fromEntries(
          Object.entries(zones.reportOverageAsRoaming).map(([zone, roams]) => [zone, roams === true]),
        ),
      }),
    ),
  )
}

function subscriptionTierSchema(): v.GenericSchema<unknown, SubscriptionTier> {
  return v.object({
    tierLevel: integer(),
    subscriberThreshold: idText(),
    subscriberCapacity: idText(),
    perSubscriberCharge: idText(),
  })
}

function dataZoneSchema(): v.GenericSchema<unknown, DataZone> {
  return v.object({
    includedData: idText(),
    includedDataUnit: text(),
    zoneUsageLimit: idText(),
    zoneUsageLimitUnit: text(),
    bulkOverageEnabled: flag(),
    useTheseDataRoundingSettingsForAllZones: flag(),
    dataRoundingUnit: text(),
    dataRoundingFrequency: text(),
    tiers: overageTiers("data"),
  })
}

/** Tiers name their price after the service: `dataOverage`, `smsOverageMO`, `voiceOverage`. */
function overageTiers(service: "data" | "sms" | "voice"): v.GenericSchema<unknown, readonly OverageTier[]> {
  const tier = v.pipe(
    v.looseObject({
      tierLevel: integer(),
      subscribersMoreThan: idText(),
      subscribersUpTo: idText(),
    }),
    v.transform(
      (wire): OverageTier => ({
        tierLevel: wire.tierLevel,
        subscribersMoreThan: wire.subscribersMoreThan,
        subscribersUpTo: wire.subscribersUpTo,
        overage: pick(wire, [`${service}Overage`, `${service}OverageMO`]),
        overageUnit: pick(wire, [`${service}OverageUnit`, `${service}OverageMOUnit`]),
      }),
    ),
  )
  return v.nullish(v.array(tier), [])
}

function serviceSchema(service: "SMS" | "Voice"): v.GenericSchema<unknown, ServiceRating> {
  const zone = v.pipe(
    v.looseObject({ tiers: overageTiers(service === "SMS" ? "sms" : "voice"), voiceRoundingUnit: text() }),
    v.transform(
      (wire): ServiceZone => ({
        included: pick(wire, [`included${service}`, `included${service}MO`]),
        includedUnit: pick(wire, [`included${service}Unit`, `included${service}MOUnit`]),
        roundingUnit: wire.voiceRoundingUnit,
        tiers: wire.tiers,
      }),
    ),
  )
  return v.pipe(
    v.looseObject({
      useDefaultRating: flag(),
      type: text(),
      moAndMtRating: idText(),
      poolSMSUsage: flag(),
      poolVoiceUsage: flag(),
      zones: v.nullish(v.record(v.string(), zone), {}),
    }),
    v.transform(
      (wire): ServiceRating => ({
        useDefaultRating: wire.useDefaultRating,
        type: wire.type,
        moAndMtRating: wire.moAndMtRating,
        pooled: service === "SMS" ? wire.poolSMSUsage : wire.poolVoiceUsage,
        zones: wire.zones,
      }),
    ),
  )
}

/** The first of several keys that has a value, as text. */
function pick(wire: Readonly<Record<string, unknown>>, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = wire[key]
    if (typeof value === "string" || typeof value === "number") return String(value)
  }
  return null
}
