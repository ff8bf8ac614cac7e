import { appendFileSync, writeSync } from "node:fs"
import { inspect } from "node:util"
import { isCoreError } from "@altaworx/core/errors"
import { systemRuntime } from "@altaworx/core/ports"
import { openStore } from "@altaworx/core/store"
import { createClient } from "@altaworx/core/store/node"
import { PERMITTED_PLANS } from "@altaworx/jasper-client/simulator"
import { startSimulatorProcess } from "@altaworx/jasper-client/simulator/node"
import { type DataFolder, openDataFolder } from "./data-folder.ts"
import { type Flags, readFlags, USAGE, UsageError } from "./flags.ts"
import { type PipelineOptions, runPipeline, StepFailed } from "./pipeline.ts"
import { terminalProgress } from "./progress.ts"
import { collectResults } from "./results.ts"
import { planLines, summaryLines } from "./summary.ts"
import { writeOutputs } from "./outputs.ts"

/** What stands between the pipeline and its parts; tests put faults there. */
export type Wrap = Pick<PipelineOptions, "wrapCarrier"> & {
  readonly wrapStore?: (store: PipelineOptions["store"]) => PipelineOptions["store"]
}

/**
 * The program: `npm start [-- options]`.
 *
 * @returns Exit code: 0 done, 1 failed, 2 called wrongly or in a place that does not work, 130 stopped by Ctrl-C.
 */
export async function runPipelineCommand(args: readonly string[], wrap: Wrap = {}): Promise<number> {
  const stop = new AbortController()
  process.once("SIGINT", () => stop.abort(new DOMException("Stopped", "AbortError")))
  process.once("SIGTERM", () => stop.abort(new DOMException("Stopped", "AbortError")))
  let folder: DataFolder | undefined
  try {
    const flags = readFlags(args)
    if (!flags) {
      print(USAGE)
      return 0
    }
    folder = openDataFolder(flags, Date.now())
    await run(flags, folder, stop.signal, wrap)
    return 0
  } catch (error) {
    if (stop.signal.aborted) {
      print(
        `\nStopped. What was done is kept in "${folder?.path}"; the same command goes on from there:\n  npm start -- ${args.join(" ")}`,
      )
      return 130
    }
    return report(error, folder)
  } finally {
    folder?.release()
  }
}

async function run(flags: Flags, folder: DataFolder, signal: AbortSignal, wrap: Wrap): Promise<void> {
  const runtime = systemRuntime()
  print(
    `${folder.resumed ? "Going on with" : "Starting"} a fleet of ${flags.devices.toLocaleString("en")} SIMs (seed ${flags.seed}, faults ${flags.faults}, ${flags.rate} calls/s) in "${folder.path}"`,
  )
  const opened = await openStore({ url: `file:${folder.database}`, createClient, runtime })
  const store = wrap.wrapStore?.(opened) ?? opened
  try {
    const simulator = await startSimulatorProcess({ ...flags, journal: folder.journal }).catch((error: Error) => {
      throw new UsageError(`Cannot start the simulated carrier: ${error.message}`)
    })
    try {
      const carrier = { url: simulator.url, ...simulator.credentials, callsPerSecond: flags.rate }
      const result = await runPipeline({
        ...wrap,
        store,
        runtime,
        signal,
        carrier,
        sealingKey: folder.sealingKey,
        permittedRatePlans: PERMITTED_PLANS,
        progress: terminalProgress(process.stdout, () => performance.now()),
        onDefect: (error) => appendFileSync(folder.defects, `${inspect(error)}\n`),
        guardRails: {
          mostMoves: flags.mostMoves,
          leastSaving: flags.leastSaving,
          canary: flags.canary === 0 ? null : { size: flags.canary, mostUnverified: 0.2 },
        },
        onPlanned: (apply) => print(planLines(apply).join("\n")),
      })
      const results = await collectResults(result, { flags, simulatorUrl: simulator.url, startedAt: folder.startedAt })
      await writeOutputs(result, results, folder)
      folder.finish()
      print(summaryLines(results, folder).join("\n"))
    } finally {
      await simulator.stop()
    }
  } finally {
    opened.close()
  }
}

function report(error: unknown, folder: DataFolder | undefined): number {
  const kept = folder ? ` What was done is kept in "${folder.path}".` : ""
  if (error instanceof UsageError) return fail(error.message, 2)
  const code = isCoreError(error) || error instanceof StepFailed ? error.code : null
  if (code?.startsWith("store.") || code === "carrier.credentials")
    return fail(`${(error as Error).message}.${kept}`, 2)
  return fail(`${error instanceof Error ? error.message : String(error)}.${kept}`, 1)
}

function fail(message: string, code: number): number {
  writeSync(2, `\n${message}\n`)
  return code
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
