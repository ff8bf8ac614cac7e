import { type ExactMultipliers, poolCeiling, scaledFromDouble } from "./exact-multipliers.ts"
import type { LinkRow } from "./linked-program.ts"
import type { PriceBox } from "./price-box.ts"
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

/** The rows of a relaxation in which `netUsage` and `simCount` are decided already. */
export function linkRowsOf(
  tariff: Tariff,
  map: RowMap,
  box: PriceBox,
  netUsage: ArrayLike<number>,
  simCount: ArrayLike<number>,
): LinkRow[] {
  const rows: LinkRow[] = []
  const range = (row: number): { start: number; low: number; high: number } => {
    return { start: box.start[row]!, low: box.low[row]!, high: box.high[row]! }
  }
  map.pool.forEach((row, pool) => {
    if (row < 0) return
    rows[row] = { kind: "pool", fixed: netUsage[pool]!, price: tariff.poolRate[pool]!.perKb, ...range(row) }
  })
  map.max.forEach((row, plan) => {
    if (row >= 0) rows[row] = { kind: "max", count: tariff.maxSims[plan]! - simCount[plan]!, ...range(row) }
  })
  map.min.forEach((row, plan) => {
    if (row >= 0) rows[row] = { kind: "min", count: tariff.minSims[plan]! - simCount[plan]!, ...range(row) }
  })
  return rows
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
