import type { ClassCharge } from "./class-charge.ts"
import { type ExactMultipliers, MULTIPLIER_SCALE } from "./exact-multipliers.ts"
import type { Tariff } from "./tariff.ts"

/** The cheapest pooled plan of a class by usage: pieces of lines, left to right, all scaled integers. */
export interface ExactEnvelope {
  count: number
  readonly plan: number[]
  /** Value of the line at usage 0. */
  readonly intercept: bigint[]
  /** Per KB. */
  readonly slope: bigint[]
  /** Last whole usage of the piece, KB; the last piece has no entry that counts. */
  readonly until: number[]
}

/**
 * The lower envelope of a class's pooled plans over whole usages `least` to `most`, without rounding.
 *
 * @returns No pieces if the class has no plan with a pool.
 */
export function exactEnvelope(
  tariff: Tariff,
  charge: ClassCharge,
  multipliers: ExactMultipliers,
  least: number,
  most: number,
): ExactEnvelope {
  const lines: { plan: number; intercept: bigint; slope: bigint }[] = []
  for (let p = 0; p < charge.planCount; p++) {
    const plan = charge.plans[p]!
    const pool = tariff.poolOf[plan]!
    if (pool < 0) continue
    const slope = multipliers.pools[pool]!
    const fixed = BigInt(charge.base[plan]!) * MULTIPLIER_SCALE + multipliers.max[plan]! - multipliers.min[plan]!
    lines.push({ plan, slope, intercept: fixed - slope * BigInt(charge.allowance[plan]!) })
  }
  const envelope: ExactEnvelope = { count: 0, plan: [], intercept: [], slope: [], until: [] }
  let usage = least
  while (lines.length > 0) {
    const at = BigInt(usage)
    let best = lines[0]!
    let value = best.intercept + best.slope * at
    for (const line of lines) {
      const other = line.intercept + line.slope * at
      // Among equals the flattest stays cheapest to the right.
      if (other < value || (other === value && line.slope < best.slope)) {
        best = line
        value = other
      }
    }
    let until: bigint | null = null
    for (const line of lines) {
      if (line.slope >= best.slope) continue
      const crossing = (line.intercept - best.intercept) / (best.slope - line.slope)
      if (until === null || crossing < until) until = crossing
    }
    envelope.count++
    envelope.plan.push(best.plan)
    envelope.intercept.push(best.intercept)
    envelope.slope.push(best.slope)
    envelope.until.push(until === null ? most : Number(until))
    if (until === null || until >= BigInt(most)) break
    usage = Number(until) + 1
  }
  return envelope
}
