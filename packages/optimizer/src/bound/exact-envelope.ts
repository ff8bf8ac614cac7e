import { type ExactMultipliers, MULTIPLIER_SCALE } from "../prices/exact-multipliers.ts"
import type { Fleet } from "../fleet/fleet.ts"
import type { OverageRate } from "../charge/overage.ts"

/** What a permitted plan is worth to SIMs of one class, scaled integers. */
export interface ExactLine {
  readonly plan: number
  /** Position of the pool, -1 for a plan that stands alone. */
  readonly pool: number
  /** Value at usage 0; of a plan that stands alone up to its allowance. */
  readonly intercept: bigint
  /** Per KB; 0 for a plan that stands alone, whose overage follows `rate`. */
  readonly slope: bigint
  /** KB, not scaled. */
  readonly allowance: bigint
  readonly rate: OverageRate
}

/** The lines of a class's permitted plans at given multipliers, whatever their size. */
export function exactLines(fleet: Fleet, index: number, multipliers: ExactMultipliers): readonly ExactLine[] {
  const { tariff } = fleet
  const sms = BigInt(fleet.classSms[index]!)
  const current = fleet.classCurrent[index]!
  const permitted = tariff.permitted[fleet.classComm[index]!]
  const monthly = tariff.monthlyFor(fleet.classDays[index]!)
  const allowances = tariff.allowanceFor(fleet.classDays[index]!)
  const lines: ExactLine[] = []
  tariff.poolOf.forEach((pool, plan) => {
    if (permitted?.[plan] === 0) return
    const smsAbove = sms - BigInt(tariff.smsIncluded[plan]!)
    let base = BigInt(monthly[plan]!)
    if (smsAbove > 0n) base += smsAbove * BigInt(tariff.smsCost[plan]!)
    if (current >= 0 && current !== plan) base += BigInt(tariff.changeCost)
    const allowance = BigInt(allowances[plan]!)
    const slope = multipliers.pools[pool] ?? 0n
    const fixed = base * MULTIPLIER_SCALE + multipliers.max[plan]! - multipliers.min[plan]!
    lines.push({ plan, pool, intercept: fixed - slope * allowance, slope, allowance, rate: tariff.ownRate[plan]! })
  })
  return lines
}

/** Up to a usage, the line of the cheapest plan. */
export interface ExactPiece {
  readonly intercept: bigint
  readonly slope: bigint
  /** Last whole usage of the piece, KB. */
  readonly until: number
}

// Dearer than any plan: what SIMs take that may use no plan with a pool.
const NOTHING = { intercept: 10n ** 99n, slope: 0n }

/** The lower envelope of pooled plans over whole usages `least` to `most`, without rounding, left to right. */
export function exactEnvelope(
  lines: readonly Pick<ExactLine, "intercept" | "slope">[],
  least: number,
  most: number,
): readonly ExactPiece[] {
  const pieces: ExactPiece[] = []
  const end = BigInt(most)
  for (let usage = BigInt(least); usage <= end; ) {
    const at = usage
    const { intercept, slope } = lines.reduce(
      (best, line) => (line.intercept + line.slope * at < best.intercept + best.slope * at ? line : best),
      NOTHING,
    )
    // The piece ends where the first flatter line crosses it. Of lines that tie here, the steeper one ends here.
    let until = end
    for (const line of lines) {
      if (line.slope >= slope) continue
      const crossing = (line.intercept - intercept) / (slope - line.slope)
      if (crossing < until) until = crossing
    }
    pieces.push({ intercept, slope, until: Number(until) })
    usage = until + 1n
  }
  return pieces
}
