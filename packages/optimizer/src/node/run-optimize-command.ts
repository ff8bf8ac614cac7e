import { closeSync, openSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { isProblemError } from "../problem/problem-error.ts"
import type { Problem } from "../problem/problem.ts"
import type { Result } from "../problem/result.ts"
import { solve } from "../solve.ts"
import type { SolveProgress } from "../problem/solve-options.ts"
import { csvOf } from "./csv.ts"
import { readProblemFile } from "./read-problem-file.ts"

const USAGE = `usage: altaworx-optimize PROBLEM.json [-o RESULT] [--seconds S] [--csv]

Finds the cheapest rate plan for every SIM and proves how good the answer is.

  PROBLEM.json   problem document, or - for standard input
  -o, --output   write the result there instead of standard output
  --seconds S    search for up to S seconds; without it the effort is fixed, and so are the bytes of the result
  --csv          one line per SIM instead of the result document

Exit status: 0 solved, 2 bad input (the message names the field), 3 infeasible (the result names the conflicts).
`

/** What the command talks to; the process itself unless a test says otherwise. */
export interface CommandHost {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean }
}

// Work units that about a second allows on a fast machine: with `--seconds` the clock, not the budget, ends the search.
const UNITS_PER_SECOND = 2000

/**
 * Runs `altaworx-optimize`.
 *
 * @param args Command line without the program.
 * @returns Exit status: 0 solved, 2 bad input, 3 infeasible.
 */
export async function runOptimizeCommand(args: readonly string[], host: CommandHost = process): Promise<number> {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(args)
  } catch (error) {
    host.stderr.write(`${(error as Error).message}\n\n${USAGE}`)
    return 2
  }
  if (parsed.help) {
    host.stdout.write(USAGE)
    return 0
  }
  let problem: Problem
  let output: number | null
  try {
    problem = readProblemFile(parsed.input)
    // Opened before the search, so that a wrong path costs no more than a message.
    output = parsed.output === null ? null : openSync(parsed.output, "w")
  } catch (error) {
    if (!(isProblemError(error) || error instanceof SyntaxError || isFileError(error))) throw error
    host.stderr.write(`${(error as Error).message}\n`)
    return 2
  }
  const { seconds } = parsed
  const show = host.stderr.isTTY === true
  const result = await solve(problem, {
    ...(seconds === null ? {} : { timeLimitMs: seconds * 1000, workUnits: Math.max(400, seconds * UNITS_PER_SECOND) }),
    ...(show ? { onProgress: (progress) => host.stderr.write(`\r\u001b[K${describe(progress)}`) } : {}),
  })
  if (show) host.stderr.write("\r\u001b[K")
  const parts = parsed.csv && result.status !== "infeasible" ? csvOf(problem, result) : [`${JSON.stringify(result)}\n`]
  for (const part of parts) {
    if (output === null) host.stdout.write(part)
    else writeFileSync(output, part)
  }
  if (output !== null) closeSync(output)
  host.stderr.write(`${summarize(result)}\n`)
  return result.status === "infeasible" ? 3 : 0
}

function parse(args: readonly string[]): {
  help: boolean
  input: string
  output: string | null
  seconds: number | null
  csv: boolean
} {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      output: { type: "string", short: "o" },
      seconds: { type: "string" },
      csv: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  })
  if (positionals.length !== 1 && !values.help) throw new TypeError("Cannot start: name one problem document")
  const seconds = values.seconds === undefined ? null : Number(values.seconds)
  if (seconds !== null && !(seconds > 0 && seconds <= 86_400)) {
    throw new RangeError(`Cannot start: --seconds must be above 0 and at most 86400, got ${values.seconds}`)
  }
  return { help: values.help, input: positionals[0] ?? "-", output: values.output ?? null, seconds, csv: values.csv }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && typeof (error as { code?: unknown }).code === "string"
}

function describe({ phase, cost, lowerBound, workUnits }: SolveProgress): string {
  const money = (value: number): string => (Number.isFinite(value) ? (value / 1e6).toFixed(2) : "-")
  return `${phase}: cost ${money(cost)}, bound ${money(lowerBound)}, ${Math.round(workUnits)} work units`
}

function summarize(result: Result): string {
  if (result.status === "infeasible")
    return result.conflicts.map((conflict) => `Infeasible: ${conflict.message}`).join("\n")
  const cut = result.truncated ? ", cut short" : ""
  return `${result.status}: cost ${result.cost}, lower bound ${result.lowerBound}, gap ${result.gap.toExponential(2)}${cut}`
}
