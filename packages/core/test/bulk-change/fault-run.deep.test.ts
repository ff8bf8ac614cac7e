import { expect, it } from "vitest"
import { faultRun } from "./fault-run.ts"

const SEEDS = 500

it(`no effect is doubled and each end is true over ${SEEDS} seeds`, { timeout: 3_600_000 }, async () => {
  const counts: Record<string, number> = {}
  for (let seed = 1_000; seed < 1_000 + SEEDS; seed++) {
    const report = await faultRun(seed)
    expect({ seed, violations: report.violations }).toEqual({ seed, violations: [] })
    for (const [what, times] of Object.entries(report.counts)) counts[what] = (counts[what] ?? 0) + times
  }
  console.log(counts)
  // A run in which nothing strikes proves nothing.
  for (const what of [
    "killed",
    "cancelled",
    "lostReplies",
    "silentNoOps",
    "lateReads",
    "dropped",
    "UNKNOWN interrupted",
  ]) {
    expect(counts[what] ?? 0, what).toBeGreaterThan(0)
  }
})
