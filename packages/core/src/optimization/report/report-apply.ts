import { formatMoney } from "../../domain/mod.ts"
import type { HeldBackBy } from "../apply/apply.ts"
import type { Difference, Missing } from "../apply/reconciliation.ts"
import { type Html, html } from "./html.ts"
import { count, plural } from "./report-words.ts"
import type { OptimizationReport } from "./report.ts"

const HELD_BACK: Readonly<Record<HeldBackBy, string>> = {
  protected: "protected",
  carrierRule: "forbidden by the carrier",
  mostMoves: "above the most moves that are allowed",
  noTimeLeft: "cannot be sent before the period ends",
  savesTooLittle: "save too little beside the others",
}

const MISSING: Readonly<Record<Difference | "unexplained", string>> = {
  heldBack: "Held back by guard rails",
  refused: "Refused",
  stale: "Changed by somebody else before",
  failed: "Accepted, and without effect",
  unknown: "Outcome not known",
  cancelled: "Cancelled",
  open: "Not ended",
  unexplained: "Not explained",
}

/** What was predicted, planned and brought, and what became of the difference. */
export function applySection({ apply }: OptimizationReport): Html | null {
  if (apply === null) return null
  const { heldBack, reconciliation } = apply
  const held = (Object.keys(HELD_BACK) as HeldBackBy[])
    .filter((by) => heldBack[by] > 0)
    .map((by) => `${count(heldBack[by])} ${HELD_BACK[by]}`)
  return html`<section aria-labelledby="reconciled"><h2 id="reconciled">Predicted and applied</h2>
<p class="note">${plural(apply.moveCount, "move")} planned.${held.length > 0 ? ` Held back: ${held.join(", ")}.` : ""}</p>
${
  reconciliation === null
    ? html`<p class="note">The changes have not ended.</p>`
    : html`<div class="scroll"><table><thead><tr><th scope="col">Saving</th><th scope="col" class="n">SIMs</th><th scope="col" class="n">Amount</th></tr></thead>
<tbody><tr><td>Predicted</td><td></td><td class="n">${formatMoney(BigInt(reconciliation.predictedSaving))}</td></tr>
${missingRows({ ...reconciliation.differences, unexplained: reconciliation.unexplained })}
<tr><td><strong>Applied, as read back</strong></td><td></td><td class="n"><strong>${formatMoney(BigInt(reconciliation.appliedSaving))}</strong></td></tr></tbody></table></div>
<p class="note">${
        reconciliation.state === "explained"
          ? "Every difference is explained."
          : html`<span class="bad">Some SIMs are not where the outcome of their change says</span>: sync the account and look at them.`
      }</p>`
}</section>`
}

function missingRows(missing: Readonly<Record<Difference | "unexplained", Missing>>): readonly Html[] {
  return (Object.keys(MISSING) as (keyof typeof MISSING)[])
    .filter((why) => missing[why].deviceCount > 0)
    .map(
      (why) => html`<tr><td>${MISSING[why]}</td><td class="n">${count(missing[why].deviceCount)}</td>
<td class="n">${formatMoney(-BigInt(missing[why].saving))}</td></tr>`,
    )
}
