import type { Assignment, Problem } from "./problem.ts"
import type { Multipliers } from "./result.ts"

/** Why one SIM moves, and what that saves. All money in micro-units. */
export interface ExplainedSim {
  /** Position in the problem. */
  readonly sim: number
  /** Position in `plans` before and after. */
  readonly from: number
  readonly to: number
  /** Monthly, SMS, change cost and own overage. */
  readonly ownBefore: bigint
  readonly ownAfter: bigint
  /** Share of the pool's overage: by net overuse, largest remainder. */
  readonly shareBefore: bigint
  readonly shareAfter: bigint
  /** `ownBefore + shareBefore - ownAfter - shareAfter`; these add up to the total saving exactly. */
  readonly saving: bigint
  /** Reason, not a summand: price of one more KB in the new plan's pool, micro-units per KB; 0 without a pool. */
  readonly poolPrice: number
  /** Reason, not a summand: the next best plan at these prices, -1 if there is none. */
  readonly nextPlan: number
  /** How much dearer the next best plan is at these prices, micro-units; negative where the fleet's whole-number fit overrules. */
  readonly margin: number
}

/** Rows per SIM, and totals they add up to. */
export interface Explanation {
  readonly costBefore: bigint
  readonly costAfter: bigint
  readonly saving: bigint
  readonly rows: readonly ExplainedSim[]
}

/** Splits the difference between two assignments into one row per SIM. */
export function explain(
  problem: Problem,
  before: Assignment,
  after: Assignment,
  multipliers: Multipliers,
): Explanation {
  void [problem, before, after, multipliers]
  throw new Error("Cannot explain yet: being written")
}
