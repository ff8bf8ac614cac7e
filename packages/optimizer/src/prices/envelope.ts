import type { ClassCharge } from "../fleet/class-charge.ts"
import type { Prices } from "./prices.ts"
import type { Tariff } from "../charge/tariff.ts"

/** The cheapest pooled plan of a class by usage, at given prices: pieces of lines, left to right. */
export interface Envelope {
  count: number
  readonly plan: Int32Array
  /** Value of the line at usage 0. */
  readonly intercept: Float64Array
  readonly slope: Float64Array
  /** The piece is cheapest up to this usage, KB; Infinity for the last. */
  readonly until: Float64Array
}

/** An empty envelope to draw into. */
export function newEnvelope(planCount: number): Envelope {
  return {
    count: 0,
    plan: new Int32Array(planCount + 1),
    intercept: new Float64Array(planCount + 1),
    slope: new Float64Array(planCount + 1),
    until: new Float64Array(planCount + 1),
  }
}

/** Draws the lower envelope of a class's pooled plans from usage `least` upwards. */
export function drawEnvelope(tariff: Tariff, charge: ClassCharge, prices: Prices, least: number, into: Envelope): void {
  into.count = 0
  let current = -1
  let intercept = 0
  let slope = 0
  let value = Infinity
  for (let p = 0; p < charge.planCount; p++) {
    const plan = charge.plans[p]!
    const pool = tariff.poolOf[plan]!
    if (pool < 0) continue
    const s = prices.pool[pool]!
    const i = charge.base[plan]! + prices.max[plan]! - prices.min[plan]! - s * charge.allowance[plan]!
    const at = i + s * least
    if (at < value || (at === value && s < slope)) {
      current = plan
      intercept = i
      slope = s
      value = at
    }
  }
  while (current >= 0) {
    let next = -1
    let until = Infinity
    let nextIntercept = 0
    let nextSlope = 0
    for (let p = 0; p < charge.planCount; p++) {
      const plan = charge.plans[p]!
      const pool = tariff.poolOf[plan]!
      if (pool < 0) continue
      const s = prices.pool[pool]!
      if (s >= slope) continue
      const i = charge.base[plan]! + prices.max[plan]! - prices.min[plan]! - s * charge.allowance[plan]!
      const crossing = (i - intercept) / (slope - s)
      if (crossing < until || (crossing === until && s < nextSlope)) {
        next = plan
        until = crossing
        nextIntercept = i
        nextSlope = s
      }
    }
    const k = into.count++
    into.plan[k] = current
    into.intercept[k] = intercept
    into.slope[k] = slope
    into.until[k] = until
    current = next
    intercept = nextIntercept
    slope = nextSlope
  }
}
