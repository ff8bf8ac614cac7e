import type { RowMap } from "./row-map.ts"
import type { Tariff } from "./tariff.ts"

/** Ranges of all multipliers, by row, and a point in them to start from. */
export interface PriceBox {
  readonly start: Float64Array
  readonly low: Float64Array
  readonly high: Float64Array
}

/** Everything that is legal: pools from 0 to the price of their overage, limits from 0 upwards. */
export function legalBox(tariff: Tariff, map: RowMap): PriceBox {
  const high = new Float64Array(map.count).fill(Infinity)
  map.pool.forEach((row, pool) => {
    if (row >= 0) high[row] = tariff.poolRate[pool]!.perKb
  })
  return { start: new Float64Array(map.count), low: new Float64Array(map.count), high }
}

// Below these a price is as good as zero: a share of what overage costs, and an amount per SIM.
const SMALL_SHARE = 1e-6
const SMALL_LIMIT = 1000

/**
 * The box from `start / factor` to `start x factor`, row by row, inside the legal one.
 *
 * An interior method loses its way in the whole legal range, where good prices differ by powers of ten.
 */
export function boxAround(legal: PriceBox, start: Float64Array, factor: Float64Array): PriceBox {
  const small = legal.high.map((high) => (high === Infinity ? SMALL_LIMIT : high * SMALL_SHARE))
  return {
    start,
    low: start.map((value, r) => (value / factor[r]! < small[r]! ? legal.low[r]! : value / factor[r]!)),
    high: start.map((value, r) => Math.min(Math.max(value, small[r]!) * factor[r]!, legal.high[r]!)),
  }
}

/** Whether a multiplier has come up against a side of the box that is not a legal limit. */
export function isAtSide(legal: PriceBox, box: PriceBox, row: number, value: number): boolean {
  const margin = 0.05 * (box.high[row]! - box.low[row]!)
  return (
    (box.low[row] !== legal.low[row] && value < box.low[row]! + margin) ||
    (box.high[row] !== legal.high[row] && value > box.high[row]! - margin)
  )
}
