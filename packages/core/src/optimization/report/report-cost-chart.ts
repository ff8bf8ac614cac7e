import { formatMoney } from "../../domain/mod.ts"
import { type Html, html } from "./html.ts"
import { count, planColor } from "./report-words.ts"
import type { OptimizationReport } from "./report.ts"

const ROW = 62

/** Cost of each rate plan before and after, as bars and as a table. Positions are percentages, so text keeps its size. */
export function costChart(report: OptimizationReport): Html {
  const { ratePlans } = report
  const costs = ratePlans.flatMap(({ costBefore, costAfter }) => [costBefore, costAfter])
  const most = costs.reduce((a, b) => (b > a ? b : a), 1n)
  const width = (cost: bigint) => `${cost <= 0n ? 0 : Math.max(0.3, Number((cost * 10_000n) / most) / 100)}%`
  const rows = ratePlans.map((plan, at) => {
    const y = at * ROW
    return html`<g>
<text class="name" x="0" y="${y + 13}">${plan.name}</text>
<text x="100%" y="${y + 13}" text-anchor="end">${formatMoney(plan.costBefore)} → ${formatMoney(plan.costAfter)}</text>
<rect class="f-track" x="0" y="${y + 21}" width="100%" height="26" rx="4"/>
<rect class="f-before" x="0" y="${y + 21}" width="${width(plan.costBefore)}" height="11" rx="3"/>
<rect class="${planColor(report, plan.name)}" x="0" y="${y + 34}" width="${width(plan.costAfter)}" height="13" rx="3"/>
</g>`
  })
  return html`<svg role="img" aria-labelledby="cost-title cost-text" height="${ratePlans.length * ROW}">
<title id="cost-title">Cost by rate plan before and after</title>
<desc id="cost-text">${ratePlans
    .map(
      ({ name, costBefore, costAfter }) =>
        `${name}: ${formatMoney(costBefore)} before, ${formatMoney(costAfter)} after`,
    )
    .join(". ")}</desc>
${rows}</svg>
<ul class="legend"><li><svg aria-hidden="true"><rect class="f-before" width="10" height="10" rx="3"/></svg>before</li>
<li><svg aria-hidden="true"><rect class="f0" width="10" height="10" rx="3"/></svg>after, in the plan’s colour</li></ul>
<details><summary>As a table</summary><div class="scroll"><table>
<thead><tr><th scope="col">Rate plan</th><th scope="col" class="n">SIMs before</th><th scope="col" class="n">SIMs after</th>
<th scope="col" class="n">Cost before</th><th scope="col" class="n">Cost after</th></tr></thead>
<tbody>${ratePlans.map(
    (plan) => html`<tr><th scope="row">${plan.name}</th><td class="n">${count(plan.devicesBefore)}</td>
<td class="n">${count(plan.devicesAfter)}</td><td class="n">${formatMoney(plan.costBefore)}</td>
<td class="n">${formatMoney(plan.costAfter)}</td></tr>`,
  )}</tbody></table></div></details>`
}
