import type { Choice } from "./choose.ts"
import type { Prices } from "./prices.ts"
import type { Run } from "./runs.ts"

/** The relaxation of a whole fleet, solved. */
export interface RelaxedFleet {
  readonly prices: Prices
  /** What SIMs choose at the prices. */
  readonly choice: Choice
  /** About the same prices: the ones that `splits` belongs to. */
  readonly splitPrices: Prices
  /** Runs of places that the optimum splits between plans. */
  readonly splits: readonly Split[]
  /** How far all choices together, splits included, are from balance: by pool, KB above what its price stands for. */
  readonly poolDrift: Float64Array
  /** By plan with a limit that has a price: SIMs above it. */
  readonly planDrift: Float64Array
}

/** How many SIMs of a run go to which of its plans. */
export interface Split extends Run {
  readonly amounts: readonly number[]
}
