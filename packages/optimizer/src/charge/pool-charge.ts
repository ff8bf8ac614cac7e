import type { Tariff } from "./tariff.ts"

/** Charge of a pool for its net usage, as a double: proportional parts are not rounded to whole micro-units. */
export function poolCharge(tariff: Tariff, pool: number, netUsage: number): number {
  if (netUsage <= 0) return 0
  const rate = tariff.poolRate[pool]!
  if (!rate.isBlock) return netUsage * rate.perKb
  return Math.ceil(netUsage / rate.block) * rate.cost
}
