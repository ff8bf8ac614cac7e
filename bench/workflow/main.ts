/**
 * A session of a large fleet, from the finished sync to stored and explained results: how long each kind of job takes, how
 * many times the optimizer's own solve of the same problems that is, and how much memory the process has at most.
 *
 *   npm run bench -- workflow [--devices 100000] [--pools 4] [--seed 1]
 *
 * The fleet has 15 rate plans that share pools, and 6 communication plans that permit different ones of them. The database is
 * a file. The process gets a heap of 128 MB, since how much memory one takes that may have more says little of what it needs.
 * Exit code 1 where the session does not end well, takes more than ten times as long as solving, or needs more than 400 MB.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { bundleForThisProcess } from "../../scripts/lib/bundle-programs.ts"
import { writeFleet } from "./fleet.ts"

const { values: flags } = parseArgs({
  options: {
    devices: { type: "string", default: "100000" },
    pools: { type: "string", default: "4" },
    seed: { type: "string", default: "1" },
  },
})
const program = join(
  await bundleForThisProcess("bench-workflow", { side: join(import.meta.dirname, "side.ts") }),
  "side.js",
)
console.log(`${Number(flags.devices).toLocaleString("en")} devices, load ${loadavg()[0]?.toFixed(1)} at the beginning`)
const folder = mkdtempSync(join(tmpdir(), "altaworx-bench-"))
try {
  const file = join(folder, "fleet.db")
  await writeFleet(file, { sims: Number(flags.devices), pools: Number(flags.pools), seed: Number(flags.seed) })
  const { status } = spawnSync(process.execPath, ["--max-old-space-size=128", program, file], { stdio: "inherit" })
  if (status !== 0) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
