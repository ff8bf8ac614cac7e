import { type ExactMultipliers, poolCeiling, scaledFromDouble } from "./exact-multipliers.ts"
import type { RowMap } from "./row-map.ts"
import type { Tariff } from "./tariff.ts"

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
  return {
    pools: Array.from(prices.pool, (value, pool) => {
      const most = poolCeiling(tariff, pool)
      const scaled = scaledFromDouble(value)
      // At the ceiling the double is a rounding of the exact quotient: take the quotient itself.
      return scaled > most || value >= tariff.poolRate[pool]!.perKb ? most : scaled
    }),
    max: Array.from(prices.max, (value, plan) => (tariff.maxSims[plan] === Infinity ? 0n : scaledFromDouble(value))),
    min: Array.from(prices.min, (value, plan) => (tariff.minSims[plan] === 0 ? 0n : scaledFromDouble(value))),
  }
}
