import type { Choice } from "./choose.ts"
import type { Prices } from "./prices.ts"

/** The relaxation of a whole fleet, solved. */
export interface RelaxedFleet {
  readonly prices: Prices
  /** What SIMs choose at the prices. */
  readonly choice: Choice
  /** About the same prices: the ones that `splits` belongs to. */
  readonly splitPrices: Prices
  /** Runs of places that the optimum splits between plans. */
  readonly splits: readonly Split[]
}

/** Neighbouring places of one class, and how many of their SIMs go to which of the plans in play. */
export interface Split {
  readonly index: number
  readonly from: number
  readonly to: number
  readonly plans: readonly number[]
  readonly amounts: readonly number[]
}
