/** Why SIMs are not where the session would have them. `open` = the change has not ended. */
export type Difference = "heldBack" | "refused" | "stale" | "failed" | "unknown" | "cancelled" | "open"

/** How a planned move ended. `heldBack` = never begun, by its canary or its time. */
export type MoveFate = "applied" | Difference

/** SIMs, and the saving that is missing for them. */
export interface Missing {
  readonly deviceCount: number
  /** Micro-units, as a decimal string; negative where it brought something. */
  readonly saving: string
}

/**
 * What a session's changes brought, against what was predicted: the fleet priced as the inventory has it after the changes
 * were read back. `predictedSaving` less `appliedSaving` is the sum of all differences, to the micro-unit.
 */
export interface Reconciliation {
  /** Epoch milliseconds. */
  readonly reconciledAt: number
  readonly predictedSaving: string
  readonly appliedSaving: string
  /** What is missing for SIMs that guard rails held back, that were refused, and so on; each priced after those before it. */
  readonly differences: Readonly<Record<Difference, Missing>>
  /** SIMs that are on another plan than the outcome of their change says, or that somebody else moved. */
  readonly unexplained: Missing
  /** Of those: SIMs that are gone, or on a plan that the session did not know; they are priced where they should be. */
  readonly unpricedCount: number
  /** `unexplained` where any SIM is. */
  readonly state: "explained" | "unexplained"
}
