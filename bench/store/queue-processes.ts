import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { runDueJobs } from "@altaworx/core/jobs"
import { systemRuntime } from "@altaworx/core/ports"
import { openStore } from "@altaworx/core/store"
import { createClient } from "@altaworx/core/store/node"
import type { SharedRate } from "./measure.ts"
import { benchHandler, openWithJobs } from "./queue.ts"

/** Runs in a worker's process: says `ready`, waits for a line, runs jobs until none is left, and says how many. */
export async function workOnQueue(url: string, batch: number): Promise<void> {
  const runtime = systemRuntime()
  const host = { store: await openStore({ url, createClient, runtime }), runtime, handlers: [benchHandler] }
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

/** The queue of one file worked on by several processes, which this program starts as itself with `worker URL BATCH`. */
export async function queueInProcesses(processes: number, jobs: number, batch: number): Promise<SharedRate> {
  const folder = mkdtempSync(join(tmpdir(), "altaworx-bench-"))
  const url = `file:${join(folder, "bench.db")}`
  const { store } = await openWithJobs(url, jobs)
  const children = Array.from({ length: processes }, () => {
    const args = [...process.execArgv, process.argv[1] ?? "", "worker", url, String(batch)]
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
