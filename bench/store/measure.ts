import { mkdtempSync, rmSync } from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { tmpdir } from "node:os"
import { join } from "node:path"

const RESOLUTION_MS = 1
const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
const NONE = Number.NaN
let perCpuSecond = NONE

/**
 * Runs `work` on a new file and gives units of work per second. What `work` does before it returns is not timed; while what
 * it returned runs, processor time and the gaps between the event loop's turns are recorded.
 */
export async function ratePerSecond(
  units: number,
  work: (path: string) => Promise<() => Promise<void> | void>,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "altaworx-bench-"))
  try {
    const timed = await work(join(folder, "bench.db"))
    loop.reset()
    loop.enable()
    const startedAt = performance.now()
    const cpu = process.cpuUsage()
    await timed()
    const seconds = (performance.now() - startedAt) / 1_000
    const { user, system } = process.cpuUsage(cpu)
    perCpuSecond = (units * 1e6) / (user + system)
    loop.disable()
    return units / seconds
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What one side of a row showed, in a process of its own. */
export interface Measured {
  readonly perSecond: number
  /** By processor time, all threads of the process together: what a neighbour's load cannot change much. */
  readonly perCpuSecond: number
  /** Of the whole process, what was prepared before the clock ran included. */
  readonly peakMb: number
  readonly stallP99Ms: number
  readonly stallMaxMs: number
  readonly leastShare?: number
}

/** What several processes did together. */
export interface SharedRate {
  readonly perSecond: number
  /** Of the work, by the process that got least. */
  readonly leastShare: number
}

/** Runs one side; once in a process, since a process has one peak. */
export async function measure(side: () => Promise<number | SharedRate>): Promise<Measured> {
  const done = await side()
  // What was done by other processes says nothing about this one.
  if (typeof done !== "number") return { ...done, perCpuSecond, peakMb: NONE, stallP99Ms: NONE, stallMaxMs: NONE }
  const stall = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
  return {
    perSecond: done,
    perCpuSecond,
    peakMb: process.resourceUsage().maxRSS / 1_024,
    stallP99Ms: stall(loop.percentile(99)),
    stallMaxMs: stall(loop.max),
  }
}

/** @returns `NaN` without values: a comparison with it never holds. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
