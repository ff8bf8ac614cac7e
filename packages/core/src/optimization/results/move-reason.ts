import type { RatePlan } from "@altaworx/optimizer"
import { formatMoney, kilobytesOf } from "../../domain/mod.ts"
import type { ExclusionReason } from "../session/session.ts"
import { formatVolume } from "./format-volume.ts"

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
  const sentences = [usageSentence(facts), `${priceClause(facts)}${effectClause(facts)}`]
  if (!facts.isFromPermitted) sentences.unshift(`${from.id} is not permitted by its communication plan`)
  return sentences.join(". ")
}

function usageSentence({ from, to, usageBytes }: MoveFacts): string {
  const usage = formatVolume(usageBytes)
  const used = kilobytesOf(usageBytes)
  const over = (plan: RatePlan) => volume(used - plan.included)
  if (used > from.included && used <= to.included) {
    return `Used ${usage}, ${over(from)} above ${from.id}; ${to.id} includes ${volume(to.included)}`
  }
  if (used > to.included) return `Used ${usage}, ${over(to)} above the allowance of ${to.id}`
  return `Used ${usage}; ${to.id} includes ${volume(to.included)}`
}

function priceClause({ from, to }: MoveFacts): string {
  const difference = to.monthly - from.monthly
  if (difference === 0) return "Same monthly price"
  return `Costs ${formatMoney(Math.abs(difference))} ${difference < 0 ? "less" : "more"} a month`
}

/** What the move does to a pool, or to the SIM's own overage, and what that is worth. */
function effectClause({ from, to, usageBytes, poolPrice }: MoveFacts): string {
  const spare = to.included - kilobytesOf(usageBytes)
  const worth = (kilobytes: number) => formatMoney(Math.round(poolPrice * kilobytes))
  if (to.pool == null) {
    const avoids = to.monthly > from.monthly ? ", less than the overage it avoids" : ""
    return from.pool == null ? avoids : `${avoids}, and leaves pool ${from.pool}`
  }
  if (to.pool === from.pool) {
    const change = to.included - from.included
    if (change === 0) return ""
    if (change > 0) return `, and gives pool ${to.pool} ${volume(change)} more, worth ${worth(change)} there`
    return poolPrice > 0
      ? `, and takes ${volume(-change)} from pool ${to.pool}, worth ${worth(-change)} there`
      : `; pool ${to.pool} has data to spare`
  }
  if (spare < 0) return `, and pool ${to.pool} covers the rest, worth ${worth(-spare)} there`
  return poolPrice > 0 ? `, and brings ${volume(spare)} to pool ${to.pool}, worth ${worth(spare)} there` : ""
}

function volume(kilobytes: number): string {
  return formatVolume(kilobytes * 1024)
}
