import { enqueueJobs, handleJob, type JobType, runDueJobs } from "@altaworx/core/jobs"
import { systemRuntime } from "@altaworx/core/ports"
import { openStore } from "@altaworx/core/store"
import { createClient } from "@altaworx/core/store/node"
import { createClient as createPlainClient } from "@libsql/client"
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

// As a queue on SQLite is written by hand: priorities, attempts, leases with a token, and what finds lapsed ones.
const TABLE = `CREATE TABLE job (id INTEGER PRIMARY KEY, queue TEXT NOT NULL, state INTEGER NOT NULL, priority INTEGER NOT NULL,
    run_at INTEGER NOT NULL, attempts INTEGER NOT NULL, lease_until INTEGER, lease_token TEXT, payload TEXT NOT NULL) STRICT;
  CREATE INDEX ready ON job (queue, priority DESC, run_at, id) WHERE state = 0;
  CREATE INDEX leased ON job (lease_until) WHERE state = 1`
const INSERT = "INSERT INTO job VALUES (?, 'bench', 0, 5, 0, 0, NULL, NULL, ?)"
const CLAIM = `UPDATE job SET state = 1, attempts = attempts + 1, lease_until = ?, lease_token = ?
  WHERE id IN (SELECT id FROM job WHERE state = 0 AND queue = ? AND run_at <= ? ORDER BY priority DESC, run_at, id LIMIT ?)
  RETURNING id, payload, attempts`
const COMPLETE =
  "UPDATE job SET state = 2 WHERE state = 1 AND lease_token = ? AND id IN (SELECT value FROM json_each(?))"

const claimArgs = (turn: number, batch: number) => [turn + 60_000, `worker/${turn}`, "bench", turn, batch]
const completeArgs = (turn: number, rows: readonly unknown[]) => [
  `worker/${turn}`,
  JSON.stringify((rows as readonly { readonly id: number }[]).map(({ id }) => id)),
]

function fillBare(path: string, jobs: number): ReturnType<typeof rawDatabase> {
  const database = rawDatabase(path)
  database.exec(TABLE)
  const insert = database.prepare(INSERT)
  database.exec("BEGIN")
  for (let i = 0; i < jobs; i++) insert.run(i, String(i))
  database.exec("COMMIT")
  return database
}

/** A bare queue: claim `batch`, complete `batch`, two statements and two transactions, nothing that is promised. */
export const queueRaw = (jobs: number, batch: number) =>
  ratePerSecond(jobs, async (path) => {
    const database = fillBare(path, jobs)
    const claim = database.prepare(CLAIM)
    const complete = database.prepare(COMPLETE)
    return () => {
      for (let turn = 0; ; turn++) {
        const rows = claim.all(...claimArgs(turn, batch))
        if (rows.length === 0) break
        complete.run(...completeArgs(turn, rows))
      }
      database.close()
    }
  })

/** The same bare queue through the database client, which prepares each statement anew: no queue on it is faster. */
export const queueByClient = (jobs: number, batch: number) =>
  ratePerSecond(jobs, async (path) => {
    fillBare(path, jobs).close()
    const client = createPlainClient({ url: `file:${path}`, concurrency: 1, timeout: 250, intMode: "number" })
    await client.execute("PRAGMA synchronous=NORMAL")
    return async () => {
      for (let turn = 0; ; turn++) {
        const { rows } = await client.execute({ sql: CLAIM, args: claimArgs(turn, batch) })
        if (rows.length === 0) break
        await client.execute({ sql: COMPLETE, args: completeArgs(turn, rows) })
        // As the store does after each unit, so that timers run.
        await new Promise((resolve) => setImmediate(resolve))
      }
      client.close()
    }
  })

/** Does nothing: what is measured is the queue. */
export const benchHandler = handleJob(TYPE, async () => ({}))

/** A store on a file with jobs in line, or all in one lane. */
export async function openWithJobs(url: string, jobs: number, lane?: string) {
  const runtime = systemRuntime()
  const store = await openStore({ url, createClient, runtime })
  for (let i = 0; i < jobs; i += 500) {
    const payloads = Array.from({ length: Math.min(500, jobs - i) }, (_, k) => i + k)
    const requests = payloads.map((payload) => ({
      type: TYPE as JobType<unknown>,
      tenantId: "t",
      payload,
      ...(lane !== undefined && { lane }),
    }))
    await store.unit({ name: "bench.enqueue" }, enqueueJobs(runtime, requests))
  }
  return { store, runtime, handlers: [benchHandler] }
}

/** The durable queue with all it promises, through its public door. */
export const queueThroughJobs = (jobs: number, batch: number, lane?: string) =>
  ratePerSecond(jobs, async (path) => {
    const host = await openWithJobs(`file:${path}`, jobs, lane)
    return async () => {
      const { completed } = await runDueJobs(host, { claimSize: batch, maxJobs: jobs })
      if (completed !== jobs) throw new Error(`${completed} of ${jobs} jobs ran`)
      host.store.close()
    }
  })
