// `npm run simulate [-- --seeds N --seed S --jobs J --trace]`: the pipeline under faults, N runs from seed S on, J at a time.
// Ends at the first run that breaks an invariant, with its trace, and says how to run it again.
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { runBatch } from "./run-batch.ts"
import type { SimulationResult } from "./run-simulation.ts"
import { openWorkerPool } from "./worker-pool.ts"
import { readableTrace } from "./trace.ts"

const USAGE =
  "npm run simulate [-- --seeds <1000> --seed <first, 1> --jobs <at a time, one for each core> --trace <print all of it>]"
const LONGEST_TRACE = 400

process.exitCode = await main()

async function main(): Promise<number> {
  const flags = readFlags()
  if (!flags) {
    console.error(USAGE)
    return 2
  }
  const { seed, count, jobs } = flags
  const startedAt = performance.now()
  const pool = jobs > 1 ? openWorkerPool(jobs) : undefined
  const { failed, histogram } = await runBatch(
    Array.from({ length: count }, (_, i) => seed + i),
    {
      ...(pool && { run: pool.run, jobs }),
      onRun(result, done) {
        if (flags.trace) console.log(result.trace.join("\n"))
        if (done % 20 === 0) console.error(`${done} of ${count} runs`)
      },
    },
  ).finally(() => pool?.close())
  if (failed) {
    console.error(failureLines(failed).join("\n"))
    return 1
  }
  console.log(histogram.lines().join("\n"))
  const seconds = (performance.now() - startedAt) / 1_000
  console.log(`\nSeeds ${seed} to ${seed + count - 1} are clean, ${seconds.toFixed(1)} s`)
  const missed = histogram.missed()
  if (missed.length > 0) console.error(["", "What was not hit:", ...missed].join("\n"))
  return missed.length > 0 ? 1 : 0
}

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: "string" },
        seed: { type: "string" },
        jobs: { type: "string", default: String(availableParallelism()) },
        trace: { type: "boolean", default: false },
      },
    })
    // A seed alone is one to look at.
    const count = Number(values.seeds ?? (values.seed === undefined ? 1_000 : 1))
    const seed = Number(values.seed ?? 1)
    const jobs = Math.min(count, Number(values.jobs))
    if (!isCount(count) || !isCount(jobs) || !(seed === 0 || isCount(seed))) return undefined
    return { count, seed, jobs, trace: values.trace }
  } catch {
    return undefined
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}

function failureLines({ plan, violations, trace }: SimulationResult): readonly string[] {
  const lines = readableTrace(trace)
  return [
    `Seed ${plan.seed} fails:`,
    ...violations.slice(0, 20).map((line) => `  ${line}`),
    ...(violations.length > 20 ? [`  and ${violations.length - 20} more`] : []),
    "",
    JSON.stringify(plan),
    "",
    ...(lines.length > LONGEST_TRACE ? [`… ${lines.length - LONGEST_TRACE} lines before`] : []),
    ...lines.slice(-LONGEST_TRACE),
    "",
    `Run it again: npm run simulate -- --seed ${plan.seed} (all of its trace: --trace)`,
  ]
}
