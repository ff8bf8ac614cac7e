import { shareHalfUp } from "./exact-share.ts"

/** What volume above an allowance costs. */
export interface OverageRate {
  /** Micro-units for one block. */
  readonly cost: number
  /** KB in one block, 1 or more. */
  readonly block: number
  /** True: every started block is charged whole. False: in proportion. */
  readonly isBlock: boolean
  /** Micro-units per KB, the slope of the charge seen from afar. */
  readonly perKb: number
}

/** Reads the overage terms of a pool or of a plan without a pool. */
export function overageRateOf(terms: {
  readonly overageCost?: number
  readonly overageBlock?: number
  readonly overageRounding?: "exact" | "block"
}): OverageRate {
  const cost = terms.overageCost ?? 0
  const block = terms.overageBlock || 1
  return { cost, block, isBlock: terms.overageRounding === "block", perKb: cost / block }
}

/** Charge for `excess` KB, micro-units, as a double: exact while it is a safe integer. */
export function overageCharge(excess: number, rate: OverageRate): number {
  const above = Math.max(0, excess)
  if (!rate.isBlock) return shareHalfUp(above, rate.cost, rate.block)
  return (Math.floor((above - 1) / rate.block) + 1) * rate.cost
}

/** Charge for `excess` KB, micro-units, exact at any size. */
export function exactOverageCharge(excess: bigint, rate: OverageRate): bigint {
  if (excess <= 0n) return 0n
  const cost = BigInt(rate.cost)
  const block = BigInt(rate.block)
  if (rate.isBlock) return ((excess + block - 1n) / block) * cost
  return (2n * excess * cost + block) / (2n * block)
}
