/**
 * A linear programme of many small choices linked by few rows.
 *
 * Each item spreads its weight over its variables; rows couple the items:
 * a pool row asks `overage - leftover = fixed + sum(net x)`, a limit row counts.
 */
export interface LinkedProgram {
  readonly itemCount: number
  /** First variable of each item: `itemCount + 1` entries. */
  readonly first: Int32Array
  /** SIMs the item stands for. */
  readonly weight: Float64Array
  /** Cost of each variable per SIM. */
  readonly cost: Float64Array
  /** Row of the variable's pool, -1 without one. */
  readonly poolRow: Int32Array
  /** Usage minus allowance of the variable per SIM. */
  readonly net: Float64Array
  /** Rows of the variable's `maxSims` and `minSims`, -1 without. */
  readonly maxRow: Int32Array
  readonly minRow: Int32Array
  /** Most SIMs the variable may take; `null`: all. */
  readonly upper: Float64Array | null
  readonly rows: readonly LinkRow[]
}

/**
 * One coupling row. Its multiplier is kept between `low` and `high`: short of the need costs `high` a unit, what is left
 * over is paid back at `low`. The search starts from `start`.
 */
export type LinkRow = {
  readonly low: number
  readonly high: number
  readonly start: number
} & (
  | {
      readonly kind: "pool"
      /** Net usage of everything that is not an item. */
      readonly fixed: number
      /** Price of one KB of overage: the natural size of the multiplier. */
      readonly price: number
      /** Overage is to be had at `price` up to so many KB, beyond them at `high`; absent: all of it at `high`. */
      readonly cap?: number
    }
  /** Items may take at most `count` (`max`), must take at least `count` (`min`). */
  | { readonly kind: "max" | "min"; readonly count: number }
)

/** An approximate optimum: good to about nine digits, and any `multiplier` gives a valid bound. */
export interface LinkedOptimum {
  /** Value of one unit of each row, in money per KB or per SIM, within its legal range. */
  readonly multiplier: Float64Array
  /** SIMs on each variable; sums to the weight of the item. */
  readonly amount: Float64Array
  /** Value of the relaxation, about. */
  readonly value: number
  readonly iterations: number
  readonly isConverged: boolean
  /** Elementary steps taken. */
  readonly steps: number
}
