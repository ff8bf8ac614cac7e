import type { RowMap } from "./row-map.ts"
import type { Tariff } from "../charge/tariff.ts"

/** Ranges of all multipliers, by row. */
export interface PriceBox {
  readonly low: Float64Array
  readonly high: Float64Array
}

/** Everything that is legal: pools from 0 to the price of their overage, limits from 0 upwards. */
export function legalBox(tariff: Tariff, map: RowMap): PriceBox {
  const high = new Float64Array(map.count).fill(Infinity)
  map.pool.forEach((row, pool) => {
    if (row >= 0) high[row] = tariff.poolRate[pool]!.perKb
  })
  return { low: new Float64Array(map.count), high }
}
