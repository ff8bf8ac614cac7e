import type { ClassCharge } from "./class-charge.ts"
import { type ExactMultipliers, MULTIPLIER_SCALE } from "./exact-multipliers.ts"
import type { Tariff } from "./tariff.ts"

/** Up to a usage, the line of the cheapest pooled plan, scaled integers. */
export interface ExactPiece {
  /** Value of the line at usage 0. */
  readonly intercept: bigint
  /** Per KB. */
  readonly slope: bigint
  /** Last whole usage of the piece, KB. */
  readonly until: number
}

/**
 * The lower envelope of a class's pooled plans over whole usages `least` to `most`, without rounding, left to right.
 *
 * @returns No pieces if the class has no plan with a pool.
 */
export function exactEnvelope(
  tariff: Tariff,
  charge: ClassCharge,
  multipliers: ExactMultipliers,
  least: number,
  most: number,
): readonly ExactPiece[] {
  const lines: { slope: bigint; intercept: bigint }[] = []
  for (let p = 0; p < charge.planCount; p++) {
    const plan = charge.plans[p]!
    const pool = tariff.poolOf[plan]!
    if (pool < 0) continue
    const slope = multipliers.pools[pool]!
    const fixed = BigInt(charge.base[plan]!) * MULTIPLIER_SCALE + multipliers.max[plan]! - multipliers.min[plan]!
    lines.push({ slope, intercept: fixed - slope * BigInt(charge.allowance[plan]!) })
  }
  const pieces: ExactPiece[] = []
  if (lines.length === 0) return pieces
  const end = BigInt(most)
  for (let usage = BigInt(least); usage <= end; ) {
    const at = usage
    const { intercept, slope } = lines.reduce((best, line) =>
      line.intercept + line.slope * at < best.intercept + best.slope * at ? line : best,
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
