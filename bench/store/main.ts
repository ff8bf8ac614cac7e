// Benchmarks of the store and the queue against bare SQLite in the same process and minute. Only the ratios mean something.
//   node --conditions=@altaworx/source bench/store/main.ts [--rounds 5]
import { monitorEventLoopDelay } from "node:perf_hooks"
import { compare } from "./measure.ts"
import { queueRaw, queueThroughJobs } from "./queue.ts"
import { stageRaw, stageThroughStore } from "./staging.ts"

const rounds = Number(process.argv[process.argv.indexOf("--rounds") + 1] || 5)
const ROWS = 50_000
const JOBS = 2_000
const stall = monitorEventLoopDelay({ resolution: 5 })
stall.enable()

const held = [
  await compare(
    "staging, pages of 50 rows",
    rounds,
    { raw: () => stageRaw(ROWS), ours: () => stageThroughStore(ROWS, 1) },
    0.3,
  ),
  await compare(
    "staging, 500 rows a unit",
    rounds,
    { raw: () => stageRaw(ROWS), ours: () => stageThroughStore(ROWS, 10) },
    0.45,
  ),
  await compare(
    "claim and complete, 1 at a time",
    rounds,
    { raw: () => queueRaw(JOBS, 1), ours: () => queueThroughJobs(JOBS, 1) },
    0.45,
  ),
  await compare(
    "claim and complete, 10 at a time",
    rounds,
    { raw: () => queueRaw(JOBS, 10), ours: () => queueThroughJobs(JOBS, 10) },
    0.55,
  ),
  await compare(
    "claim and complete, 100 at a time",
    rounds,
    { raw: () => queueRaw(JOBS, 100), ours: () => queueThroughJobs(JOBS, 100) },
    0.7,
  ),
]
stall.disable()
console.log(
  `peak RSS ${Math.round(process.resourceUsage().maxRSS / 1024)} MB, event loop stalled at most ${Math.round(stall.max / 1e6)} ms (raw sides included)`,
)
if (held.includes(false)) process.exitCode = 1
