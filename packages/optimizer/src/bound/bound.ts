import { aloneChargesOf, isFreeOfPrices } from "../fleet/alone-charges.ts"
import { checkProblem } from "../problem/check-problem.ts"
import { type ExactMultipliers, exactMultipliersOf, MULTIPLIER_SCALE } from "../prices/exact-multipliers.ts"
import { exactEnvelope, type ExactLine, exactLines, type ExactPiece } from "./exact-envelope.ts"
import { placeAfter } from "../fleet/place-search.ts"
import { ExactSums } from "../charge/exact-sum.ts"
import { type Fleet, fleetOf } from "../fleet/fleet.ts"
import { exactOverageCharge } from "../charge/overage.ts"
import type { Problem } from "../problem/problem.ts"
import type { Multipliers } from "../problem/result.ts"
import type { Tariff } from "../charge/tariff.ts"

/** A lower bound recomputed exactly. */
export interface Bound {
  /** No permitted assignment costs less, micro-units. */
  readonly lowerBound: bigint
  /**
   * The least whole cost these multipliers leave possible, micro-units: an assignment of this cost is optimal.
   * At most one above `lowerBound`, because costs are whole numbers and the relaxation's value is not.
   */
  readonly leastCost: bigint
  /** The exact value of the relaxation, times `scale`. */
  readonly scaled: bigint
  readonly scale: bigint
}

/**
 * Recomputes, exactly, the lower bound that multipliers prove.
 *
 * `min over plans of (charge + pool multiplier x (usage - allowance) + limit multipliers)`, summed over SIMs. Pool
 * overage rounded down by up to half a micro-unit is subtracted where it can occur.
 *
 * @param problem The problem.
 * @param multipliers Decimal strings by pool and plan id; missing ones are 0.
 * @throws {ProblemError} If the problem is malformed or a multiplier is out of its range.
 *
 * @example
 * ```ts
 * bound(problem, result.multipliers).lowerBound === BigInt(result.lowerBound) // true
 * ```
 */
export function bound(problem: Problem, multipliers: Multipliers): Bound {
  checkProblem(problem)
  const fleet = fleetOf(problem)
  return boundOfFleet(fleet, exactMultipliersOf(fleet.tariff, multipliers))
}

/** `bound` for a fleet that is already laid out. SIMs without a permitted plan add nothing. */
export function boundOfFleet(fleet: Fleet, multipliers: ExactMultipliers): Bound {
  const { tariff } = fleet
  let scaled = limitTerm(tariff, multipliers)
  for (let index = 0; index < fleet.classCount; index++) scaled += classTerm(fleet, index, multipliers)
  const floor = floorDivide(scaled, MULTIPLIER_SCALE)
  const ceiling = -floorDivide(roundingLoss(tariff, multipliers) - scaled, MULTIPLIER_SCALE)
  // Rounding is counted once for each pool; of a fleet that costs nothing it can take nothing off.
  const leastCost = ceiling < 0n ? 0n : ceiling
  return { lowerBound: leastCost < floor ? leastCost : floor, leastCost, scaled, scale: MULTIPLIER_SCALE }
}

function limitTerm(tariff: Tariff, { max, min }: ExactMultipliers): bigint {
  let term = 0n
  max.forEach((value, plan) => {
    if (value > 0n) term -= value * BigInt(tariff.maxSims[plan]!)
  })
  min.forEach((value, plan) => {
    term += value * BigInt(tariff.minSims[plan]!)
  })
  return term
}

function classTerm(fleet: Fleet, index: number, multipliers: ExactMultipliers): bigint {
  const first = fleet.classStart[index]!
  const end = fleet.classStart[index + 1]!
  const lines = exactLines(fleet, index, multipliers)
  const alone = lines.filter((line) => line.pool < 0)
  if (lines.length === 0) return 0n
  const pieces = exactEnvelope(
    lines.filter((line) => line.pool >= 0),
    fleet.usage[first]!,
    fleet.usage[end - 1]!,
  )
  return alone.length > 0 ? mixedTerm(fleet, pieces, alone, first, end) : pooledTerm(fleet, pieces, first, end)
}

function pooledTerm(fleet: Fleet, pieces: readonly ExactPiece[], first: number, end: number): bigint {
  let term = 0n
  let from = first
  for (const { intercept, slope, until } of pieces) {
    const to = placeAfter(fleet.usage, until, from, end)
    term += BigInt(to - from) * intercept + slope * volumeOf(fleet, from, to)
    from = to
  }
  return term
}

function volumeOf({ usage, usageBefore }: Fleet, from: number, to: number): bigint {
  if (usageBefore[to]! <= Number.MAX_SAFE_INTEGER) return BigInt(usageBefore[to]! - usageBefore[from]!)
  return usage.subarray(from, to).reduce((sum, volume) => sum + BigInt(volume), 0n)
}

// Up to this many micro-units doubles are off by less than `DOUBT`.
const LARGEST_NEAR = 2 ** 50
const DOUBT = 4
const SCALE_NEAR = Number(MULTIPLIER_SCALE)

/**
 * Where plans that stand alone are permitted too, each SIM takes the cheapest of them or of the pooled ones.
 *
 * Doubles settle all but near-ties, very large charges and limited plans, which are computed as integers.
 */
function mixedTerm(
  fleet: Fleet,
  pieces: readonly ExactPiece[],
  alone: readonly ExactLine[],
  first: number,
  end: number,
): bigint {
  const { usage } = fleet
  const charges = alone.every(({ plan }) => isFreeOfPrices(fleet, plan)) ? aloneChargesOf(fleet).charge : null
  // Own charges first, then the volume of each piece.
  const sums = new ExactSums(1 + pieces.length)
  let term = 0n
  let place = first
  pieces.forEach(({ intercept, slope, until }, piece) => {
    const interceptNear = Number(intercept) / SCALE_NEAR
    const slopeNear = Number(slope) / SCALE_NEAR
    let count = 0
    for (; place < end && usage[place]! <= until; place++) {
      const charge = charges === null ? Infinity : charges[place]!
      const gain = charge - interceptNear - slopeNear * usage[place]!
      if (charge > LARGEST_NEAR || Math.abs(gain) < DOUBT) {
        const at = BigInt(usage[place]!)
        term += alone.reduce((least, line) => lesser(least, valueAlone(line, at)), intercept + slope * at)
      } else if (gain > 0) {
        sums.add(1 + piece, usage[place]!)
        count++
      } else {
        sums.add(0, charge)
      }
    }
    term += BigInt(count) * intercept + slope * sums.total(1 + piece)
  })
  return term + sums.total(0) * MULTIPLIER_SCALE
}

function valueAlone({ intercept, allowance, rate }: ExactLine, usage: bigint): bigint {
  return intercept + exactOverageCharge(usage - allowance, rate) * MULTIPLIER_SCALE
}

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

/**
 * How far rounding can take pool charges below the line the multipliers stand for, scaled.
 *
 * Rounding takes less than half a micro-unit off `excess x cost / block`, and only where `excess` is at least 1 KB,
 * where a multiplier below the price of a KB has already left more room than that.
 */
function roundingLoss(tariff: Tariff, multipliers: ExactMultipliers): bigint {
  let loss = 0n
  tariff.poolRate.forEach((rate, pool) => {
    if (rate.isBlock) return
    const cost = BigInt(rate.cost)
    const block = BigInt(rate.block)
    const parts = block / gcd(cost, block)
    const largest = (((parts - 1n) / 2n) * MULTIPLIER_SCALE + parts - 1n) / parts
    const room = (cost * MULTIPLIER_SCALE) / block - multipliers.pools[pool]!
    if (largest > room) loss += largest - room
  })
  return loss
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b)
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient
}
