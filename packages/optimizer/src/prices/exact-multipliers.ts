import { refuse } from "../problem/problem-error.ts"
import type { Multipliers } from "../problem/result.ts"
import type { Tariff } from "../charge/tariff.ts"

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

// For limits a SIM may be worth anything.
const NO_CEILING = 10n ** 99n

/** The largest legal multipliers: the price of one KB of overage, rounded down; 0 for a limit that a plan does not have. */
export function ceilingsOf({ poolRate, maxSims, minSims }: Tariff): ExactMultipliers {
  return {
    pools: poolRate.map(({ cost, block }) => (BigInt(cost) * MULTIPLIER_SCALE) / BigInt(block)),
    max: Array.from(maxSims, (most) => (most === Infinity ? 0n : NO_CEILING)),
    min: Array.from(minSims, (least) => (least === 0 ? 0n : NO_CEILING)),
  }
}

/**
 * Reads multipliers, digits beyond the 18th decimal dropped.
 *
 * @param isStart They are those of a similar problem: what would be illegal is moved into its range.
 * @throws {ProblemError} If one is not a decimal, out of range, or set for a limit that does not exist.
 */
export function exactMultipliersOf(tariff: Tariff, multipliers: Multipliers, isStart = false): ExactMultipliers {
  const ceilings = ceilingsOf(tariff)
  const readAll = (side: keyof Multipliers, ids: readonly string[]): readonly bigint[] =>
    ids.map((id, k) => {
      const path = `multipliers.${side}.${id}`
      const value = read(multipliers[side], id, path)
      const most = ceilings[side][k]!
      if (value < 0n) refuse("problem.range", path, "be 0 or more", value)
      if (value <= most || isStart) return value < most ? value : most
      return refuse("problem.range", path, `be at most ${decimal(most)}`, decimal(value))
    })
  const { poolIds, planIds } = tariff
  return { pools: readAll("pools", poolIds), max: readAll("max", planIds), min: readAll("min", planIds) }
}

/** Writes multipliers as the result document holds them: of all pools, and of the limits that exist. */
export function multipliersOf(tariff: Tariff, exact: ExactMultipliers): Multipliers {
  const ceilings = ceilingsOf(tariff)
  const write = (side: keyof Multipliers, ids: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      ids.flatMap((id, k) => (ids === poolIds || ceilings[side][k]! > 0n ? [[id, decimal(exact[side][k]!)]] : [])),
    )
  const { poolIds, planIds } = tariff
  return { pools: write("pools", poolIds), max: write("max", planIds), min: write("min", planIds) }
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
  const parts = /^(-?\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i.exec(text)
  if (parts === null) return refuse("problem.type", path, "be a decimal", text)
  const [, whole = "", fraction = "", exponent = "0"] = parts
  const shift = 18 - fraction.length + Number(exponent)
  const digits = BigInt(whole + fraction)
  return shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
}

function decimal(scaled: bigint): string {
  const digits = String(scaled).padStart(19, "0")
  return `${digits.slice(0, -18)}.${digits.slice(-18)}`.replace(/\.?0+$/, "")
}
