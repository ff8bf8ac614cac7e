import { aloneChargesOf, isFreeOfPrices } from "./alone-charges.ts"
import { checkProblem } from "./check-problem.ts"
import { type ClassCharge, loadClassCharge, newClassCharge } from "./class-charge.ts"
import { type ExactMultipliers, exactMultipliersOf, MULTIPLIER_SCALE } from "./exact-multipliers.ts"
import { exactEnvelope, type ExactPiece } from "./exact-envelope.ts"
import { placeAfter } from "./envelope.ts"
import { ExactSum } from "./exact-sum.ts"
import { type Fleet, fleetOf } from "./fleet.ts"
import { exactOverageCharge } from "./overage.ts"
import type { Problem } from "./problem.ts"
import type { Multipliers } from "./result.ts"
import type { Tariff } from "./tariff.ts"

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
  const charge = newClassCharge(tariff.planCount)
  for (let index = 0; index < fleet.classCount; index++) {
    loadClassCharge(fleet, index, charge)
    if (charge.planCount === 0) continue
    scaled += classTerm(fleet, index, charge, multipliers)
  }
  const floor = floorDivide(scaled, MULTIPLIER_SCALE)
  const leastCost = -floorDivide(roundingLoss(tariff, multipliers) - scaled, MULTIPLIER_SCALE)
  return { lowerBound: leastCost < floor ? leastCost : floor, leastCost, scaled, scale: MULTIPLIER_SCALE }
}

function limitTerm(tariff: Tariff, { max, min }: ExactMultipliers): bigint {
  let term = 0n
  for (let plan = 0; plan < tariff.planCount; plan++) {
    if (max[plan]! > 0n) term -= max[plan]! * BigInt(tariff.maxSims[plan]!)
    if (min[plan]! > 0n) term += min[plan]! * BigInt(tariff.minSims[plan]!)
  }
  return term
}

function classTerm(fleet: Fleet, index: number, charge: ClassCharge, multipliers: ExactMultipliers): bigint {
  const { tariff, usage } = fleet
  const first = fleet.classStart[index]!
  const end = fleet.classStart[index + 1]!
  const plans = Array.from(charge.plans.subarray(0, charge.planCount))
  const alone = plans.filter((plan) => tariff.poolOf[plan]! < 0)
  const isPlain =
    alone.every((plan) => isFreeOfPrices(fleet, plan)) && fitsDoubles(fleet, charge, plans, usage[end - 1]!)
  if (!isPlain) return slowClassTerm(fleet, index, plans, multipliers)
  const pieces = exactEnvelope(tariff, charge, multipliers, usage[first]!, usage[end - 1]!)
  return alone.length > 0 ? mixedTerm(fleet, pieces, first, end) : pooledTerm(fleet, pieces, first, end)
}

function pooledTerm({ usage, usageBefore }: Fleet, pieces: readonly ExactPiece[], first: number, end: number): bigint {
  let term = 0n
  let from = first
  for (const { intercept, slope, until } of pieces) {
    const to = placeAfter(usage, until, from, end)
    term += BigInt(to - from) * intercept + slope * BigInt(usageBefore[to]! - usageBefore[from]!)
    from = to
  }
  return term
}

/** Where plans that stand alone are permitted too, each SIM takes the cheapest of them or of the pooled ones. */
function mixedTerm(fleet: Fleet, pieces: readonly ExactPiece[], first: number, end: number): bigint {
  const { usage } = fleet
  const alone = aloneChargesOf(fleet)
  const own = new ExactSum()
  let term = 0n
  let place = first
  for (const { intercept, slope, until } of pieces) {
    const interceptNear = Number(intercept) / SCALE_NEAR
    const slopeNear = Number(slope) / SCALE_NEAR
    const volume = new ExactSum()
    let count = 0
    for (; place < end && usage[place]! <= until; place++) {
      const charge = alone.charge[place]!
      const gain = charge - interceptNear - slopeNear * usage[place]!
      // Doubles settle all but near-ties; those are compared as integers.
      const isPooled =
        Math.abs(gain) > DOUBT
          ? gain > 0
          : intercept + slope * BigInt(usage[place]!) < BigInt(charge) * MULTIPLIER_SCALE
      if (isPooled) {
        volume.add(usage[place]!)
        count++
      } else {
        own.add(charge)
      }
    }
    term += BigInt(count) * intercept + slope * volume.total
  }
  for (; place < end; place++) own.add(alone.charge[place]!)
  return term + own.total * MULTIPLIER_SCALE
}

// Up to this many micro-units doubles are off by less than `DOUBT`.
const LARGEST_NEAR = 2 ** 50
const DOUBT = 4
const SCALE_NEAR = Number(MULTIPLIER_SCALE)

/** Whether charges and sums of usage stay within what doubles hold: so they do in every fleet seen. */
function fitsDoubles(fleet: Fleet, charge: ClassCharge, plans: readonly number[], usage: number): boolean {
  const { poolOf, poolRate, ownRate } = fleet.tariff
  const largest = (plan: number): number => {
    const { cost, perKb } = poolOf[plan]! < 0 ? ownRate[plan]! : poolRate[poolOf[plan]!]!
    return charge.base[plan]! + cost + perKb * (usage + charge.allowance[plan]!)
  }
  return (
    fleet.usageBefore[fleet.simCount]! <= Number.MAX_SAFE_INTEGER && plans.every((plan) => largest(plan) < LARGEST_NEAR)
  )
}

/** The same for limited plans that stand alone and for numbers of any size, SIM by SIM and plan by plan. */
function slowClassTerm(
  fleet: Fleet,
  index: number,
  plans: readonly number[],
  { pools, max, min }: ExactMultipliers,
): bigint {
  const { tariff } = fleet
  const sms = BigInt(fleet.classSms[index]!)
  const current = fleet.classCurrent[index]!
  const monthly = tariff.monthlyFor(fleet.classDays[index]!)
  const allowance = tariff.allowanceFor(fleet.classDays[index]!)
  const lines = plans.map((plan) => {
    const smsAbove = sms - BigInt(tariff.smsIncluded[plan]!)
    const base =
      BigInt(monthly[plan]!) +
      (smsAbove > 0n ? smsAbove * BigInt(tariff.smsCost[plan]!) : 0n) +
      (current >= 0 && current !== plan ? BigInt(tariff.changeCost) : 0n)
    const pool = tariff.poolOf[plan]!
    return {
      fixed: base * MULTIPLIER_SCALE + max[plan]! - min[plan]!,
      allowance: BigInt(allowance[plan]!),
      slope: pool < 0 ? null : pools[pool]!,
      rate: tariff.ownRate[plan]!,
    }
  })
  let term = 0n
  for (let place = fleet.classStart[index]!; place < fleet.classStart[index + 1]!; place++) {
    const usage = BigInt(fleet.usage[place]!)
    const values = lines.map(({ fixed, allowance, slope, rate }) => {
      const excess = usage - allowance
      return fixed + (slope === null ? exactOverageCharge(excess, rate) * MULTIPLIER_SCALE : slope * excess)
    })
    term += values.reduce((least, value) => (value < least ? value : least))
  }
  return term
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
    if (rate.isBlock || rate.cost === 0) return
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
