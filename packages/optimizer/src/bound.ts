import type { Problem } from "./problem.ts"
import type { Multipliers } from "./result.ts"

/** A lower bound recomputed exactly. */
export interface Bound {
  /** No permitted assignment costs less, micro-units. */
  readonly lowerBound: bigint
  /** The exact value of the relaxation at the multipliers, times `scale`. */
  readonly scaled: bigint
  readonly scale: bigint
}

/** Recomputes the lower bound that multipliers give, exactly. */
export function bound(problem: Problem, multipliers: Multipliers): Bound {
  void [problem, multipliers]
  throw new Error("Cannot bound yet: being written")
}
