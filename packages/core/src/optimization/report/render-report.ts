import { formatMoney } from "../../domain/mod.ts"
import type { ScanCertificate } from "../../ports/mod.ts"
import { type Html, html, htmlText } from "./html.ts"
import { applySection } from "./report-apply.ts"
import { componentSection } from "./report-components.ts"
import { costChart } from "./report-cost-chart.ts"
import { forecastSection } from "./report-forecast.ts"
import { reportStyle } from "./report-style.ts"
import { certificateList, exclusionSection, flowTable, moveTable, proofTable } from "./report-tables.ts"
import { usageChart } from "./report-usage-chart.ts"
import { count, dateIn, percent, plural } from "./report-words.ts"
import type { OptimizationReport } from "./report.ts"

/**
 * The report as one HTML page that needs nothing else: no scripts, no other files, readable on a phone, light and dark,
 * with a table for every chart.
 */
export function renderOptimizationReport(report: OptimizationReport): string {
  const { period } = report
  const span = `${dateIn(period.timeZone, period.startsAt)} to ${dateIn(period.timeZone, period.endsAt)}`
  return htmlText(html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Optimization of ${report.serviceProvider}, ${span}</title>${reportStyle()}</head>
<body><main>
<header class="hero"><p class="kicker">${report.serviceProvider} · billing period ${span}</p>
<h1>${headline(report)}</h1><p class="lead">${proofSentence(report)}</p></header>
${figures(report)}
${changesSection(report)}
${applySection(report)}
<div class="pair">
<section aria-labelledby="cost"><h2 id="cost">Cost by rate plan</h2><p class="note">Own charges of its SIMs and their shares of pooled overage.</p>${costChart(report)}</section>
<section aria-labelledby="usage"><h2 id="usage">Who uses how much</h2><p class="note">SIMs by usage in the period, coloured by the plan they end on. Each column stands for twice the usage of the one before.</p>${usageChart(report)}</section>
</div>
${forecastSection(report)}
${componentSection(report)}
<section aria-labelledby="moves"><h2 id="moves">Largest moves</h2>${moveTable(report)}</section>
<div class="pair">
<section aria-labelledby="flows"><h2 id="flows">All moves, by plan</h2>${flowTable(report)}</section>
<section aria-labelledby="proof"><h2 id="proof">The proof</h2>${proofTable(report)}${certificateList(report)}</section>
</div>
${exclusionSection(report)}
<footer>Session <code>${report.sessionId}</code>, ${dateIn(period.timeZone, report.finishedAt, true)} (${period.timeZone}). Sums are exact;
amounts are rounded to cents for reading. Usage counts in KB of 1024 bytes.</footer>
</main></body></html>
`)
}

function headline({ saving, currentCost, moveCount }: OptimizationReport): Html {
  if (saving === 0n && moveCount === 0) return html`Every SIM is on its cheapest plan`
  const share = percent(Number(saving < 0n ? -saving : saving) / Math.max(1, Number(currentCost)))
  if (saving < 0n) {
    return html`<span class="bad">${formatMoney(-saving)} dearer</span>: SIMs must leave plans that are not permitted (${share})`
  }
  return html`Saves <span class="good">${formatMoney(saving)}</span> a billing period, ${share} of the cost`
}

function proofSentence({ cost, lowerBound, gap, moveCount, deviceCount }: OptimizationReport): string {
  const moves = `${plural(moveCount, "SIM")} of ${count(deviceCount)} ${moveCount === 1 ? "moves" : "move"}.`
  return cost === lowerBound
    ? `${moves} Proved: no permitted assignment of plans costs less.`
    : `${moves} Proved: no permitted assignment of plans can save more than another ${formatMoney(cost - lowerBound)} (${percent(gap)}).`
}

type Figure = readonly [name: string, value: Html | string, note: string]

function figures(report: OptimizationReport): Html {
  const { certificate, perSimCheapestCost, sequencesCost, cost } = report
  const unpriced = report.exclusions.reduce((sum, { isPriced, deviceCount }) => sum + (isPriced ? 0 : deviceCount), 0)
  const entries: readonly Figure[] = [
    [
      "Devices",
      count(report.deviceCount),
      `${unpriced > 0 ? `of ${count(report.deviceCount + unpriced)}; ` : ""}${plural(report.groupCount, "group")}, ${plural(report.problems.length, "problem")}`,
    ],
    ["Current cost", formatMoney(report.currentCost), "as the SIMs are now"],
    ["Optimized cost", formatMoney(cost), cheapestNote(perSimCheapestCost, cost)],
    ["In sequences", formatMoney(sequencesCost), "plans filled one after the other, group by group"],
    ["Lower bound", formatMoney(report.lowerBound), "nothing permitted costs less"],
    ["Gap", percent(report.gap), "cost above the lower bound"],
    [
      "Saving",
      html`<span class="${report.saving < 0n ? "bad" : "good"}">${formatMoney(report.saving)}</span>`,
      "current less optimized",
    ],
    ["Moves", count(report.moveCount), `${percent(report.moveCount / Math.max(1, report.deviceCount))} of the SIMs`],
    ...(certificate === null ? [] : [certificateFigure(certificate)]),
  ]
  return html`<dl class="figures">${entries.map(
    ([name, value, note]) => html`<div><dt>${name}</dt><dd>${value} <small>${note}</small></dd></div>`,
  )}</dl>`
}

function certificateFigure({ certified, reason, method, rows, duplicates }: ScanCertificate): Figure {
  return certified
    ? ["Device list", html`<span class="good">certified</span>`, `${plural(rows - duplicates, "device")}, ${method}`]
    : ["Device list", html`<span class="bad">not certified</span>`, reason ?? method]
}

function cheapestNote(perSimCheapestCost: bigint, cost: bigint): string {
  return perSimCheapestCost > cost ? `SIM by SIM: ${formatMoney(perSimCheapestCost)}` : "no dearer than SIM by SIM"
}

/** What became of the changes: a bar of what was done, and the figures. */
function changesSection({ changes }: OptimizationReport): Html | null {
  if (changes === null) return null
  const { planned, processed, failed, unknown, verified } = changes
  const open = Math.max(0, planned - processed - failed - unknown)
  const width = (part: number) => `${(100 * part) / Math.max(1, planned)}%`
  const offset = (parts: number) => `${(100 * parts) / Math.max(1, planned)}%`
  return html`<section aria-labelledby="changes"><h2 id="changes">Applied at the carrier</h2>
<p class="note">${plural(planned, "change")} planned; ${count(verified)} seen by reading back.${open > 0 ? ` ${count(open)} not started.` : ""}</p>
<svg role="img" aria-label="${count(processed)} of ${count(planned)} applied, ${count(failed)} failed, ${count(unknown)} unknown" height="12">
<rect class="f-track" width="100%" height="12" rx="6"/><rect class="f-good" width="${width(processed)}" height="12" rx="3"/>
<rect class="f-bad" x="${offset(processed)}" width="${width(failed)}" height="12"/>
<rect class="f-warn" x="${offset(processed + failed)}" width="${width(unknown)}" height="12"/></svg>
<dl class="figures"><div><dt>Applied</dt><dd class="good">${count(processed)}</dd></div><div><dt>Failed</dt><dd class="${failed > 0 ? "bad" : ""}">${count(failed)}</dd></div>
<div><dt>Unknown</dt><dd class="${unknown > 0 ? "warn" : ""}">${count(unknown)}</dd></div><div><dt>Verified</dt><dd>${count(verified)}</dd></div></dl></section>`
}
