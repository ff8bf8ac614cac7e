import { createClient } from "@libsql/client"
import { enqueueJobs, handleJob, type JobType, runDueJobs } from "@altaworx/core/jobs"
import { systemRuntime } from "@altaworx/core/ports"
import { openStore } from "@altaworx/core/store"
import * as v from "valibot"
import { ratePerSecond } from "./measure.ts"
import { rawDatabase } from "./raw-database.ts"

const TYPE: JobType<number> = {
  type: "bench.job",
  queue: "bench",
  payload: v.number(),
  maxAttempts: 3,
  retry: { kind: "fixed", baseMs: 1, maxMs: 1 },
  leaseMs: 60_000,
}

/** A bare queue: claim `batch`, complete `batch`, two statements and two transactions. */
export const queueRaw = (jobs: number, batch: number) =>
  ratePerSecond(jobs, async (path) => {
    const database = rawDatabase(path)
    database.exec(`CREATE TABLE job (id INTEGER PRIMARY KEY, state INTEGER NOT NULL, run_at INTEGER NOT NULL, token TEXT, payload TEXT) STRICT;
      CREATE INDEX ready ON job (run_at, id) WHERE state = 0`)
    const insert = database.prepare("INSERT INTO job VALUES (?, 0, 0, NULL, ?)")
    database.exec("BEGIN")
    for (let i = 0; i < jobs; i++) insert.run(i, String(i))
    database.exec("COMMIT")
    const claim = database.prepare(
      "UPDATE job SET state = 1, token = ? WHERE id IN (SELECT id FROM job WHERE state = 0 AND run_at <= ? ORDER BY run_at, id LIMIT ?) RETURNING id, payload",
    )
    const complete = database.prepare(
      "UPDATE job SET state = 2 WHERE state = 1 AND token = ? AND id IN (SELECT value FROM json_each(?))",
    )
    return () => {
      for (let turn = 0; ; turn++) {
        const rows = claim.all(String(turn), turn, batch)
        if (rows.length === 0) break
        complete.run(String(turn), JSON.stringify((rows as { id: number }[]).map(({ id }) => id)))
      }
      database.close()
    }
  })

/** The durable queue with all it promises, through its public door. */
export const queueThroughJobs = (jobs: number, batch: number) =>
  ratePerSecond(jobs, async (path) => {
    const runtime = systemRuntime()
    const store = await openStore({ url: `file:${path}`, createClient, runtime })
    for (let i = 0; i < jobs; i += 500) {
      const requests = Array.from({ length: Math.min(500, jobs - i) }, (_, k) => i + k)
      await store.unit(
        { name: "bench.enqueue" },
        enqueueJobs(
          runtime,
          requests.map((payload) => ({ type: TYPE as JobType<unknown>, tenantId: "t", payload })),
        ),
      )
    }
    const host = { store, runtime, handlers: [handleJob(TYPE, async () => ({}))] }
    return async () => {
      const { completed } = await runDueJobs(host, { claimSize: batch, maxJobs: jobs })
      if (completed !== jobs) throw new Error(`${completed} of ${jobs} jobs ran`)
      store.close()
    }
  })
