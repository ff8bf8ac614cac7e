import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, expect, it } from "vitest"
import { enqueueJobs, type JobType } from "../../src/jobs/mod.ts"
import { systemRuntime } from "../../src/ports/mod.ts"
import { openStore, type Store } from "../../src/store/mod.ts"
import { createClient } from "../../src/store/node/mod.ts"
import { seededRandom } from "../../src/testing/mod.ts"
import { startWorker, type WorkerProcess } from "../worker-process.ts"
import { jobType } from "./fixture.ts"

const KILLS = 200
const JOBS_A_KILL = 60
const LANES = 3

let folder: string
let url: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-kills-"))
  url = `file:${join(folder, "test.db")}`
  store = await openStore({ url, createClient, runtime: systemRuntime() })
  await store.unit({ name: "test.tables" }, [
    sql`CREATE TABLE test_effect (seq INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT`,
    sql`CREATE TABLE test_begun (name TEXT NOT NULL) STRICT`,
  ])
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function kill(worker: WorkerProcess): Promise<void> {
  worker.child.kill("SIGKILL")
  expect((await worker.ended).signal).toBe("SIGKILL")
}

let added = 0
/** A third of them in lanes, some that wait for another. */
async function enqueueSome(): Promise<void> {
  const type = jobType("test.mark", { maxAttempts: 20 }) as JobType<unknown>
  const requests = Array.from({ length: JOBS_A_KILL }, () => {
    const n = added++
    const name = `job-${String(n).padStart(6, "0")}`
    const request = { type, tenantId: `t${n % 4}`, id: name, payload: { name } }
    if (n % 3 === 0) return { ...request, tenantId: "t0", lane: `lane-${n % LANES}` }
    return n % 10 === 1 && n > 40 ? { ...request, after: [`job-${String(n - 40).padStart(6, "0")}`] } : request
  })
  await store.unit({ name: "test.enqueue" }, enqueueJobs(systemRuntime(), requests))
}

// Each kill is a real one, at an instant that nobody chose; run alone by `TEST_DEPTH=deep vitest run test/jobs/workers.deep`.
it.each([
  [1, 1],
  [4, 10],
])(
  `nothing is lost or doubled where processes that run jobs are killed ${KILLS} times: %i of them, claiming %i`,
  { timeout: 1_200_000 },
  async (processes, claimSize) => {
    added = 0
    const random = seededRandom(processes)
    const start = async (until = "forever"): Promise<WorkerProcess> => {
      const worker = startWorker("run-jobs", [url, String(claimSize), "", until])
      await worker.says("ready")
      worker.child.stdin?.write("go\n")
      return worker
    }
    await enqueueSome()
    const workers = await Promise.all(Array.from({ length: processes }, () => start()))
    for (let killed = 0; killed < KILLS; killed++) {
      await enqueueSome()
      const at = Math.floor(random() * processes)
      await pause(random() * 150)
      await kill(workers[at] as WorkerProcess)
      workers[at] = await start()
    }
    for (const worker of workers) await kill(worker)
    await (await start("done")).says("result")

    const [counts] = await store.rows(sql`
      SELECT (SELECT count(*) FROM job) AS jobs, (SELECT count(*) FROM job WHERE state = 'done') AS done,
        (SELECT count(*) FROM test_effect) AS effects,
        (SELECT count(*) FROM job_attempt WHERE outcome <> 'lapsed') AS failed,
        (SELECT count(*) > 0 FROM job_attempt WHERE outcome = 'lapsed') AS "anyLapsed"`)
    expect(counts).toEqual({ jobs: added, done: added, effects: added, failed: 0, anyLapsed: 1 })
    const inLanes = await store.rows<{ lane: string; names: string }>(sql`
      SELECT lane, json_group_array(e.name ORDER BY e.seq) AS names
      FROM test_effect e JOIN job j ON j.id = e.name WHERE lane IS NOT NULL GROUP BY lane`)
    for (const { names } of inLanes) expect(JSON.parse(names)).toEqual((JSON.parse(names) as string[]).sort())
    console.log(`${KILLS + processes} kills, ${added} jobs, ${processes} processes: none lost, none doubled`)
  },
)
