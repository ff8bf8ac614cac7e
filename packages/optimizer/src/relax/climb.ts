import { factorize, solveFactorized } from "./cholesky.ts"
import type { PriceBox } from "../prices/price-box.ts"
import type { SoftFleet } from "./soft-fleet.ts"

/** How carefully the next step is taken; carried from one climb to the next. */
export interface Caution {
  value: number
}

/** What counts as much or little. */
export interface ClimbSize {
  /** What a SIM costs on average, micro-units. */
  readonly perSim: number
  /** What the fleet costs, about, micro-units. */
  readonly scale: number
  /** Gain that is no longer worth a step, micro-units. */
  readonly enough: number
  /** What rows may be off balance by, at their prices, micro-units: the climb ends there. */
  readonly balanced: number
}

const MOST_STEPS = 60
const MOST_TRIES = 12
// A price may fall to a fifth in one step, and rise to four times what it is.
const MOST_FALL = 0.8
const MOST_RISE = 3
const LEAST_CAUTION = 1e-9
// Below these a price is as good as zero: a share of what overage costs, and a share of what a SIM costs on average.
const SMALL_SHARE = 1e-6
const SMALL_LIMIT = 0.1

/**
 * Climbs to the prices at which the value of a softened relaxation is largest, by Newton steps.
 *
 * A step is held back by `caution`, which stands for a curvature relative to each price, and by looking along it: where it crosses a
 * corner of the relaxation, the slope turns at once. Slopes decide, not values: these are rounded by the division into runs.
 *
 * @returns The prices by row; `soft` is left looking at them.
 */
export function climb(
  soft: SoftFleet,
  legal: PriceBox,
  from: Float64Array,
  softness: number,
  { perSim, scale, enough, balanced }: ClimbSize,
  caution: Caution,
  isCut: () => boolean,
): Float64Array {
  const count = from.length
  const size = new Float64Array(count)
  const matrix = new Float64Array(count * count)
  const step = new Float64Array(count)
  let at = from
  soft.lookAt(at, softness)
  for (let k = 0; k < MOST_STEPS && !isCut(); k++) {
    const slope = soft.slope.slice()
    for (let r = 0; r < count; r++) {
      const isHeld = slope[r]! > 0 ? at[r]! >= legal.high[r]! : at[r]! <= legal.low[r]!
      const small = legal.high[r] === Infinity ? SMALL_LIMIT * perSim : SMALL_SHARE * legal.high[r]!
      size[r] = isHeld ? 0 : Math.max(at[r]!, small)
    }
    if (slope.reduce((sum, value, r) => sum + Math.abs(value) * size[r]!, 0) < balanced) break
    do {
      // In units of each price, so that one factorization suits prices that differ by powers of ten.
      for (let r = 0; r < count; r++) {
        for (let c = 0; c <= r; c++) matrix[r * count + c] = soft.curvature[r * count + c]! * size[r]! * size[c]!
        matrix[r * count + r]! += caution.value * scale
        step[r] = slope[r]! * size[r]!
      }
      factorize(matrix, count)
      solveFactorized(matrix, count, step)
      for (let r = 0; r < count; r++) step[r]! *= size[r]!
    } while (isTooFar(legal, at, size, step, caution))
    const target = reachable(legal, at, slope, step)
    const climbing = dot(slope, step)
    const bending = bend(soft.curvature, step)
    // Cut off at the sides, a step may end beyond the best of its way, even lower than it began.
    const gain = bending > climbing ? (climbing * climbing) / (2 * bending) : climbing - bending / 2
    if (!(gain > enough)) break
    const share = walk(soft, softness, at, target, step, climbing)
    at = share === 1 ? target : between(at, target, share)
    if (share === 1) caution.value = Math.max(LEAST_CAUTION, caution.value / 10)
    else if (share < 0.3) caution.value *= 4
  }
  return at
}

/** Whether a step changes some price too much to be trusted; then caution rises. What is beyond the legal range does not count. */
function isTooFar(
  legal: PriceBox,
  at: Float64Array,
  size: Float64Array,
  step: Float64Array,
  caution: Caution,
): boolean {
  let most = 0
  for (let r = 0; r < at.length; r++) {
    if (size[r] === 0) continue
    const change = Math.min(Math.max(step[r]!, legal.low[r]! - at[r]!), legal.high[r]! - at[r]!) / size[r]!
    most = Math.max(most, change > 0 ? change / MOST_RISE : -change / MOST_FALL)
  }
  if (!(most > 1) || caution.value > 1000) return false
  caution.value *= Math.min(100, Math.max(2, most))
  return true
}

/** The end of a step inside the legal range; `step` becomes what leads there. */
function reachable(legal: PriceBox, at: Float64Array, slope: Float64Array, step: Float64Array): Float64Array {
  const inside = (share: number): Float64Array =>
    at.map((value, r) => Math.min(Math.max(value + share * step[r]!, legal.low[r]!), legal.high[r]!))
  let target = inside(1)
  const rise = target.reduce((sum, value, r) => sum + slope[r]! * (value - at[r]!), 0)
  if (!(rise > 0)) {
    // Cut off at the sides it may lead downhill: it ends at the first of them.
    let share = 1
    step.forEach((value, r) => {
      const room = (value > 0 ? legal.high[r]! : legal.low[r]!) - at[r]!
      if (value !== 0 && room / value < share) share = room / value
    })
    target = inside(share)
  }
  target.forEach((value, r) => {
    step[r] = value - at[r]!
  })
  return target
}

/** The share of a step after which little of its slope is left, found by halving and by straight lines in turn. */
function walk(
  soft: SoftFleet,
  softness: number,
  at: Float64Array,
  target: Float64Array,
  step: Float64Array,
  climbing: number,
): number {
  let share = 1
  let [low, lowSlope] = [0, climbing]
  let [high, highSlope] = [1, 0]
  for (let k = 0; ; k++) {
    soft.lookAt(share === 1 ? target : between(at, target, share), softness)
    const slope = dot(soft.slope, step)
    if (k === MOST_TRIES || (slope >= -0.5 * climbing && (share === 1 || slope <= 0.5 * climbing))) return share
    if (slope < 0) [high, highSlope] = [share, slope]
    else [low, lowSlope] = [share, slope]
    const width = high - low
    const straight = low + (width * lowSlope) / (lowSlope - highSlope)
    share = k % 2 === 1 ? low + width / 2 : Math.min(Math.max(straight, low + 0.1 * width), high - 0.1 * width)
  }
}

function between(from: Float64Array, to: Float64Array, share: number): Float64Array {
  return from.map((value, r) => value + share * (to[r]! - value))
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let r = 0; r < a.length; r++) sum += a[r]! * b[r]!
  return sum
}

/** `step . curvature . step`, from the lower triangle. */
function bend(curvature: Float64Array, step: Float64Array): number {
  const count = step.length
  let sum = 0
  for (let r = 0; r < count; r++) {
    for (let c = 0; c < r; c++) sum += 2 * curvature[r * count + c]! * step[r]! * step[c]!
    sum += curvature[r * count + r]! * step[r]! * step[r]!
  }
  return sum
}
