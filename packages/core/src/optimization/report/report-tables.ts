import { formatMoney } from "../../domain/mod.ts"
import type { DroppedRatePlan } from "../load/usable-rate-plans.ts"
import { formatVolume } from "../results/format-volume.ts"
import { EXCLUSION_TEXT } from "../results/move-reason.ts"
import type { ExclusionReason } from "../session/session.ts"
import { type Html, html } from "./html.ts"
import { count, dateIn, percent, plural } from "./report-words.ts"
import type { OptimizationReport } from "./report.ts"

/** The moves that save most, each with its reason; a card each on a phone. */
export function moveTable({ largestMoves, moveCount }: OptimizationReport): Html {
  if (largestMoves.length === 0) return html`<p class="note">Nothing moves: the fleet is on its cheapest plans.</p>`
  return html`<p class="note">The ${count(largestMoves.length)} of ${plural(moveCount, "move")} that save most. A charge is the SIM’s own
plus its share of its pool’s overage, so that all rows add up exactly.</p>
<table class="cards"><thead><tr><th scope="col">SIM</th><th scope="col">Move</th><th scope="col" class="n">Usage</th>
<th scope="col" class="n">Before</th><th scope="col" class="n">After</th><th scope="col" class="n">Saving</th><th scope="col" class="why">Why</th></tr></thead>
<tbody>${largestMoves.map(
    (
      move,
    ) => html`<tr><td class="wide"><code>${move.carrierDeviceId}</code></td><td class="wide">${move.fromRatePlan} → <strong>${move.toRatePlan}</strong></td>
<td class="n" data-label="used">${formatVolume(move.usageBytes)}</td><td class="n" data-label="before">${formatMoney(move.chargeBefore)}</td>
<td class="n" data-label="after">${formatMoney(move.chargeAfter)}</td><td class="n" data-label="saves"><strong>${formatMoney(move.saving)}</strong></td>
<td class="why wide">${move.reason}</td></tr>`,
  )}</tbody></table>`
}

/** How many SIMs go from where to where. */
export function flowTable({ flows }: OptimizationReport): Html {
  return html`<p class="note">Where the saving is negative, SIMs take a larger plan so that their pool pays less overage; that gain shows with
the SIMs that overuse.</p><div class="scroll"><table><thead><tr><th scope="col">From</th><th scope="col">To</th><th scope="col" class="n">SIMs</th>
<th scope="col" class="n">Saving</th></tr></thead><tbody>${flows.map(
    (
      flow,
    ) => html`<tr><td>${flow.fromRatePlan}</td><td>${flow.toRatePlan}</td><td class="n">${count(flow.deviceCount)}</td>
<td class="n">${formatMoney(flow.saving)}</td></tr>`,
  )}</tbody></table></div>`
}

/** Each problem with its certificate. */
export function proofTable({ problems }: OptimizationReport): Html {
  return html`<div class="scroll"><table><caption>What was solved together: communication plans whose rate plans share pools</caption>
<thead><tr><th scope="col">Communication plans</th><th scope="col" class="n">SIMs</th><th scope="col" class="n">Cost</th>
<th scope="col" class="n">Lower bound</th><th scope="col" class="n">Gap</th></tr></thead><tbody>${problems.map(
    (
      problem,
    ) => html`<tr><td>${problem.definition.groups.flatMap(({ communicationPlans }) => communicationPlans).join(", ")}</td>
<td class="n">${count(problem.deviceCount)}</td><td class="n">${formatMoney(BigInt(problem.cost ?? 0))}</td>
<td class="n">${formatMoney(BigInt(problem.lowerBound ?? 0))}</td>
<td class="n">${problem.proof === "optimal" ? "0\u00a0%, proved" : percent(problem.gap ?? 0)}</td></tr>`,
  )}</tbody></table></div>${poolPrices(problems)}`
}

function poolPrices(problems: OptimizationReport["problems"]): Html | null {
  const prices = problems.flatMap(({ multipliers, definition }) =>
    definition.pools.map(({ id }) => ({ id, perGb: Number(multipliers?.pools[id] ?? 0) * 1024 ** 2 })),
  )
  if (prices.length === 0) return null
  return html`<h3>What one more GB is worth in each pool</h3><p class="note">These prices are the proof: with them anyone can compute the
lower bound from the price list and the usage.</p><ul class="plain">${prices.map(
    ({ id, perGb }) =>
      html`<li>${id}: ${perGb === 0 ? "nothing, it has data to spare" : formatMoney(Math.round(perGb))}</li>`,
  )}</ul>`
}

/** What the sync proves, and what it assumes. */
export function certificateList({ certificate, period }: OptimizationReport): Html | null {
  if (certificate === null) return null
  return html`<h3>The device list</h3><p class="note">${
    certificate.certified
      ? `Certified: no device can be missing, under the assumptions below.`
      : `Not certified: ${certificate.reason ?? "no reason given"}.`
  } Method ${certificate.method}, scope ${certificate.scope}; ${plural(certificate.calls, "call")}, ${plural(certificate.pages, "page")},
${plural(certificate.rows, "row")}, ${plural(certificate.duplicates, "duplicate")}, ${plural(certificate.rounds, "round")} of catching up;
${dateIn(period.timeZone, certificate.startedAt, true)} to ${dateIn(period.timeZone, certificate.finishedAt, true)}.</p>${
    certificate.assumptions.length === 0
      ? null
      : html`<ul class="plain">${certificate.assumptions.map((assumption) => html`<li>${assumption}</li>`)}</ul>`
  }`
}

/** In plain words, for each reason why a rate plan is left out. */
export const DROPPED_TEXT: Readonly<Record<DroppedRatePlan["reason"], string>> = {
  price_unknown: "a price is missing",
  price_invalid: "a price is negative",
  overage_invalid: "its overage figures make no sense",
  pool_terms_differ: "its overage differs from the rest of its pool",
  not_sold_everywhere: "it is not sold at all of the providers",
}

/** What is not in the result, and why; `null` where nothing is left out. */
export function exclusionSection(report: OptimizationReport): Html | null {
  const { exclusions, droppedRatePlans, excludedCount, groups } = report
  const limited = groups.filter(({ directReason }) => directReason === "rate_plan_limit")
  if (exclusions.length === 0 && droppedRatePlans.length === 0 && limited.length === 0) return null
  const reasons = [...new Set(exclusions.map(({ reason }) => reason))]
  return html`<section aria-labelledby="left-out"><h2 id="left-out">What stays out</h2>${
    exclusions.length === 0
      ? null
      : html`<p class="note">${plural(excludedCount, "SIM")} may not move. They are never assumed free.</p><ul class="plain">${reasons.map((reason) => reasonItem(exclusions, reason))}</ul>`
  }${
    droppedRatePlans.length === 0
      ? null
      : html`<h3>Rate plans that cannot be priced</h3><ul class="plain">${droppedRatePlans.map(
          ({ ratePlan, reason }) => html`<li><strong>${ratePlan}</strong>: ${DROPPED_TEXT[reason]}</li>`,
        )}</ul>`
  }${
    limited.length === 0
      ? null
      : html`<h3>Groups with too many rate plans for sequences</h3><p class="note">All other ways of choosing plans looked at them.</p>
<ul class="plain">${limited.map(
          ({ communicationPlans, ratePlans, deviceCount }) =>
            html`<li><strong>${communicationPlans.join(", ")}</strong>: ${plural(ratePlans.length, "rate plan")}, ${plural(deviceCount, "SIM")}</li>`,
        )}</ul>`
  }</section>`
}

function reasonItem(exclusions: OptimizationReport["exclusions"], reason: ExclusionReason): Html {
  const mine = exclusions.filter((exclusion) => exclusion.reason === reason)
  const devices = mine.reduce((sum, { deviceCount }) => sum + deviceCount, 0)
  const named =
    reason === "rate_plan_unpriced" ? mine.map(({ ratePlan }) => ratePlan) : mine.map((one) => one.communicationPlan)
  const names = [...new Set(named.filter((name) => name !== null))].toSorted()
  const isPriced = mine.some((exclusion) => exclusion.isPriced)
  return html`<li>${plural(devices, "SIM")}: ${EXCLUSION_TEXT[reason]}${names.length > 0 && reason !== "not_billable" ? ` (${names.join(", ")})` : ""}${
    isPriced ? "; those in a shared pool are priced with it" : ""
  }</li>`
}
