import type { MadeFleet } from "./made-carrier.ts"
import type { SharedRate } from "./measure.ts"
import { queueByClient, queueRaw, queueThroughJobs } from "./queue.ts"
import { queueInProcesses } from "./queue-processes.ts"
import { stageLazily, stageRaw, stageThroughStore, stageWithDrizzle } from "./staging.ts"
import { insertRaw, prepare, promote, promoteFirst, stageThroughSync, stageWholeSync } from "./sync-path.ts"

/** What a row must reach; what is left out is only shown. */
export interface Bars {
  /** Of the raw side's speed. */
  readonly ratio?: number
  /** Of the other way's speed, where there is one. */
  readonly otherRatio?: number
  readonly peakMb?: number
  readonly stallP99Ms?: number
  /** Of the work, by the process that got least in any round. */
  readonly leastShare?: number
}

export type Side = "ours" | "raw" | "other" | "prepare"

/** A row of the table: the same work through our layers, by bare SQLite, and perhaps in another way. */
export interface BenchRow {
  readonly name: string
  readonly ours: () => Promise<number | SharedRate>
  readonly raw?: () => Promise<number>
  readonly other?: () => Promise<number | SharedRate>
  /** Runs once, in a process of its own, before the first round. */
  readonly prepare?: () => Promise<void>
  readonly bars: Bars
  /** Takes minutes: left out by `--quick`. */
  readonly isLong?: boolean
}

const STAGED = 100_000
// Enough for the code to be warm: a worker runs for days.
const JOBS_BY_BATCH: Readonly<Record<number, number>> = { 1: 5_000, 10: 20_000, 100: 50_000 }

const promotion = (name: string, fleet: MadeFleet, bars: Bars): BenchRow => ({
  name,
  prepare: () => prepare(fleet),
  raw: () => insertRaw(fleet.devices),
  ours: () => promote(fleet),
  bars: { ...bars, stallP99Ms: 25 },
  isLong: fleet.devices > 100_000,
})

const claims = (batch: number, ratio: number): BenchRow => {
  const jobs = JOBS_BY_BATCH[batch] ?? 5_000
  return {
    name: `claim and complete, ${batch} at a time`,
    raw: () => queueRaw(jobs, batch),
    ours: () => queueThroughJobs(jobs, batch),
    // The bare queue by way of the database client: what any queue on it pays.
    other: () => queueByClient(jobs, batch),
    bars: { ratio },
  }
}

const processes = (batch: number, jobs: number): BenchRow => ({
  name: `four processes beside one, ${batch} at a time`,
  ours: () => queueInProcesses(4, jobs, batch),
  other: () => queueInProcesses(1, jobs, batch),
  bars: { otherRatio: 0.9, leastShare: 0.1 },
})

export const ROWS: readonly BenchRow[] = [
  {
    name: "staging, pages of 50 rows",
    raw: () => stageRaw(STAGED),
    ours: () => stageThroughStore(STAGED, 1),
    bars: { ratio: 0.36 },
  },
  {
    name: "staging, 500 rows a unit",
    raw: () => stageRaw(STAGED),
    ours: () => stageThroughStore(STAGED, 10),
    bars: { ratio: 0.45 },
  },
  {
    name: "whole path, from the answer's text to staging",
    raw: () => stageRaw(STAGED),
    ours: () => stageThroughSync(STAGED),
    other: () => stageWithDrizzle(STAGED),
    bars: { ratio: 0.25, otherRatio: 2 },
  },
  { name: "staging of 100,000 rows", ours: () => stageLazily(100_000), bars: { peakMb: 150 } },
  { name: "staging of 1,000,000 rows", ours: () => stageLazily(1_000_000), bars: { peakMb: 150 }, isLong: true },
  {
    name: "sync of 1,000,000 devices, staged",
    ours: () => stageWholeSync(1_000_000),
    bars: { peakMb: 150 },
    isLong: true,
  },
  promotion("promotion, nothing changed", { devices: 100_000, changed: 0, missing: 0 }, { ratio: 4 }),
  promotion("promotion, 5 % changed, 1 % missing", { devices: 100_000, changed: 0.05, missing: 0.01 }, { ratio: 1.2 }),
  promotion("the same, 1,000,000 devices", { devices: 1_000_000, changed: 0.05, missing: 0.01 }, { ratio: 0.8 }),
  {
    name: "promotion, all new",
    raw: () => insertRaw(100_000),
    ours: () => promoteFirst(100_000),
    bars: { stallP99Ms: 25 },
  },
  claims(1, 0.45),
  claims(10, 0.55),
  claims(100, 0.7),
  processes(1, 5_000),
  processes(10, 20_000),
  processes(100, 50_000),
  {
    // Beside a lane of a tenth of the length: each job of a lane must cost the same, however many stand behind it.
    name: "a lane of 10,000 jobs",
    ours: () => queueThroughJobs(10_000, 1, "lane"),
    other: () => queueThroughJobs(1_000, 1, "lane"),
    bars: { otherRatio: 0.7 },
  },
]
