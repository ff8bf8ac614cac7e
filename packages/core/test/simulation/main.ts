// `npm run simulate [-- --seeds N --seed S --trace]`: the pipeline under faults, N runs from seed S on. Ends at the first
// run that breaks an invariant, with its trace, and says how to run it again.
import { parseArgs } from "node:util"
import { runBatch } from "./run-batch.ts"
import type { SimulationResult } from "./run-simulation.ts"
import { readableTrace } from "./trace.ts"

const USAGE = "npm run simulate [-- --seeds <1000> --seed <first, 1> --trace <print all of it>]"
const LONGEST_TRACE = 400

process.exitCode = await main()

async function main(): Promise<number> {
  const flags = readFlags()
  if (!flags) {
    console.error(USAGE)
    return 2
  }
  const startedAt = performance.now()
  const { failed, runs, histogram } = await runBatch(flags.seed, flags.seeds, (result, i) => {
    if (flags.trace) console.log(result.trace.join("\n"))
    if ((i + 1) % 20 === 0) console.error(`${i + 1} of ${flags.seeds} runs`)
  })
  if (failed) {
    console.error(failureLines(failed).join("\n"))
    return 1
  }
  console.log(histogram.lines().join("\n"))
  const seconds = (performance.now() - startedAt) / 1_000
  console.log(`\nSeeds ${flags.seed} to ${flags.seed + runs - 1} are clean, ${seconds.toFixed(1)} s`)
  const missed = flags.seeds < flags.fullBatch ? [] : histogram.missed()
  if (missed.length > 0) console.error(["", "What was not hit:", ...missed].join("\n"))
  return missed.length > 0 ? 1 : 0
}

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: "string" },
        seed: { type: "string" },
        trace: { type: "boolean", default: false },
      },
    })
    // A seed alone is one to look at.
    const seeds = Number(values.seeds ?? (values.seed === undefined ? 1_000 : 1))
    const seed = Number(values.seed ?? 1)
    if (!Number.isSafeInteger(seeds) || seeds < 1 || !Number.isSafeInteger(seed) || seed < 0) return undefined
    // A shorter batch walks through too few of the points to miss one.
    return { seeds, seed, trace: values.trace, fullBatch: 100 }
  } catch {
    return undefined
  }
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
