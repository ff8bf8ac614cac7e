/**
 * Prices that prove a lower bound, as decimal strings so that no runtime rounds them.
 *
 * For pool multipliers between 0 and `overageCost / overageBlock` and limit multipliers of 0 or more, the
 * bound they give never exceeds the cost of any permitted assignment.
 */
export interface Multipliers {
  /** By pool id: what one more KB in the pool is worth, micro-units per KB. */
  readonly pools: Readonly<Record<string, string>>
  /** By plan id: what one more place under `maxSims` is worth, micro-units per SIM. */
  readonly max: Readonly<Record<string, string>>
  /** By plan id: what one SIM less of `minSims` is worth, micro-units per SIM. */
  readonly min: Readonly<Record<string, string>>
}

/** Why no assignment exists. */
export interface Conflict {
  /**
   * `no-permitted-plan`: the SIMs may use no plan at all.
   * `too-few-places`: the SIMs may use only `plans`, whose `maxSims` are too small for them.
   * `too-few-sims`: the `minSims` of `plans` ask for more than the SIMs that may use them.
   * `min-above-max`: a plan's `minSims` exceeds its `maxSims`.
   */
  readonly reason: "no-permitted-plan" | "too-few-places" | "too-few-sims" | "min-above-max"
  /** One sentence for people. */
  readonly message: string
  /** Ids of the plans whose limits take part. */
  readonly plans: readonly string[]
  /** Positions of the SIMs concerned, ascending; at most the first 1,000. */
  readonly sims: readonly number[]
  /** How many SIMs are concerned in all. */
  readonly simCount: number
  /** Places or SIMs asked for. */
  readonly required: number
  /** Places or SIMs there are. */
  readonly available: number
}

/** The answer to a problem that has one. A plain JSON document. */
export interface SolvedResult {
  readonly version: 1
  /** `optimal` only where it is proved: cost and bound meet, or the integer search finished. */
  readonly status: "optimal" | "bounded"
  /** Exact charge of the cycle, micro-units. */
  readonly cost: string
  /** No permitted assignment costs less, micro-units; recompute it with `bound(problem, multipliers)`. */
  readonly lowerBound: string
  /** `(cost - lowerBound) / max(1, lowerBound)`. */
  readonly gap: number
  /** Position in `plans` for each SIM. */
  readonly assignment: readonly number[]
  readonly multipliers: Multipliers
  /** Exact charge if nothing moves; `null` when a SIM has no current plan or one that is not permitted, or a limit is broken. */
  readonly currentCost: string | null
  /** True when a time limit or signal cut the work budget short. */
  readonly truncated: boolean
  readonly conflicts: readonly Conflict[]
}

/** The answer when permitted plans and limits contradict each other. A plain JSON document. */
export interface InfeasibleResult {
  readonly version: 1
  readonly status: "infeasible"
  readonly cost: null
  readonly lowerBound: null
  readonly gap: null
  readonly assignment: readonly []
  readonly multipliers: Multipliers
  readonly currentCost: null
  readonly truncated: boolean
  /** At least one. */
  readonly conflicts: readonly Conflict[]
}

/** What `solve` returns: switch on `status`. */
export type Result = SolvedResult | InfeasibleResult
