import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import * as v from "valibot"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { fileBackups, restoreFile } from "../../src/backup/node/mod.ts"
import {
  handleJob,
  type JobHost,
  type JobType,
  type MessageHost,
  receiveMessages,
  releaseAllLeases,
  runDueJobs,
} from "../../src/jobs/mod.ts"
import { systemRuntime } from "../../src/ports/mod.ts"
import { openStore } from "../../src/store/mod.ts"
import { importSealingKey, verifyAuditChain, writeAudited } from "../../src/tenancy/mod.ts"

// The drill: the database is copied under load, work goes on, the disk is lost. The copy is restored into a new file, what
// came since is delivered again, and nothing tells the result from one without the loss.
const runtime = systemRuntime()
const MESSAGES = 240
const type: JobType<{ readonly number: number }> = {
  type: "test.add",
  queue: "test",
  payload: v.object({ number: v.number() }),
  maxAttempts: 5,
  retry: { kind: "fixed", baseMs: 1, maxMs: 1 },
  leaseMs: 60_000,
}

type World = JobHost & MessageHost
let folder: string
const worlds: World[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-drill-"))
})
afterEach(() => {
  for (const { store } of worlds.splice(0)) store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(name: string): Promise<World> {
  const store = await openStore({ url: `file:${join(folder, name)}`, createClient, runtime })
  await store.unit({ name: "test.tables" }, [
    sql`CREATE TABLE IF NOT EXISTS test_balance (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL)`,
    sql`INSERT INTO test_balance (id, amount) VALUES (1, 0) ON CONFLICT DO NOTHING`,
  ])
  const handler = handleJob(type, async ({ number }, context) => {
    const event = { id: `added.${number}`, actor: `job/${context.jobId}`, subject: `number/${number}` }
    const audit = { tenantId: "1", events: [{ ...event, action: "test.added", outcome: "done" as const }] }
    await writeAudited(context, { name: "test.audit" }, [], audit)
    // Doubled by a job that runs twice, lost with one that does not: both show in the sum.
    return { statements: [sql`UPDATE test_balance SET amount = amount + ${number} WHERE id = 1`] }
  })
  const translator = {
    name: "test",
    translate: ({ body }: { readonly body: string }) => [{ type, tenantId: "1", payload: { number: Number(body) } }],
  }
  const world = { store, runtime, handlers: [handler], translators: [translator] }
  worlds.push(world)
  return world
}

/** Delivers messages one by one, and says of each when it was acknowledged. */
async function deliver(world: World, numbers: readonly number[], acknowledged = new Map<number, number>()) {
  for (const number of numbers) {
    const message = { id: `m-${number}`, attributes: {}, body: String(number) }
    await receiveMessages(world, { source: "test" }, [message])
    acknowledged.set(number, runtime.clock.now())
  }
  return acknowledged
}

async function stateOf({ store, runtime: { clock } }: World) {
  const sealingKey = await importSealingKey(btoa("k".repeat(32)))
  const verdict = await verifyAuditChain({ store, runtime: { ...runtime, clock } }, sealingKey, "1")
  return {
    balance: await store.rows(sql`SELECT amount FROM test_balance`),
    jobs: await store.rows(sql`SELECT id, state, payload FROM job ORDER BY id`),
    messages: await store.rows(sql`SELECT message_id, state FROM job_message ORDER BY message_id`),
    audit: await store.rows(sql`SELECT subject FROM audit_entry ORDER BY subject`),
    audited: verdict.ok && verdict.entries,
  }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe("the restore drill", () => {
  it("copy under load, lose the disk, restore, deliver again: the same as without the loss", async () => {
    const unharmed = await open("unharmed.db")
    await deliver(unharmed, numbers(1, MESSAGES + 1))
    await runDueJobs(unharmed)
    const expected = await stateOf(unharmed)
    expect(expected.balance).toEqual([{ amount: (MESSAGES * (MESSAGES + 1)) / 2 }])
    expect([expected.jobs.length, expected.audited]).toEqual([MESSAGES, MESSAGES])

    const lost = await open("lost.db")
    const url = `file:${join(folder, "lost.db")}`
    const backups = fileBackups({ url, folder: join(folder, "backups"), createClient, runtime })
    const acknowledged = new Map<number, number>()
    const stop = new AbortController()
    const working = (async () => {
      while (!stop.signal.aborted) {
        await runDueJobs(lost, { claimSize: 3, signal: stop.signal })
        await runtime.clock.yield()
      }
    })()
    const delivering = deliver(lost, numbers(1, MESSAGES + 1), acknowledged)
    await expect.poll(() => acknowledged.size, { interval: 1, timeout: 30_000 }).toBeGreaterThan(MESSAGES / 3)
    const backup = await backups.take()
    await delivering
    // Some of the work was done, some is under way: nothing of it is left.
    stop.abort()
    await working
    lost.store.close()
    for (const end of ["", "-wal", "-shm"]) rmSync(join(folder, `lost.db${end}`), { force: true })

    await restoreFile({ folder: join(folder, "backups"), path: join(folder, "restored.db"), createClient })
    const restored = await open("restored.db")
    await releaseAllLeases(restored)
    await runDueJobs(restored)
    const before = await stateOf(restored)
    expect(before.jobs.length).toBeGreaterThanOrEqual(MESSAGES / 3)
    expect(before.jobs.length).toBeLessThan(MESSAGES)

    const since = [...acknowledged].filter(([, at]) => at >= backup.at).map(([number]) => number)
    expect(since.length).toBeLessThan(MESSAGES)
    await deliver(restored, since)
    await runDueJobs(restored)
    expect(await stateOf(restored)).toEqual(expected)
    // Delivered once more, all of it, it changes nothing.
    await deliver(restored, numbers(1, MESSAGES + 1))
    await runDueJobs(restored)
    expect(await stateOf(restored)).toEqual(expected)
  }, 60_000)
})
