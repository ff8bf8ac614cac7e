/**
 * A whole fleet from the simulated carrier into the inventory, over HTTP: how long each phase of the sync takes and how much
 * memory the process that syncs has at most in each. Twice: a first sync, and one that finds nothing new.
 *
 *   npm run bench -- fleet [--devices 1000000] [--rate 20000] [--seed 1]
 *
 * The carrier is a process of its own. Exit code 1 where a device is missing at the end, or where the memory is not flat: at
 * most 400 MB, however many devices there are.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { startSimulatorProcess } from "@altaworx/jasper-client/simulator/node"
import { bundleForThisProcess } from "../../scripts/lib/bundle-programs.ts"

const { values: flags } = parseArgs({
  options: {
    devices: { type: "string", default: "1000000" },
    rate: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
  },
})
const program = join(
  await bundleForThisProcess("bench-fleet", { side: join(import.meta.dirname, "side.ts") }),
  "side.js",
)
const folder = mkdtempSync(join(tmpdir(), "altaworx-bench-"))
try {
  console.log(
    `${Number(flags.devices).toLocaleString("en")} devices, load ${loadavg()[0]?.toFixed(1)} at the beginning`,
  )
  const simulator = await startSimulatorProcess({
    devices: Number(flags.devices),
    seed: Number(flags.seed),
    faults: "off",
    rate: Number(flags.rate),
    journal: join(folder, "carrier.journal"),
  })
  const { username, apiKey } = simulator.credentials
  const side = spawn(process.execPath, [program, folder, flags.devices, flags.rate, simulator.url, username, apiKey], {
    stdio: "inherit",
  })
  const [code] = (await once(side, "exit")) as [number | null]
  if (code !== 0) process.exitCode = 1
  await simulator.stop()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
