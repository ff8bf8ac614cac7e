/**
 * A bulk change of many devices over three simulated accounts of different limits, over HTTP: how far each account's limit
 * is used, whether it is ever broken, what a device costs, how much memory the process has at most, and how soon a second
 * bulk change, cancelled on its way, stops. What the carriers answered and wrote down themselves is what counts.
 *
 *   npm run bench -- bulk-change [--devices 100000] [--rates 200,100,50] [--seed 1]
 *
 * Each carrier is a process of its own; ours has a heap of 96 MB. 100,000 devices take about eleven minutes. Exit code 1
 * where a limit is used to less than 95 % or broken, a device is changed twice or not at all, the memory is not flat, or more
 * than one batch is sent after a cancel.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { startSimulatorProcess } from "@altaworx/jasper-client/simulator/node"
import { bundleForThisProcess } from "../../scripts/lib/bundle-programs.ts"
import type { Account } from "./account.ts"

// Left to itself, V8 takes memory as long as there is some, and the process's figure says little of what it needs.
const SMALL_HEAP = ["--max-semi-space-size=8", "--max-old-space-size=96"]

const { values: flags } = parseArgs({
  options: {
    devices: { type: "string", default: "100000" },
    rates: { type: "string", default: "200,100,50" },
    seed: { type: "string", default: "1" },
  },
})
const rates = flags.rates.split(",").map(Number)
const total = rates.reduce((sum, rate) => sum + rate, 0)
const program = join(
  await bundleForThisProcess("bench-bulk-change", { side: join(import.meta.dirname, "side.ts") }),
  "side.js",
)
const folder = mkdtempSync(join(tmpdir(), "altaworx-bench-"))
try {
  console.log(
    `${Number(flags.devices).toLocaleString("en")} devices, load ${loadavg()[0]?.toFixed(1)} at the beginning`,
  )
  const carriers = await Promise.all(
    rates.map(async (rate, index) => {
      // As many devices as let all accounts end at the same time.
      const devices = Math.round((Number(flags.devices) * rate) / total)
      const simulator = await startSimulatorProcess({ devices, seed: Number(flags.seed) + index, faults: "off", rate })
      return { simulator, account: { rate, devices, url: simulator.url, ...simulator.credentials } satisfies Account }
    }),
  )
  writeFileSync(join(folder, "accounts.json"), JSON.stringify(carriers.map(({ account }) => account)))
  const side = spawn(process.execPath, ["--expose-gc", ...SMALL_HEAP, program, folder], { stdio: "inherit" })
  const [code] = (await once(side, "exit")) as [number | null]
  if (code !== 0) process.exitCode = 1
  await Promise.all(carriers.map(({ simulator }) => simulator.stop()))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
