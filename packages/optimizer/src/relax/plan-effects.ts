import type { Fleet } from "../fleet/fleet.ts"
import type { RowMap } from "../prices/row-map.ts"

/** The rows each plan's SIMs count in: entries `first[plan]` to `first[plan + 1]`, rows ascending. */
export function effectsOf({ tariff }: Fleet, map: RowMap) {
  const first = new Int32Array(tariff.planCount + 1)
  const row: number[] = []
  // 0 stands for usage minus allowance.
  const sign: number[] = []
  const fromLimits = new Float64Array(map.count)
  for (let plan = 0; plan < tariff.planCount; plan++) {
    const pool = tariff.poolOf[plan]!
    const rows = [pool < 0 ? -1 : map.pool[pool]!, map.max[plan]!, map.min[plan]!]
    rows.forEach((r, kind) => {
      if (r < 0) return
      row.push(r)
      sign.push([0, 1, -1][kind]!)
    })
    if (rows[1]! >= 0) fromLimits[rows[1]!] = -tariff.maxSims[plan]!
    if (rows[2]! >= 0) fromLimits[rows[2]!] = tariff.minSims[plan]!
    first[plan + 1] = row.length
  }
  return { first, row: Int32Array.from(row), sign: Int32Array.from(sign), fromLimits }
}

/** Sums by row over the plans of one run: what changing all of them alike has no effect on. */
export function newTogether(rowCount: number) {
  const sum = new Float64Array(rowCount)
  const isIn = new Uint8Array(rowCount)
  const rows = new Int32Array(rowCount)
  let count = 0
  return {
    add(row: number, effect: number): void {
      if (isIn[row] === 0) rows[count++] = row
      isIn[row] = 1
      sum[row]! += effect
    },
    /** Takes `weight` times the product of the sums off the lower triangle, and starts anew. */
    take(matrix: Float64Array, weight: number): void {
      for (let i = 0; i < count; i++) {
        const row = rows[i]!
        const pull = weight * sum[row]!
        for (let j = 0; j < count; j++) if (rows[j]! <= row) matrix[row * rowCount + rows[j]!]! -= pull * sum[rows[j]!]!
      }
      for (let i = 0; i < count; i++) sum[rows[i]!] = isIn[rows[i]!] = 0
      count = 0
    },
  }
}
