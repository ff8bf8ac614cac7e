import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sql } from "drizzle-orm"
import * as v from "valibot"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { enqueueJob } from "../../src/jobs/mod.ts"
import { systemRuntime } from "../../src/ports/mod.ts"
import { openStore, type Store } from "../../src/store/mod.ts"
import { createClient } from "../../src/store/node/mod.ts"
import { startWorker } from "../worker-process.ts"
import { jobType } from "./fixture.ts"

let folder: string
let url: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-workers-"))
  url = `file:${join(folder, "test.db")}`
  store = await openStore({ url, createClient, runtime: systemRuntime() })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function enqueueMarks(count: number): Promise<void> {
  const runtime = systemRuntime()
  const type = { ...jobType("test.mark"), payload: v.object({ name: v.string() }) }
  await store.unit({ name: "test.tables" }, [
    sql`CREATE TABLE test_effect (name TEXT PRIMARY KEY) STRICT`,
    sql`CREATE TABLE test_begun (name TEXT NOT NULL) STRICT`,
  ])
  await store.unit(
    { name: "test.enqueue" },
    Array.from({ length: count }, (_, i) =>
      enqueueJob(runtime, { type, tenantId: `t${i % 3}`, payload: { name: `job-${i}` } }),
    ),
  )
}

async function counts() {
  const [row] = await store.rows<Record<"done" | "jobs" | "effects" | "begun", number>>(sql`
    SELECT (SELECT count(*) FROM job WHERE state = 'done') AS done, (SELECT count(*) FROM job) AS jobs,
      (SELECT count(*) FROM test_effect) AS effects, (SELECT count(*) FROM test_begun) AS begun`)
  return row
}

describe("worker processes on one file", () => {
  it.each([
    [2, 1],
    [4, 1],
    [4, 10],
  ])("%i of them, claiming %i, run every job exactly once", { timeout: 60_000 }, async (processes, claimSize) => {
    const jobs = 400
    await enqueueMarks(jobs)
    // On a machine so busy that a process stands still for half a second, a short lease would lapse, as it should.
    const workers = Array.from({ length: processes }, () =>
      startWorker("run-jobs", [url, String(claimSize), "", "", "60000"]),
    )
    await Promise.all(workers.map((worker) => worker.says("ready")))
    for (const worker of workers) worker.child.stdin?.write("go\n")
    const results = await Promise.all(
      workers.map(async (worker) => JSON.parse((await worker.says("result")).slice(7)) as Record<string, number>),
    )
    await Promise.all(workers.map((worker) => worker.ended))
    expect(await counts()).toEqual({ done: jobs, jobs, effects: jobs, begun: jobs })
    const sum = (key: string) => results.reduce((total, result) => total + (result[key] ?? 0), 0)
    expect({ completed: sum("completed"), retried: sum("retried"), dead: sum("dead"), lost: sum("lost") }).toEqual({
      completed: jobs,
      retried: 0,
      dead: 0,
      lost: 0,
    })
  })

  it("lose nothing and double nothing when one is killed at any point of a job", { timeout: 110_000 }, async () => {
    // The first claim stands alone; each one after it is part of the completion before it.
    const units = ["jobs.claim#1", "test.begin#7", "jobs.complete#7"]
    const points = units.flatMap((unit) => [`before:${unit}`, `after:${unit}`])
    const jobs = 40
    await enqueueMarks(jobs)
    for (const point of points) {
      const victim = startWorker("run-jobs", [url, "3", point])
      await victim.says("ready")
      victim.child.stdin?.write("go\n")
      expect(await victim.ended, point).toEqual({ code: null, signal: "SIGKILL" })
      // What the next victim starts from: some jobs done, some leased by the dead, and as many new ones.
      await store.unit({ name: "test.again" }, [sql`DELETE FROM job_claim`])
      const before = await counts()
      expect(before?.effects, point).toBe(before?.done)
      await store.unit({ name: "test.reset" }, [
        sql`UPDATE job SET state = 'ready', due = 1, attempts = 0, finished_at = NULL`,
        sql`DELETE FROM test_effect`,
        sql`DELETE FROM test_begun`,
      ])
    }
    const survivors = [startWorker("run-jobs", [url, "1"]), startWorker("run-jobs", [url, "3", "after:test.begin#5"])]
    await Promise.all(survivors.map((worker) => worker.says("ready")))
    // The one that dies goes first, or the other may leave it nothing to do.
    survivors[1]?.child.stdin?.write("go\n")
    expect((await survivors[1]?.ended)?.signal).toBe("SIGKILL")
    survivors[0]?.child.stdin?.write("go\n")
    expect(JSON.parse((await survivors[0]?.says("result"))?.slice(7) ?? "")).toMatchObject({ dead: 0, lost: 0 })
    expect(await counts()).toMatchObject({ done: jobs, jobs, effects: jobs })
  })
})
