import { parseArgs } from "node:util"
import { createSimulator, type Simulator } from "../simulator.ts"
import { openJournalFile } from "./journal-file.ts"
import { serveSimulator } from "./serve.ts"

const USAGE = `Usage: altaworx-jasper-simulator [options]

  --devices N       SIMs in the fleet (20000)
  --seed S          what fleet and faults follow from (1)
  --rate R          calls per second that the account may make (5)
  --faults on|off   inject faults (off)
  --journal FILE    remember every change in this file
  --port P          where to listen (8765; 0 picks a free port)
  --host H          (127.0.0.1)
  --with-parent     end when standard input closes`

/**
 * Runs the simulator's command: serves a carrier over HTTP and prints one JSON line when it is ready.
 *
 * A flag it cannot use, a journal of another fleet, a port in use: one line on standard error, exit code 2.
 *
 * @param args Arguments after the program's name.
 */
export async function runSimulatorCommand(args: readonly string[]): Promise<void> {
  try {
    await run(args)
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 2
  }
}

async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      devices: { type: "string", default: "20000" },
      seed: { type: "string", default: "1" },
      rate: { type: "string", default: "5" },
      faults: { type: "string", default: "off" },
      journal: { type: "string" },
      port: { type: "string", default: "8765" },
      host: { type: "string", default: "127.0.0.1" },
      "with-parent": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  if (values.faults !== "on" && values.faults !== "off") {
    throw new RangeError(`Cannot start simulator: --faults must be on or off, got ${values.faults}`)
  }
  const simulator = createSimulator({
    devices: readNumber("devices", values.devices),
    seed: readNumber("seed", values.seed),
    callsPerSecond: readNumber("rate", values.rate),
    faults: values.faults === "on" ? "default" : "off",
    ...(values.journal === undefined ? {} : { journal: openJournalFile(values.journal) }),
  })
  await serve(simulator, readNumber("port", values.port), values.host, values["with-parent"])
}

async function serve(simulator: Simulator, port: number, hostname: string, withParent: boolean): Promise<void> {
  const served = await serveSimulator(simulator, { port, hostname })
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

function readNumber(flag: string, text: string): number {
  const value = Number(text)
  if (text.trim() === "" || !Number.isFinite(value)) {
    throw new RangeError(`Cannot start simulator: --${flag} must be a number, got "${text}"`)
  }
  return value
}
