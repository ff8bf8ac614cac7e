import { expect, it } from "vitest"
import { runBatch } from "./run-batch.ts"

const SEEDS = 400

it(`keeps every promise under the faults of ${SEEDS} seeds, and every named point is hit`, {
  timeout: 1_800_000,
}, async () => {
  const { failed, histogram } = await runBatch(10_000, SEEDS)
  expect(failed && { seed: failed.plan.seed, violations: failed.violations }).toBeUndefined()
  expect(histogram.missed()).toEqual([])
})
