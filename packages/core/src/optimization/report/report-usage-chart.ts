import { formatVolume } from "../results/format-volume.ts"
import { type Html, html } from "./html.ts"
import { COLOR_COUNT, count, planColor } from "./report-words.ts"
import type { OptimizationReport, ReportedRatePlan } from "./report.ts"

const TOP = 14
const HEIGHT = 220
const BASE = TOP + HEIGHT
const FIRST_ROW = BASE + 54
const ROW = 34

/**
 * How many SIMs use how much, coloured by the plan they end on, and below it the interval of usage that each plan ends
 * with and its allowance, on the same scale: for one communication plan the optimum cuts usage into one interval per plan.
 */
export function usageChart(report: OptimizationReport): Html {
  const { ratePlans, usage } = report
  const { bins, bounds } = usage
  const most = niceAbove(Math.max(1, ...bins.map(total)))
  const column = 100 / bins.length
  const height = (devices: number) => (devices / most) * HEIGHT
  const columns = bins.map((bin, at) => {
    let y = BASE
    return ratePlans.map(({ name }) => {
      const devices = bin[name] ?? 0
      if (devices === 0) return null
      y -= height(devices)
      return html`<rect class="${planColor(report, name)}" x="${pct(at * column + column * 0.06)}" y="${y.toFixed(2)}" width="${pct(column * 0.88)}" height="${height(devices).toFixed(2)}"/>`
    })
  })
  const grid = [0, 0.5, 1].map((part) => {
    const y = BASE - part * HEIGHT
    return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/>`
  })
  const scale = [0.5, 1].map(
    (part) =>
      html`<text class="over" x="100%" y="${BASE - part * HEIGHT - 4}" text-anchor="end">${count(most * part)} SIMs</text>`,
  )
  // Every fifth power of two: 1 KB, 32 KB, 1 MB, …; more would not fit on a phone.
  const labels = bounds.flatMap((bound, at) => {
    const x = (at + 2) * column
    return Math.log2(bound) % 5 === 0 && x > 12 && x < 94
      ? [html`<text x="${pct(x)}" y="${BASE + 16}" text-anchor="middle">${formatVolume(bound)}</text>`]
      : []
  })
  /** Where a usage lies on the axis, percent: within its column by its logarithm. */
  const position = (bytes: number): number => {
    if (bytes <= 0) return column / 2
    const at = bounds.findIndex((bound) => bytes < bound)
    if (at === -1) return 100
    const below = Math.max(0, Math.log2(bytes / (bounds[at]! / 2)))
    return (at + 1 + below) * column
  }
  const held = ratePlans.filter(({ usageAfter }) => usageAfter !== null)
  const intervals = held.map((plan, at) => interval(report, plan, FIRST_ROW + at * ROW, position))
  return html`<svg role="img" aria-labelledby="usage-title usage-text" height="${FIRST_ROW + held.length * ROW}">
<title id="usage-title">Usage of the fleet and the interval of each plan</title>
<desc id="usage-text">${held.map((plan) => `${plan.name}: ${intervalText(plan)}`).join(". ")}</desc>
${grid}${columns}${scale}<text x="0" y="${BASE + 16}">0</text>${labels}
<text x="0" y="${FIRST_ROW - 12}" class="name">Usage that ends on each plan</text>
${intervals}</svg>
<ul class="legend">${held.map(
    ({ name }) =>
      html`<li><svg aria-hidden="true"><rect class="${planColor(report, name)}" width="10" height="10" rx="3"/></svg>${name}</li>`,
  )}<li><svg aria-hidden="true"><line class="s-ink" x1="5" x2="5" y1="0" y2="10" stroke-width="2"/></svg>allowance per SIM</li></ul>
<details><summary>As a table</summary><div class="scroll"><table><thead><tr><th scope="col">Rate plan</th><th scope="col" class="n">SIMs</th>
<th scope="col" class="n">Least usage</th><th scope="col" class="n">Most usage</th><th scope="col" class="n">Allowance</th></tr></thead>
<tbody>${held.map(
    (plan) => html`<tr><th scope="row">${plan.name}</th><td class="n">${count(plan.devicesAfter)}</td>
<td class="n">${formatVolume(plan.usageAfter?.leastBytes ?? 0)}</td><td class="n">${formatVolume(plan.usageAfter?.mostBytes ?? 0)}</td>
<td class="n">${formatVolume(plan.includedBytes)}</td></tr>`,
  )}</tbody></table></div></details>${
    ratePlans.length > COLOR_COUNT
      ? html`<p class="note">Plans beyond the first ${COLOR_COUNT} share one colour.</p>`
      : null
  }`
}

function interval(
  report: OptimizationReport,
  plan: ReportedRatePlan,
  y: number,
  position: (bytes: number) => number,
): Html {
  const { leastBytes, mostBytes } = plan.usageAfter ?? { leastBytes: 0, mostBytes: 0 }
  const from = position(leastBytes)
  const width = Math.max(0.8, position(mostBytes) - from)
  const allowance = pct(Math.min(99.8, position(plan.includedBytes)))
  return html`<g><text x="0" y="${y + 11}"><tspan class="name">${plan.name}</tspan> <tspan dx="4">${intervalText(plan)}</tspan></text>
<rect class="f-track" x="0" y="${y + 18}" width="100%" height="8" rx="4"/>
<rect class="${planColor(report, plan.name)}" x="${pct(from)}" y="${y + 18}" width="${pct(width)}" height="8" rx="4"/>
<line class="s-ink" x1="${allowance}" x2="${allowance}" y1="${y + 15}" y2="${y + 29}" stroke-width="2"/></g>`
}

function intervalText({ usageAfter, devicesAfter }: ReportedRatePlan): string {
  const range = usageAfter ? `${formatVolume(usageAfter.leastBytes)} to ${formatVolume(usageAfter.mostBytes)}` : "none"
  return `${range}, ${count(devicesAfter)} SIMs`
}

function total(bin: Readonly<Record<string, number>>): number {
  return Object.values(bin).reduce((sum, devices) => sum + devices, 0)
}

/** A round number not below `value` whose half is round as well. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  const steps = power < 10 ? [2, 4, 6, 8, 10] : [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10]
  return (steps.find((step) => step * power >= value) ?? 10) * power
}

function pct(value: number): string {
  return `${Number(value.toFixed(3))}%`
}
