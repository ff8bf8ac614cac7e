/**
 * What store, sync and queue cost beside bare SQLite on the same file system in the same minute.
 *
 *   npm run bench -- store [--rounds 5] [--only TEXT] [--quick]
 *
 * Each side of each row runs in a process of its own, by turns, so that a neighbour's load falls on both and a peak is the
 * row's own. The other side is another way to do the same, for a queue the bare database client. Shown are medians over the rounds, of memory and of the event loop's stalls the worst round. `by CPU` is the ratio of
 * processor times: on a machine that does other work it says more than the ratio of times, which the bars are for. Exit
 * code 1 where a row does not reach its bar; a figure that is missing reaches none.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { bundleForThisProcess } from "../../scripts/lib/bundle-programs.ts"
import { type Measured, median } from "./measure.ts"
import { type BenchRow, ROWS, type Side } from "./rows.ts"

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    quick: { type: "boolean", default: false },
  },
})
const program = join(
  await bundleForThisProcess("bench-store", { side: join(import.meta.dirname, "side.ts") }),
  "side.js",
)
runAll()

function runAll(): void {
  const rounds = Number(flags.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds must be a whole number from 1`)
  const rows = ROWS.filter((row) => row.name.includes(flags.only) && !(flags.quick && row.isLong))
  if (rows.length === 0) throw new RangeError(`There is no row with "${flags.only}" in its name`)
  const folder = mkdtempSync(join(tmpdir(), "altaworx-bench-"))
  console.log(`load ${loadavg()[0]?.toFixed(1)} at the beginning; ${rounds} rounds`)
  console.log(
    "| work | raw/s | ours/s | ratio | by CPU | other's ratio | of other | peak MB | stall p99 ms | longest ms | least share | short of |",
  )
  console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
  try {
    for (const row of rows) {
      const short = report(row, rounds, folder)
      if (short.length > 0) process.exitCode = 1
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(row: BenchRow, rounds: number, folder: string): readonly string[] {
  const measured: Record<Exclude<Side, "prepare">, Measured[]> = { raw: [], ours: [], other: [] }
  if (row.prepare) inChild(row, "prepare", folder)
  for (let round = 0; round < rounds; round++) {
    for (const side of ["raw", "ours", "other"] as const) {
      if (row[side]) measured[side].push(JSON.parse(inChild(row, side, folder)) as Measured)
    }
  }
  const speed = (side: keyof typeof measured) => median(measured[side].map(({ perSecond }) => perSecond))
  const cpu = (side: keyof typeof measured) => median(measured[side].map(({ perCpuSecond }) => perCpuSecond))
  // A figure that is missing is `null` on its way here, which must not count as 0.
  const worst = (of: (one: Measured) => number | null) => Math.max(...measured.ours.map((one) => of(one) ?? Number.NaN))
  const figures = {
    ratio: speed("ours") / speed("raw"),
    otherRatio: speed("ours") / speed("other"),
    peakMb: worst((one) => one.peakMb),
    stallP99Ms: worst((one) => one.stallP99Ms),
    leastShare: Math.min(...measured.ours.map((one) => one.leastShare ?? Number.NaN)),
  }
  const { bars } = row
  const short = [
    // Written so that NaN, which compares with nothing, falls short.
    ...(bars.ratio !== undefined && !(figures.ratio >= bars.ratio) ? [`ratio ${bars.ratio}`] : []),
    ...(bars.otherRatio !== undefined && !(figures.otherRatio >= bars.otherRatio) ? [`other ${bars.otherRatio}`] : []),
    ...(bars.peakMb !== undefined && !(figures.peakMb <= bars.peakMb) ? [`peak ${bars.peakMb}`] : []),
    ...(bars.leastShare !== undefined && !(figures.leastShare >= bars.leastShare) ? [`share ${bars.leastShare}`] : []),
    ...(bars.stallP99Ms !== undefined && !(figures.stallP99Ms <= bars.stallP99Ms) ? [`stall ${bars.stallP99Ms}`] : []),
  ]
  const shown = (value: number, digits: number) =>
    Number.isFinite(value) ? value.toLocaleString("en", { maximumFractionDigits: digits }) : ""
  const cells = [
    row.name,
    shown(speed("raw"), 0),
    shown(speed("ours"), 0),
    shown(figures.ratio, 2),
    shown(cpu("ours") / cpu("raw"), 2),
    shown(speed("other") / speed("raw"), 2),
    shown(figures.otherRatio, 2),
    shown(figures.peakMb, 0),
    shown(figures.stallP99Ms, 1),
    shown(
      worst((one) => one.stallMaxMs),
      0,
    ),
    shown(figures.leastShare, 2),
    short.join(", "),
  ]
  console.log(`| ${cells.join(" | ")} |`)
  return short
}

function inChild(row: BenchRow, side: Side, folder: string): string {
  const child = spawnSync(process.execPath, [program, row.name, side], {
    env: { ...process.env, BENCH_FOLDER: folder },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  })
  if (child.status !== 0)
    throw new Error(`The side ${side} of "${row.name}" ended with ${child.status ?? child.signal}`)
  return child.stdout
}
