import type { RatePlan } from "@altaworx/optimizer"
import { formatMoney, kilobytesOf } from "../domain/mod.ts"
import { formatVolume } from "./format-volume.ts"
import type { ExclusionReason } from "./session.ts"

export interface MoveFacts {
  readonly from: RatePlan
  readonly to: RatePlan
  readonly usageBytes: number
  /** Micro-units that one more KB is worth in the pool of `to`, or of `from` where `to` has none. */
  readonly poolPrice: number
  readonly isFromPermitted: boolean
  readonly exclusion: ExclusionReason | null
}

/** In plain words, for each reason why SIMs may not move. */
export const EXCLUSION_TEXT: Readonly<Record<ExclusionReason, string>> = {
  not_billable: "not in a billable status",
  no_rate_plan: "no rate plan at the carrier",
  rate_plan_unpriced: "their rate plan has no usable prices",
  no_communication_plan: "no communication plan",
  no_permitted_rate_plans: "their communication plan permits no rate plan yet",
  permitted_rate_plans_unpriced: "no permitted rate plan has usable prices",
}

/** Why a SIM moves, or stays, in one or two plain sentences. */
export function moveReason(facts: MoveFacts): string {
  const { from, to } = facts
  if (facts.exclusion !== null) return `Stays: ${EXCLUSION_TEXT[facts.exclusion]}`
  if (from.id === to.id) return "Stays: no permitted rate plan makes the fleet cheaper"
  const sentences = [usageSentence(facts), priceSentence(facts), poolSentence(facts)]
  if (!facts.isFromPermitted) sentences.unshift(`${from.id} is not permitted by its communication plan`)
  return sentences.filter((sentence) => sentence !== "").join(". ")
}

function usageSentence({ from, to, usageBytes }: MoveFacts): string {
  const usage = formatVolume(usageBytes)
  const used = kilobytesOf(usageBytes)
  const over = (plan: RatePlan) => formatVolume((used - plan.included) * 1024)
  if (used > from.included && used <= to.included) {
    return `Used ${usage}, ${over(from)} above ${from.id}; ${to.id} includes ${formatVolume(to.included * 1024)}`
  }
  if (used > to.included) return `Used ${usage}, ${over(to)} above the allowance of ${to.id}`
  return `Used ${usage}; ${to.id} includes ${formatVolume(to.included * 1024)}`
}

function priceSentence({ from, to }: MoveFacts): string {
  const difference = to.monthly - from.monthly
  if (difference === 0) return "Same monthly price"
  const amount = formatMoney(Math.abs(difference))
  return difference < 0
    ? `Costs ${amount} less a month`
    : `Costs ${amount} more a month, less than the overage it avoids`
}

function poolSentence({ from, to, usageBytes, poolPrice }: MoveFacts): string {
  const used = kilobytesOf(usageBytes)
  const data = formatVolume(Math.abs(to.included - used) * 1024)
  const worth = poolPrice > 0 ? ` worth ${formatMoney(Math.round(poolPrice * Math.abs(to.included - used)))} there` : ""
  if (to.pool != null && to.pool === from.pool) {
    const change = formatVolume(Math.abs(to.included - from.included) * 1024)
    if (to.included === from.included) return ""
    if (to.included > from.included) return `Gives pool ${to.pool} ${change} more`
    return poolPrice > 0
      ? `Takes ${change} out of pool ${to.pool}, which can spare it`
      : `Pool ${to.pool} has data to spare`
  }
  if (to.pool != null) {
    return used <= to.included
      ? `Brings ${data} to pool ${to.pool}${worth && `,${worth}`}`
      : `Pool ${to.pool} covers ${data} of it`
  }
  return from.pool == null ? "" : `Leaves pool ${from.pool}`
}
