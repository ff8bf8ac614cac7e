import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { systemRuntime } from "../src/ports/mod.ts"
import { openStore } from "../src/store/mod.ts"
import { createClient as createNodeClient } from "../src/store/node/mod.ts"
import { startWorker } from "./worker-process.ts"

let folder: string
let url: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-locks-"))
  url = `file:${join(folder, "test.db")}`
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const CLIENTS = [
  ["plain", createClient],
  ["node", createNodeClient],
] as const

describe.for(CLIENTS)("a store that met a lock, by the client %s,", ([client, createStoreClient]) => {
  // Seen red by hand, with `client.reconnect()` taken out of `connection.ts`: the worker never acknowledges another row,
  // every COMMIT fails with "cannot commit transaction - SQL statements in progress" and 0 of 100 are in the file; with
  // autocommit `execute` instead of a batch, all 100 are acknowledged and 0 are in the file.
  it("has every row it acknowledged in the file, also when it is killed right after", { timeout: 20_000 }, async () => {
    const worker = startWorker("write-rows", [url, "100", client])
    await worker.says("open")
    const holder = createClient({ url, timeout: 5_000, concurrency: 1 })
    const lock = await holder.transaction("write")
    worker.child.stdin?.write("go\n")
    await worker.says("locked")
    await lock.commit()
    await worker.says("written 100")
    worker.child.kill("SIGKILL")
    expect((await worker.ended).signal).toBe("SIGKILL")
    const { rows } = await holder.execute("SELECT count(*) AS count FROM tenant")
    expect(rows[0]?.count).toBe(100)
    holder.close()
  })

  it("says so when the lock is never freed, and works again when it is", { timeout: 60_000 }, async () => {
    // Waiting is on the runtime's clock: made short here, as the test has no hour.
    const runtime = systemRuntime()
    const store = await openStore({
      url,
      createClient: (config) => createStoreClient({ ...config, timeout: 1 }),
      runtime: { ...runtime, clock: { ...runtime.clock, sleep: () => runtime.clock.yield() } },
    })
    const holder = createClient({ url, concurrency: 1 })
    const lock = await holder.transaction("write")
    const add = (id: string) =>
      store.unit({ name: "test.add" }, [sql`INSERT INTO tenant (id, name, created_at) VALUES (${id}, 'T', 1)`])
    await expect(add("a")).rejects.toMatchObject({
      code: "store.busy",
      retryable: true,
      message: 'Cannot write "test.add": another process holds the lock',
    })
    expect(await store.rows(sql`SELECT id FROM tenant`)).toEqual([])
    await lock.rollback()
    await add("b")
    expect((await holder.execute("SELECT id FROM tenant")).rows).toEqual([{ id: "b" }])
    store.close()
    holder.close()
  })

  it("is not blocked in its reads by a writer elsewhere", async () => {
    const store = await openStore({ url, createClient: createStoreClient, runtime: systemRuntime() })
    const holder = createClient({ url, concurrency: 1 })
    const lock = await holder.transaction("write")
    await lock.execute("INSERT INTO tenant (id, name, created_at) VALUES ('x', 'T', 1)")
    expect(await store.rows(sql`SELECT id FROM tenant`)).toEqual([])
    await lock.commit()
    expect(await store.rows(sql`SELECT id FROM tenant`)).toEqual([{ id: "x" }])
    store.close()
    holder.close()
  })
})

it("a new file is migrated once, from processes that start together", { timeout: 30_000 }, async () => {
  const workers = Array.from({ length: 4 }, () => startWorker("write-rows", [url, "0", "node"]))
  await Promise.all(workers.map((worker) => worker.says("open")))
  for (const worker of workers) worker.child.kill("SIGKILL")
  await Promise.all(workers.map((worker) => worker.ended))
  const store = await openStore({ url, createClient: createNodeClient, runtime: systemRuntime() })
  const [row] = await store.rows<{ count: number }>(sql`SELECT count(*) AS count FROM schema_migration`)
  expect(row?.count).toBeGreaterThan(0)
  store.close()
})
