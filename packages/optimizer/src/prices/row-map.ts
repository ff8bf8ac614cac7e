import type { Tariff } from "../charge/tariff.ts"

/** Which pools and limits take part in a relaxation, and in which order: pools, then `max`, then `min`. */
export interface RowMap {
  readonly count: number
  /** By pool: its row; -1 where overage is free, so that the pool couples nothing. */
  readonly pool: Int32Array
  /** By plan: its row, -1 without the limit. */
  readonly max: Int32Array
  readonly min: Int32Array
}

/** Numbers the rows of a tariff. */
export function rowMapOf(tariff: Tariff): RowMap {
  let count = 0
  const number = (isRow: boolean): number => (isRow ? count++ : -1)
  const pool = Int32Array.from(tariff.poolRate, (rate) => number(rate.cost > 0))
  const max = Int32Array.from(tariff.maxSims, (most) => number(most !== Infinity))
  const min = Int32Array.from(tariff.minSims, (least) => number(least > 0))
  return { count, pool, max, min }
}
