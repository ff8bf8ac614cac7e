// Several processes on one file: `node --conditions=@altaworx/source bench/store/queue-processes.ts`. Prints jobs per second of one and of four of them, in
// claims of 1, 10 and 100, and the share of the one that got least.
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { runDueJobs } from "@altaworx/core/jobs"
import { systemRuntime } from "@altaworx/core/ports"
import { openStore } from "@altaworx/core/store"
import { createClient } from "@altaworx/core/store/node"
import { median } from "./measure.ts"
import { benchHandler, openWithJobs } from "./queue.ts"

const [mode, url = "", claimSize = ""] = process.argv.slice(2)
if (mode === "worker") await work(url, Number(claimSize))
else await compareProcesses()

/** Says `ready`, waits for a line, runs jobs until none is left, and says how many. */
async function work(file: string, batch: number): Promise<void> {
  const runtime = systemRuntime()
  const host = { store: await openStore({ url: file, createClient, runtime }), runtime, handlers: [benchHandler] }
  console.log("ready")
  await new Promise((resolve) => process.stdin.once("data", resolve))
  let total = 0
  for (;;) {
    const { completed, nextDueAt } = await runDueJobs(host, { claimSize: batch, maxJobs: 1_000_000 })
    total += completed
    if (nextDueAt === null) break
    await runtime.clock.sleep(5)
  }
  console.log(total)
  process.exit(0)
}

async function compareProcesses(): Promise<void> {
  console.log(`load ${loadavg()[0]?.toFixed(1)} at the beginning; medians of 3 rounds`)
  for (const [batch, jobs] of [
    [1, 1_500],
    [10, 5_000],
    [100, 20_000],
  ] as const) {
    const one: number[] = []
    const four: number[] = []
    const least: number[] = []
    for (let round = 0; round < 3; round++) {
      one.push((await measureProcesses(1, jobs, batch)).perSecond)
      const many = await measureProcesses(4, jobs, batch)
      four.push(many.perSecond)
      least.push(many.leastShare)
    }
    const share = Math.round(Math.min(...least) * 100)
    console.log(
      `${batch} at a time: 1 process ${Math.round(median(one))}/s, 4 processes ${Math.round(median(four))}/s, ` +
        `ratio ${(median(four) / median(one)).toFixed(2)}, least share ${share} % in the worst round`,
    )
  }
}

async function measureProcesses(processes: number, jobs: number, batch: number) {
  const folder = mkdtempSync(join(tmpdir(), "altaworx-bench-"))
  const file = `file:${join(folder, "bench.db")}`
  const { store } = await openWithJobs(file, jobs)
  const children = Array.from({ length: processes }, () => {
    const args = [...process.execArgv, process.argv[1] ?? "", "worker", file, String(batch)]
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] })
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
  })
  for (const { lines } of children) await lines.next()
  const startedAt = performance.now()
  for (const { child } of children) child.stdin.write("go\n")
  const counts = await Promise.all(children.map(async ({ lines }) => Number((await lines.next()).value)))
  const seconds = (performance.now() - startedAt) / 1_000
  store.close()
  rmSync(folder, { recursive: true, force: true })
  const total = counts.reduce((a, b) => a + b, 0)
  if (total !== jobs) throw new Error(`${total} of ${jobs} jobs ran`)
  return { perSecond: jobs / seconds, leastShare: Math.min(...counts) / jobs }
}
