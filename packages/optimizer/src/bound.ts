import { type AloneCharges, aloneChargesOf, isFreeOfPrices } from "./alone-charges.ts"
import { checkProblem } from "./check-problem.ts"
import { type ClassCharge, loadClassCharge, newClassCharge, ownCharge } from "./class-charge.ts"
import { type ExactMultipliers, exactMultipliersOf, MULTIPLIER_SCALE } from "./exact-multipliers.ts"
import { type ExactEnvelope, exactEnvelope } from "./exact-envelope.ts"
import { placeAfter } from "./envelope.ts"
import { ExactSum } from "./exact-sum.ts"
import { type Fleet, fleetOf } from "./fleet.ts"
import { exactOverageCharge } from "./overage.ts"
import type { Problem } from "./problem.ts"
import type { Multipliers } from "./result.ts"
import type { Tariff } from "./tariff.ts"

// Places are compared with plans that stand alone in stretches of so many.
const STRETCH = 128

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
  const first = fleet.classStart[index]!
  const end = fleet.classStart[index + 1]!
  if (!fitsDoubles(fleet, charge, end)) return largeClassTerm(fleet, index, charge, multipliers)
  const envelope = exactEnvelope(fleet.tariff, charge, multipliers, fleet.usage[first]!, fleet.usage[end - 1]!)
  const alone = charge.plans.subarray(0, charge.planCount).filter((plan) => fleet.tariff.poolOf[plan]! < 0)
  if (alone.length > 0 && alone.every((plan) => isFreeOfPrices(fleet, plan))) {
    const charges = aloneChargesOf(fleet)
    if (charges.before[fleet.simCount]! < 2 ** 52) return aloneTerm(fleet, charges, envelope, first, end)
  }
  if (alone.length > 0) return mixedTerm(fleet, charge, multipliers, envelope, alone, first, end)
  let term = 0n
  let from = first
  for (let piece = 0; piece < envelope.count; piece++) {
    const to = piece === envelope.count - 1 ? end : placeAfter(fleet.usage, envelope.until[piece]!, from, end)
    const volume = fleet.usageBefore[to]! - fleet.usageBefore[from]!
    term += BigInt(to - from) * envelope.intercept[piece]! + envelope.slope[piece]! * BigInt(volume)
    from = to
  }
  return term
}

/** Where the other plans stand alone and have no limits, their charges are known; whole stretches are decided by their ends. */
function aloneTerm(fleet: Fleet, alone: AloneCharges, envelope: ExactEnvelope, first: number, end: number): bigint {
  const { usage, usageBefore } = fleet
  const scale = Number(MULTIPLIER_SCALE)
  if (envelope.count === 0) return BigInt(alone.before[end]! - alone.before[first]!) * MULTIPLIER_SCALE
  let own = 0
  let term = 0n
  let from = first
  for (let piece = 0; piece < envelope.count; piece++) {
    const to = piece === envelope.count - 1 ? end : placeAfter(usage, envelope.until[piece]!, from, end)
    const intercept = envelope.intercept[piece]!
    const slope = envelope.slope[piece]!
    const interceptNear = Number(intercept) / scale
    const slopeNear = Number(slope) / scale
    let volume = 0
    let count = 0
    for (let start = from; start < to; start += STRETCH) {
      const stop = Math.min(to, start + STRETCH)
      const low = interceptNear + slopeNear * usage[start]!
      const high = interceptNear + slopeNear * usage[stop - 1]!
      const doubt = 1e-6 + 1e-14 * (Math.abs(interceptNear) + slopeNear * usage[stop - 1]! + alone.charge[stop - 1]!)
      if (high + doubt < alone.charge[start]!) {
        volume += usageBefore[stop]! - usageBefore[start]!
        count += stop - start
      } else if (alone.charge[stop - 1]! + doubt < low) {
        own += alone.before[stop]! - alone.before[start]!
      } else {
        for (let place = start; place < stop; place++) {
          const pooled = interceptNear + slopeNear * usage[place]!
          const charge = alone.charge[place]!
          // Doubles settle all but near-ties; those are compared as integers.
          const isPooled =
            Math.abs(pooled - charge) > doubt
              ? pooled < charge
              : intercept + slope * BigInt(usage[place]!) < BigInt(charge) * MULTIPLIER_SCALE
          if (isPooled) {
            volume += usage[place]!
            count++
          } else {
            own += charge
          }
        }
      }
    }
    term += BigInt(count) * intercept + slope * BigInt(volume)
    from = to
  }
  return term + BigInt(own) * MULTIPLIER_SCALE
}

/** Where some permitted plans stand alone, their rounded overage is compared SIM by SIM. */
function mixedTerm(
  fleet: Fleet,
  charge: ClassCharge,
  multipliers: ExactMultipliers,
  envelope: ExactEnvelope,
  alone: Int32Array,
  first: number,
  end: number,
): bigint {
  const scale = Number(MULTIPLIER_SCALE)
  const shift = Array.from(alone, (plan) => multipliers.max[plan]! - multipliers.min[plan]!)
  const shiftNear = shift.map((value) => Number(value) / scale)
  const own = new ExactSum()
  const shiftCount = new Float64Array(alone.length)
  let term = 0n
  let from = first
  for (let piece = 0; piece < Math.max(1, envelope.count); piece++) {
    const isLast = piece >= envelope.count - 1
    const to = isLast ? end : placeAfter(fleet.usage, envelope.until[piece]!, from, end)
    const intercept = envelope.intercept[piece] ?? null
    const slope = envelope.slope[piece] ?? 0n
    const interceptNear = intercept === null ? Infinity : Number(intercept) / scale
    const slopeNear = Number(slope) / scale
    const pooledVolume = new ExactSum()
    let pooledCount = 0
    for (let place = from; place < to; place++) {
      const usage = fleet.usage[place]!
      let best = -1
      let bestOwn = 0
      let bestNear = Infinity
      for (let a = 0; a < alone.length; a++) {
        const cost = ownCharge(fleet, charge, usage, alone[a]!)
        const near = cost + shiftNear[a]!
        // Doubles settle all but near-ties; those are compared as integers.
        const doubt = 1e-6 + 1e-14 * (cost + Math.abs(shiftNear[a]!))
        const isBetter =
          best < 0 || Math.abs(near - bestNear) > doubt
            ? near < bestNear
            : BigInt(cost) * MULTIPLIER_SCALE + shift[a]! < BigInt(bestOwn) * MULTIPLIER_SCALE + shift[best]!
        if (isBetter) {
          best = a
          bestOwn = cost
          bestNear = near
        }
      }
      const pooled = interceptNear + slopeNear * usage
      const doubt = 1e-6 + 1e-14 * (Math.abs(interceptNear) + slopeNear * usage + Math.abs(bestNear))
      const isPooled =
        intercept !== null &&
        (Math.abs(pooled - bestNear) > doubt
          ? pooled < bestNear
          : intercept + slope * BigInt(usage) < BigInt(bestOwn) * MULTIPLIER_SCALE + shift[best]!)
      if (isPooled) {
        pooledCount++
        pooledVolume.add(usage)
      } else {
        own.add(bestOwn)
        shiftCount[best]!++
      }
    }
    if (pooledCount > 0) term += BigInt(pooledCount) * intercept! + slope * pooledVolume.total
    from = to
  }
  shift.forEach((value, a) => {
    term += value * BigInt(shiftCount[a]!)
  })
  return term + own.total * MULTIPLIER_SCALE
}

// Sums of charges and usages stay exact in doubles for every fleet seen; the rest is computed in bigint, slowly.
function fitsDoubles(fleet: Fleet, charge: ClassCharge, end: number): boolean {
  const { tariff } = fleet
  if (fleet.usageBefore[fleet.simCount]! > Number.MAX_SAFE_INTEGER) return false
  for (let p = 0; p < charge.planCount; p++) {
    const plan = charge.plans[p]!
    if (charge.base[plan]! > 2 ** 50) return false
    if (tariff.poolOf[plan]! >= 0) continue
    const { cost, block, isBlock } = tariff.ownRate[plan]!
    const usage = fleet.usage[end - 1]!
    if ((isBlock ? usage / block + 1 : usage) * cost > 2 ** 50) return false
  }
  return true
}

function largeClassTerm(fleet: Fleet, index: number, charge: ClassCharge, multipliers: ExactMultipliers): bigint {
  const { tariff } = fleet
  const sms = BigInt(fleet.classSms[index]!)
  const current = fleet.classCurrent[index]!
  const monthly = tariff.monthlyFor(fleet.classDays[index]!)
  const lines = Array.from(charge.plans.subarray(0, charge.planCount), (plan) => {
    const smsAbove = sms - BigInt(tariff.smsIncluded[plan]!)
    const base =
      BigInt(monthly[plan]!) +
      (smsAbove > 0n ? smsAbove * BigInt(tariff.smsCost[plan]!) : 0n) +
      (current >= 0 && current !== plan ? BigInt(tariff.changeCost) : 0n)
    const pool = tariff.poolOf[plan]!
    return {
      fixed: base * MULTIPLIER_SCALE + multipliers.max[plan]! - multipliers.min[plan]!,
      allowance: BigInt(charge.allowance[plan]!),
      slope: pool < 0 ? null : multipliers.pools[pool]!,
      rate: tariff.ownRate[plan]!,
    }
  })
  let term = 0n
  for (let place = fleet.classStart[index]!; place < fleet.classStart[index + 1]!; place++) {
    const usage = BigInt(fleet.usage[place]!)
    let best: bigint | null = null
    for (const { fixed, allowance, slope, rate } of lines) {
      const excess = usage - allowance
      const variable = slope === null ? exactOverageCharge(excess, rate) * MULTIPLIER_SCALE : slope * excess
      if (best === null || fixed + variable < best) best = fixed + variable
    }
    term += best!
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
