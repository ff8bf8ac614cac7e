import { type Histogram, openHistogram } from "./histogram.ts"
import { runSimulation, type SimulationResult } from "./run-simulation.ts"

export interface BatchResult {
  /** The first run that broke an invariant. */
  readonly failed: SimulationResult | undefined
  readonly runs: number
  readonly histogram: Histogram
}

/** Runs seeds one after the other and stops at the first that fails. */
export async function runBatch(
  firstSeed: number,
  count: number,
  onRun: (result: SimulationResult, index: number) => void = () => undefined,
): Promise<BatchResult> {
  const histogram = openHistogram()
  for (let i = 0; i < count; i++) {
    const result = await runSimulation(firstSeed + i)
    histogram.add(result)
    onRun(result, i)
    if (result.violations.length > 0) return { failed: result, runs: i + 1, histogram }
  }
  return { failed: undefined, runs: count, histogram }
}
