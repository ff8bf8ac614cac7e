import { formatMoney } from "../../domain/mod.ts"
import type { CostComponents } from "../session/session.ts"
import { type Html, html } from "./html.ts"
import type { OptimizationReport } from "./report.ts"

const PARTS: readonly (readonly [part: keyof CostComponents, name: string])[] = [
  ["baseRate", "Base rate"],
  ["rateCharge", "Rate charge"],
  ["overage", "Overage"],
  ["sms", "SMS"],
]

/** What each plan costs before and after, in parts; the last row is the fleet. `null` where the session has no parts. */
export function componentSection({ components, ratePlans }: OptimizationReport): Html | null {
  if (components === null) return null
  const row = (name: string, before: CostComponents, after: CostComponents) =>
    html`<tr><th scope="row">${name}</th>${PARTS.map(
      ([part]) => html`<td class="n">${change(before[part], after[part])}</td>`,
    )}</tr>`
  return html`<section aria-labelledby="components"><h2 id="components">Cost by component</h2>
<p class="note">Before → after; the parts add up to the cost.</p><div class="scroll"><table><thead><tr><th scope="col">Rate plan</th>${PARTS.map(
    ([, name]) => html`<th scope="col" class="n">${name}</th>`,
  )}</tr></thead><tbody>${ratePlans.map((plan) => row(plan.name, plan.componentsBefore, plan.componentsAfter))}${row(
    "All",
    components.before,
    components.after,
  )}</tbody></table></div></section>`
}

function change(before: string, after: string): string {
  const [from, to] = [before, after].map((amount) => formatMoney(BigInt(amount)))
  return from === to ? `${from}` : `${from} → ${to}`
}
