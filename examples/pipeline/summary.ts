import { formatMoney } from "@altaworx/core/domain"
import type { HeldBackBy, OptimizationApply } from "@altaworx/core/optimization"
import type { DataFolder } from "./data-folder.ts"
import type { LastRun, Results } from "./results.ts"

const count = (value: number) => value.toLocaleString("en")
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
const FAILURES_SHOWN = 10

/** The plan and what holds it back, shown before anything is changed. */
export function planLines(apply: OptimizationApply): string[] {
  const { moveCount, plannedSaving, predictedSaving, guardRails, heldBack } = apply
  const saving = formatMoney(BigInt(plannedSaving))
  const held = (Object.keys(HELD_BACK) as HeldBackBy[]).flatMap((by) =>
    heldBack[by] > 0 ? [`${count(heldBack[by])} ${HELD_BACK[by]}`] : [],
  )
  const { canary, mostMoves, leastSaving } = guardRails
  const rails = [
    ...(mostMoves === null ? [] : [`${count(mostMoves)} moves at the most`]),
    ...(leastSaving === 0 ? [] : [`each saves ${formatMoney(leastSaving)} at least`]),
    ...(canary === null ? [] : [`the first ${count(canary.size)} have to be seen at the carrier before the others go`]),
    ...timeLeft(apply),
  ]
  return [
    "",
    `Plan: ${count(moveCount)} SIMs move to a cheaper rate plan, saving ${saving} of the ${formatMoney(BigInt(predictedSaving))} found for a billing period.`,
    `Guard rails: ${rails.join("; ") || "none"}.`,
    ...(held.length > 0 ? [`Held back: ${held.join(", ")}.`] : []),
    "Nothing has been changed so far. Approving the plan as shown, and making the changes now.",
  ]
}

function timeLeft({ movesInTime, movesPerSecond, heldBack }: OptimizationApply): string[] {
  if (movesInTime === null) return []
  const pace = `at ${movesPerSecond?.toFixed(1)} changes/s`
  return heldBack.noTimeLeft > 0
    ? [`until the period ends there is time for ${count(movesInTime)} moves ${pace}`]
    : [`there is time for all of them before the period ends, ${pace}`]
}

const HELD_BACK: Readonly<Record<HeldBackBy, string>> = {
  protected: "protected",
  carrierRule: "by a rule of the carrier",
  mostMoves: "above the most moves",
  noTimeLeft: "for want of time",
  savesTooLittle: "that save too little",
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
    ...reconcileLines(lastRun.reconcile),
    row("Faults met", faultText(lastRun.injected)),
    row(
      "Time",
      `${seconds(lastRun.totalMs)}, ${count(Math.round(peakMemoryBytes / 1_048_576))} MB of memory at the most`,
    ),
    "",
    `Report: ${folder.report}   rows: ${folder.csv}   figures: ${folder.lastRun}`,
  ]
}

const MISSING: Readonly<Record<keyof LastRun["reconcile"]["missing"], string>> = {
  heldBack: "held back by guard rails",
  refused: "refused",
  stale: "changed by somebody else",
  failed: "without effect",
  unknown: "unknown",
  cancelled: "cancelled",
  open: "not ended",
  unexplained: "UNEXPLAINED",
}

function reconcileLines({ predictedSaving, appliedSaving, missing, state, canary }: LastRun["reconcile"]): string[] {
  const parts = Object.entries(missing).flatMap(([why, { devices, saving }]) =>
    devices === 0
      ? []
      : [
          `${formatMoney(BigInt(saving))} ${MISSING[why as keyof typeof MISSING]} (${count(devices)} ${devices === 1 ? "SIM" : "SIMs"})`,
        ],
  )
  return [
    ...(canary === "off" ? [] : [row("Canary", canary)]),
    row(
      "Reconciled",
      `${formatMoney(BigInt(appliedSaving))} saved of ${formatMoney(BigInt(predictedSaving))} predicted, ${state}`,
    ),
    ...(parts.length > 0 ? [row("", `missing: ${parts.join(", ")}`)] : []),
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
