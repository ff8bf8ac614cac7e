import { ceilingsOf, type ExactMultipliers, scaledFromDouble } from "./exact-multipliers.ts"
import type { OverageRate } from "../charge/overage.ts"
import type { RowMap } from "./row-map.ts"
import type { Tariff } from "../charge/tariff.ts"

/** Multipliers as doubles, by position in the problem. */
export interface Prices {
  /** By pool, micro-units per KB. */
  readonly pool: Float64Array
  /** By plan, micro-units per SIM. */
  readonly max: Float64Array
  readonly min: Float64Array
}

/** Prices of all pools and limits at zero. */
export function freePrices(tariff: Tariff): Prices {
  return {
    pool: new Float64Array(tariff.poolCount),
    max: new Float64Array(tariff.planCount),
    min: new Float64Array(tariff.planCount),
  }
}

/** Prices from the multipliers of a relaxation's rows. */
export function pricesOf(tariff: Tariff, map: RowMap, multiplier: Float64Array): Prices {
  const read = (rows: Int32Array): Float64Array => Float64Array.from(rows, (row) => (row < 0 ? 0 : multiplier[row]!))
  return { pool: read(map.pool), max: read(map.max), min: read(map.min) }
}

/** Prices as exact multipliers, moved into their legal range. */
export function exactPrices(tariff: Tariff, prices: Prices): ExactMultipliers {
  const ceilings = ceilingsOf(tariff)
  const within = (values: Float64Array, ceiling: readonly bigint[], near?: readonly OverageRate[]): readonly bigint[] =>
    Array.from(values, (value, k) => {
      const most = ceiling[k]!
      // At the ceiling the double is a rounding of the exact quotient: take the quotient itself.
      const scaled = near !== undefined && value >= near[k]!.perKb ? most : scaledFromDouble(value)
      return scaled > most ? most : scaled
    })
  return {
    pools: within(prices.pool, ceilings.pools, tariff.poolRate),
    max: within(prices.max, ceilings.max),
    min: within(prices.min, ceilings.min),
  }
}
