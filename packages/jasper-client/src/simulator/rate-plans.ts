/** A rate plan of the simulated operator. */
export interface SimulatedRatePlan {
  readonly name: string
  readonly id: number
  /** Whether its SIMs share one allowance; a stand-alone plan measures each SIM by itself. */
  readonly pooled: boolean
  /** Micro-units of the currency for each SIM and month. */
  readonly monthlyMicros: number
  readonly includedMegabytes: number
  /** Micro-units for each megabyte above the allowance, charged in proportion. */
  readonly overageMicrosPerMegabyte: number
}

/** ISO 4217 code of every price. */
export const CURRENCY = "USD"

/** What the simulated carrier counts as a megabyte. */
export const BYTES_PER_MEGABYTE = 1_048_576

/**
 * The operator's price list.
 *
 * Included volumes and prices are chosen together: at the shadow prices of `fleet-design.ts` each pool of the seeded
 * fleet is just used up, so that the cheapest assignment is unambiguous and most SIMs already have it. Round prices
 * picked freely let two pools tie, and then half the fleet could move without any saving. A megabyte of overage costs a
 * little more than it is worth, so that a pool that cannot be used up exactly, because SIMs come whole, costs little.
 */
export const RATE_PLANS: readonly SimulatedRatePlan[] = [
  {
    name: "Flex 1MB",
    id: 20001,
    pooled: true,
    monthlyMicros: 800_000,
    includedMegabytes: 1,
    overageMicrosPerMegabyte: 360_000,
  },
  {
    name: "Flex 8MB",
    id: 20002,
    pooled: true,
    monthlyMicros: 2_380_000,
    includedMegabytes: 8,
    overageMicrosPerMegabyte: 120_000,
  },
  {
    name: "Flex 60MB",
    id: 20003,
    pooled: true,
    monthlyMicros: 5_320_000,
    includedMegabytes: 60,
    overageMicrosPerMegabyte: 42_000,
  },
  {
    name: "Flex 200MB",
    id: 20004,
    pooled: true,
    monthlyMicros: 8_980_000,
    includedMegabytes: 200,
    overageMicrosPerMegabyte: 16_500,
  },
  {
    name: "Flex 900MB",
    id: 20005,
    pooled: true,
    monthlyMicros: 15_630_000,
    includedMegabytes: 900,
    overageMicrosPerMegabyte: 6_200,
  },
  {
    name: "Flex 3500MB",
    id: 20006,
    pooled: true,
    monthlyMicros: 26_650_000,
    includedMegabytes: 3500,
    overageMicrosPerMegabyte: 5_000,
  },
  {
    name: "Solo 2MB",
    id: 20007,
    pooled: false,
    monthlyMicros: 900_000,
    includedMegabytes: 2,
    overageMicrosPerMegabyte: 500_000,
  },
  {
    name: "Solo 100MB",
    id: 20008,
    pooled: false,
    monthlyMicros: 3_500_000,
    includedMegabytes: 100,
    overageMicrosPerMegabyte: 50_000,
  },
]

/**
 * Which rate plans the SIMs of each communication plan may be on.
 *
 * The carrier's API has no such list: an operator keeps it in a table of its own, and a product has to be given it.
 * All groups but the last share pools with their neighbours.
 */
export const PERMITTED_PLANS: Readonly<Record<string, readonly string[]>> = {
  "Metering NB-IoT": ["Flex 1MB", "Flex 8MB", "Flex 60MB"],
  "Asset Tracking": ["Flex 1MB", "Flex 8MB", "Flex 60MB", "Flex 200MB"],
  "Fleet Telematics": ["Flex 8MB", "Flex 60MB", "Flex 200MB", "Flex 900MB"],
  "LTE Data Only": ["Flex 8MB", "Flex 60MB", "Flex 200MB", "Flex 900MB", "Flex 3500MB"],
  "Video Gateway": ["Flex 200MB", "Flex 900MB", "Flex 3500MB"],
  "Private APN": ["Solo 2MB", "Solo 100MB"],
}
