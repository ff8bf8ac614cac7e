import { formatVolume } from "../results/format-volume.ts"
import { type Html, html } from "./html.ts"
import { planColor } from "./report-words.ts"
import type { OptimizationReport, ReportedForecast } from "./report.ts"

const ROW = 46

/** Usage as it was read and at the end of the period with its band, for each plan that SIMs end on, as bars and as a table. */
export function forecastSection(report: OptimizationReport): Html {
  const plans = report.ratePlans.filter(({ devicesAfter }) => devicesAfter > 0)
  const most = plans.reduce((high, { forecast }) => (forecast.highBytes > high ? forecast.highBytes : high), 1n)
  const x = (bytes: bigint) => `${Number((bytes * 10_000n) / most) / 100}%`
  const rows = plans.map(({ name, forecast }, at) => {
    const y = at * ROW
    const { usedBytes, projectedBytes, lowBytes, highBytes } = forecast
    return html`<g><text class="name" x="0" y="${y + 13}">${name}</text>
<text x="100%" y="${y + 13}" text-anchor="end">${bandText(forecast)}</text>
<rect class="f-track" x="0" y="${y + 20}" width="100%" height="14" rx="4"/>
<rect class="f-before" x="0" y="${y + 20}" width="${x(projectedBytes)}" height="14" rx="3"/>
<rect class="${planColor(report, name)}" x="0" y="${y + 20}" width="${x(usedBytes)}" height="14" rx="3"/>
<line class="s-ink" x1="${x(lowBytes)}" x2="${x(highBytes)}" y1="${y + 27}" y2="${y + 27}" stroke-width="2"/></g>`
  })
  return html`<section aria-labelledby="forecast"><h2 id="forecast">Usage at the end of the period</h2>
<p class="note">${noteText(report.forecast)}</p>
<svg role="img" aria-labelledby="forecast-title forecast-text" height="${plans.length * ROW}">
<title id="forecast-title">Usage of the SIMs that end on each plan, at the end of the period</title>
<desc id="forecast-text">${plans.map(({ name, forecast }) => `${name}: ${bandText(forecast)}`).join(". ")}</desc>${rows}</svg>
<ul class="legend"><li><svg aria-hidden="true"><rect class="f0" width="10" height="10" rx="3"/></svg>as it was read, in the plan’s colour</li>
<li><svg aria-hidden="true"><rect class="f-before" width="10" height="10" rx="3"/></svg>still to come</li>
<li><svg aria-hidden="true"><line class="s-ink" x1="0" x2="10" y1="5" y2="5" stroke-width="2"/></svg>band</li></ul>
<details><summary>As a table</summary><div class="scroll"><table><thead><tr><th scope="col">Rate plan</th><th scope="col" class="n">As it was read</th>
<th scope="col" class="n">At the end</th><th scope="col" class="n">At least</th><th scope="col" class="n">At most</th></tr></thead><tbody>${plans.map(
    ({ name, forecast }) =>
      html`<tr><th scope="row">${name}</th>${[
        forecast.usedBytes,
        forecast.projectedBytes,
        forecast.lowBytes,
        forecast.highBytes,
      ].map((bytes) => html`<td class="n">${formatVolume(Number(bytes))}</td>`)}</tr>`,
  )}</tbody></table></div></details></section>`
}

function noteText(forecast: ReportedForecast): string {
  const used = formatVolume(Number(forecast.usedBytes))
  if (forecast.projectedBytes === forecast.usedBytes) return `${used}, taken as it was read: nothing is carried on.`
  return `${used} were used when it was read; the plans are chosen for ${bandText(forecast)} at the end. The band is a rule
of thumb: what is still to come, give or take one part in the root of the days that are over.`
}

function bandText({ projectedBytes, lowBytes, highBytes }: ReportedForecast): string {
  const [expected, low, high] = [projectedBytes, lowBytes, highBytes].map((bytes) => formatVolume(Number(bytes)))
  return low === high ? `${expected}` : `${expected} (${low} to ${high})`
}
