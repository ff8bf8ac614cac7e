import { formatMoney } from "@altaworx/core/domain"
import type { DataFolder } from "./data-folder.ts"
import type { Results } from "./results.ts"

const count = (value: number) => value.toLocaleString("en")
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
const FAILURES_SHOWN = 10

/** The plan, shown before anything is changed. */
export function planLines(plan: { readonly devices: number; readonly saving: bigint }): string[] {
  return [
    "",
    `Plan: ${count(plan.devices)} SIMs move to a cheaper rate plan, saving ${formatMoney(plan.saving)} a billing period.`,
    "Nothing has been changed so far. Approving the plan as shown, and making the changes now.",
  ]
}

/** What a person reads at a glance when the run is over. */
export function summaryLines(
  { lastRun, certificate, failures, rate, peakMemoryBytes }: Results,
  folder: DataFolder,
): string[] {
  const { sync, optimization, apply, promotion } = lastRun
  const saving = BigInt(optimization.currentCost) - BigInt(optimization.cost)
  const share = (Number(saving) / Math.max(1, Number(optimization.currentCost))) * 100
  const scanSeconds = Math.max(1, certificate.finishedAt - certificate.startedAt) / 1_000
  const pace = certificate.calls / scanSeconds
  return [
    "",
    row(
      "Devices",
      `${count(promotion.inserted + promotion.updated + promotion.unchanged)} synced in ${seconds(sync.ms)}`,
    ),
    row(
      "Certificate",
      certificate.certified
        ? `complete (${certificate.scope}, ${certificate.method}): ${count(sync.pages)} pages, ${count(sync.calls)} calls, ${count(sync.duplicates)} repeats`
        : `NOT complete: ${certificate.reason}`,
    ),
    row(
      "Pace",
      `${Math.round(pace)} calls/s while listing, ${Math.round((pace / rate) * 100)} % of the ${count(rate)} allowed`,
    ),
    row("Current cost", formatMoney(BigInt(optimization.currentCost))),
    row("Optimized cost", formatMoney(BigInt(optimization.cost))),
    row("Lower bound", `${formatMoney(BigInt(optimization.lowerBound))}   nothing permitted can cost less`),
    row("Gap", `${(optimization.gap * 100).toFixed(4)} %`),
    row("Saving", `${formatMoney(saving)}   ${share.toFixed(2)} % of the current cost`),
    row("Moves", `${count(optimization.moves)} of ${count(lastRun.devices)} SIMs`),
    row(
      "Changes",
      `${count(apply.processed)} applied, ${count(apply.failed)} failed, ${count(apply.unknown)} unknown, ${count(apply.verified)} read back and verified`,
    ),
    ...failureLines(failures, folder),
    row("Faults met", faultText(lastRun.injected)),
    row(
      "Time",
      `${seconds(lastRun.totalMs)}, ${count(Math.round(peakMemoryBytes / 1_048_576))} MB of memory at the most`,
    ),
    "",
    `Report: ${folder.report}   rows: ${folder.csv}   figures: ${folder.lastRun}`,
  ]
}

function row(name: string, text: string): string {
  return `${name.padEnd(15)} ${text}`
}

// Whole ICCIDs stay in the data folder; what a terminal shows is logged and shared.
function failureLines(failures: Results["failures"], folder: DataFolder): string[] {
  const lines = failures.slice(0, FAILURES_SHOWN).map(({ identifier, to, status, code, text }) => {
    const ratePlan = String(to["ratePlan"] ?? "no plan")
    return row("", `…${identifier.slice(-6)} to ${ratePlan}: ${status} (${code ?? "no code"}) ${firstClause(text)}`)
  })
  const more = failures.length - FAILURES_SHOWN
  return more > 0 ? [...lines, row("", `and ${count(more)} more, all in ${folder.failures}`)] : lines
}

function firstClause(text: string | null): string {
  return text?.split(/[;.]/)[0] ?? ""
}

function faultText(injected: Results["lastRun"]["injected"]): string {
  return `${count(injected.rateLimited)} rate limits, ${count(injected.serverErrors)} server errors, ${count(injected.dropped)} dropped, ${count(injected.lostReplies)} lost replies, ${count(injected.drifted)} changes while reading, ${count(injected.silentNoOps)} silent no-ops`
}
