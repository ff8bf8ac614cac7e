import { createSimulator, type Simulator } from "../simulator.ts"
import { type Flags, parseFlags, USAGE } from "./flags.ts"
import { openJournalFile } from "./journal-file.ts"
import { serveSimulator } from "./serve.ts"

/**
 * Runs the simulator's command: serves a carrier over HTTP and prints one JSON line when it is ready.
 *
 * A flag it cannot use, a journal of another fleet, a port in use: one line on standard error, exit code 2.
 *
 * @param args Arguments after the program's name.
 */
export async function runSimulatorCommand(args: readonly string[]): Promise<void> {
  try {
    const flags = parseFlags(args)
    if (flags.help) console.log(USAGE)
    else await serve(openSimulator(flags), flags)
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 2
  }
}

function openSimulator({ devices, seed, rate, faults, modes, journal, push }: Flags): Simulator {
  return createSimulator({
    devices,
    seed,
    callsPerSecond: rate,
    faults,
    modes,
    ...(journal === undefined ? {} : { journal: openJournalFile(journal) }),
    ...(push === undefined ? {} : { push: { ...push, deliver: fetch } }),
  })
}

async function serve(simulator: Simulator, { port, host, withParent }: Flags): Promise<void> {
  const served = await serveSimulator(simulator, { port, hostname: host })
  if (withParent) {
    // Ctrl-C reaches the whole process group; the parent may still need its carrier to stop cleanly.
    process.on("SIGINT", () => {})
    process.stdin.resume().once("close", () => process.exit(0))
  } else {
    process.once("SIGINT", () => process.exit(0))
  }
  process.once("SIGTERM", () => process.exit(0))
  console.log(JSON.stringify({ ready: true, url: served.url }))
}
