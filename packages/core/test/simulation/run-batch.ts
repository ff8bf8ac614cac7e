import { type Histogram, openHistogram } from "./histogram.ts"
import { runSimulation, type SimulationResult } from "./run-simulation.ts"

export interface BatchResult {
  /** The run with the lowest seed of those that broke an invariant. */
  readonly failed: SimulationResult | undefined
  readonly histogram: Histogram
}

export interface BatchOptions {
  /** Runs one seed. @default in this process */
  readonly run?: (seed: number) => Promise<SimulationResult>
  /** How many run at a time. @default 1 */
  readonly jobs?: number
  readonly onRun?: (result: SimulationResult, count: number) => void
}

/** Runs seeds and stops at the first that fails: the same one, however many run at a time. */
export async function runBatch(seeds: readonly number[], options: BatchOptions = {}): Promise<BatchResult> {
  const { run = runSimulation, jobs = 1, onRun } = options
  const histogram = openHistogram()
  const failed: SimulationResult[] = []
  let next = 0
  let count = 0
  const lane = async () => {
    // Seeds are begun in their order, so those before the one that failed are under way, and are waited for.
    while (failed.length === 0 && next < seeds.length) {
      const result = await run(seeds[next++] as number)
      histogram.add(result)
      onRun?.(result, ++count)
      if (result.violations.length > 0) failed.push(result)
    }
  }
  await Promise.all(Array.from({ length: jobs }, lane))
  return { failed: failed.toSorted((a, b) => a.plan.seed - b.plan.seed)[0], histogram }
}
