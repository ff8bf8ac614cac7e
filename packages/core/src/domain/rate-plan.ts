/** How overage is rounded: in proportion, or every started block. */
export type OverageRounding = "exact" | "block"

/** A carrier's price list entry: what a SIM costs for a billing period. */
export interface RatePlan {
  readonly id: string
  readonly serviceProviderId: string
  readonly name: string
  /** Micro-units per SIM and billing period. */
  readonly monthly: number
  readonly includedBytes: number
  /** SIMs on plans of the same pool share their allowance; `null` where each SIM stands alone. */
  readonly pool: string | null
  /** Micro-units for each block of overage; 0 where overage is free. */
  readonly overageCost: number
  readonly overageBlockBytes: number
  readonly overageRounding: OverageRounding
  readonly smsIncluded: number
  /** Micro-units per SMS above the included ones. */
  readonly smsCost: number
}

/** Which services a SIM may use, by the carrier; not a price. */
export interface CommunicationPlan {
  readonly id: string
  readonly serviceProviderId: string
  readonly name: string
  /** Names of the rate plans its SIMs may be on. Empty = not known: its SIMs stay where they are. */
  readonly permittedRatePlans: readonly string[]
}
