import { ACCOUNT_ID, ACCOUNT_NAME } from "./account.ts"
import { CURRENCY } from "./rate-plans.ts"

const PUBLISHED = { accountName: ACCOUNT_NAME, accountId: ACCOUNT_ID, version: 1, status: "PUBLISHED" } as const

/**
 * Plans whose fields differ from the others', as the carrier sends them: a reader that takes every field for granted
 * fails on one of them. No SIM of the seeded fleet is on any.
 */
export const VARIED_PLANS: readonly (Readonly<Record<string, unknown>> & { readonly name: string })[] = [
  {
    ...PUBLISHED,
    name: "Volume 10MB",
    id: 20101,
    versionId: 30101,
    type: "Monthly - Flexible Pool",
    subscriptionCharge: "1.90",
    subscriptionChargeUnit: CURRENCY,
    numberOfTiers: 2,
    tierTreatment: "CURRENT_TIER",
    lengthOfTerm: "1 Month",
    expireTermBasedOnUsage: false,
    tiers: [
      { tierLevel: 1, subscriberThreshold: 0, subscriberCapacity: "1000", perSubscriberCharge: "1.90" },
      { tierLevel: 2, subscriberThreshold: 1000, subscriberCapacity: "Unlimited", perSubscriberCharge: "1.60" },
    ],
    zones: { reportOverageAsRoaming: { Home: "false" } },
    dataUsage: {
      useDefaultRating: false,
      usageLimit: 3_000_000_000,
      usageLimitUnit: "KB",
      zones: {
        Home: {
          includedData: 10,
          includedDataUnit: "MB",
          bulkOverageEnabled: true,
          tiers: [
            {
              tierLevel: 1,
              subscribersMoreThan: 0,
              subscribersUpTo: "1000",
              dataOverage: "0.15",
              dataOverageUnit: "USD/MB",
            },
            {
              tierLevel: 2,
              subscribersMoreThan: 1000,
              subscribersUpTo: "Unlimited",
              dataOverage: "0.12",
              dataOverageUnit: "USD/MB",
            },
          ],
        },
      },
    },
  },
  {
    ...PUBLISHED,
    name: "Lift, Voice & SMS",
    id: 20102,
    versionId: 30102,
    type: "Monthly - Individual Subscriber",
    subscriptionCharge: "2.20",
    subscriptionChargeUnit: CURRENCY,
    numberOfTiers: 1,
    tierTreatment: "NONE",
    zones: { reportOverageAsRoaming: { Home: "false", "Rest of World": "true" } },
    smsUsage: {
      useDefaultRating: false,
      type: "SMS",
      moAndMtRating: "SEPARATE",
      poolSMSUsage: false,
      poolSMSMOUsage: false,
      poolSMSMTUsage: false,
      zones: {
        Home: {
          includedSMSMO: "25",
          includedSMSMOUnit: "messages",
          tiers: [{ smsOverageMO: "0.04", smsOverageMOUnit: "USD" }],
        },
      },
    },
    voiceUsage: {
      useDefaultRating: false,
      type: "VOICE",
      poolVoiceUsage: false,
      zones: {
        Home: {
          includedVoice: "10",
          includedVoiceUnit: "minutes",
          voiceRoundingUnit: "1 minute",
          useTheseDataRoundingSettingsForAllZones: "false",
          tiers: [{ voiceOverage: "0.11", voiceOverageUnit: "USD/minute" }],
        },
      },
    },
  },
  {
    ...PUBLISHED,
    name: "Prepaid 90 Days",
    id: 20103,
    versionId: 30103,
    type: "Prepaid",
    dataUsage: { useDefaultRating: true },
  },
]
