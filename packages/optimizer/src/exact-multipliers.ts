import { ProblemError } from "./problem-error.ts"
import type { Multipliers } from "./result.ts"
import type { Tariff } from "./tariff.ts"

/** Multipliers are held as integers in units of 10^-18 micro-units. */
export const MULTIPLIER_SCALE: bigint = 10n ** 18n

/** Multipliers by position in the problem, each times `MULTIPLIER_SCALE`. */
export interface ExactMultipliers {
  /** By pool: per KB. */
  readonly pools: readonly bigint[]
  /** By plan: per SIM; 0 where the plan has no such limit. */
  readonly max: readonly bigint[]
  readonly min: readonly bigint[]
}

/**
 * Reads multipliers, digits beyond the 18th decimal dropped.
 *
 * @throws {ProblemError} If one is not a decimal, out of range, or set for a limit that does not exist.
 */
export function exactMultipliersOf(tariff: Tariff, multipliers: Multipliers): ExactMultipliers {
  const pools = tariff.poolIds.map((id, pool) => {
    const value = read(multipliers.pools, id, `multipliers.pools.${id}`)
    if (value > poolCeiling(tariff, pool)) {
      throw new ProblemError("problem.range", `multipliers.pools.${id}`, "must not exceed overageCost / overageBlock")
    }
    return value
  })
  const limit = (side: "max" | "min", isSet: (plan: number) => boolean): readonly bigint[] =>
    tariff.planIds.map((id, plan) => {
      const path = `multipliers.${side}.${id}`
      const value = read(multipliers[side], id, path)
      if (value > 0n && !isSet(plan)) throw new ProblemError("problem.range", path, "must be 0 without the limit")
      return value
    })
  return {
    pools,
    max: limit("max", (plan) => tariff.maxSims[plan] !== Infinity),
    min: limit("min", (plan) => tariff.minSims[plan] !== 0),
  }
}

/** The largest multiplier a pool may have, scaled: the price of one KB of overage, rounded down. */
export function poolCeiling(tariff: Tariff, pool: number): bigint {
  const { cost, block } = tariff.poolRate[pool]!
  return (BigInt(cost) * MULTIPLIER_SCALE) / BigInt(block)
}

/** Writes multipliers as the result document holds them. */
export function multipliersOf(tariff: Tariff, exact: ExactMultipliers): Multipliers {
  const limits = (values: readonly bigint[], isSet: (plan: number) => boolean): Record<string, string> =>
    Object.fromEntries(values.flatMap((value, plan) => (isSet(plan) ? [[tariff.planIds[plan]!, decimal(value)]] : [])))
  return {
    pools: Object.fromEntries(exact.pools.map((value, pool) => [tariff.poolIds[pool]!, decimal(value)])),
    max: limits(exact.max, (plan) => tariff.maxSims[plan] !== Infinity),
    min: limits(exact.min, (plan) => tariff.minSims[plan] !== 0),
  }
}

/** The nearest scaled integer that a double can be trusted for, not negative. */
export function scaledFromDouble(value: number): bigint {
  if (!(value > 0)) return 0n
  let digits = 18
  let scaled = value * 1e18
  while (scaled > Number.MAX_SAFE_INTEGER && digits > 0) {
    digits--
    scaled = value * Number(`1e${digits}`)
  }
  return BigInt(Math.round(scaled)) * 10n ** BigInt(18 - digits)
}

function read(values: Readonly<Record<string, string>> | undefined, id: string, path: string): bigint {
  const text = values !== undefined && Object.hasOwn(values, id) ? values[id]! : "0"
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(String(text))
  if (parts === null) throw new ProblemError("problem.type", path, `must be a decimal, got ${JSON.stringify(text)}`)
  const [, sign, whole = "", fraction = "", exponent = "0"] = parts
  const shift = 18 - fraction.length + Number(exponent)
  const digits = BigInt(whole + fraction)
  const value = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
  if (sign === "-" && value > 0n) throw new ProblemError("problem.range", path, `must not be negative, got ${text}`)
  return value
}

function decimal(scaled: bigint): string {
  const whole = scaled / MULTIPLIER_SCALE
  const fraction = (scaled % MULTIPLIER_SCALE).toString().padStart(18, "0").replace(/0+$/, "")
  return fraction === "" ? whole.toString() : `${whole}.${fraction}`
}
