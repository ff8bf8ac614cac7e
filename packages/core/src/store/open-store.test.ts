import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { systemRuntime } from "../ports/mod.ts"
import { type OpenStoreOptions, openStore } from "./open-store.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-store-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (url: string, options?: Partial<OpenStoreOptions>) =>
  openStore({ url, createClient, runtime: systemRuntime(), ...options })
const addTenant = (id: string) => sql`INSERT INTO tenant (id, name, created_at) VALUES (${id}, 'T', 1)`
const tenants = sql`SELECT id FROM tenant ORDER BY id`

describe("openStore() on a file", () => {
  it("refuses a file that is no database, and leaves it as it was", async () => {
    const file = join(folder, "bad.db")
    const text = "this is a letter, not a database, and it is long enough to be read as a header of one".repeat(100)
    writeFileSync(file, text)
    await expect(open(`file:${file}`)).rejects.toMatchObject({ code: "store.corrupt" })
    expect(readFileSync(file, "utf8")).toBe(text)
  })

  it("refuses a damaged database", async () => {
    const file = join(folder, "damaged.db")
    const store = await open(`file:${file}`)
    for (let i = 0; i < 300; i++) await store.unit({ name: "test.add" }, [addTenant(`tenant-${i}`.padEnd(200, "x"))])
    store.close()
    const bytes = readFileSync(file)
    bytes.fill(0x5a, 100, bytes.length)
    writeFileSync(file, bytes)
    await expect(open(`file:${file}`)).rejects.toMatchObject({ code: "store.corrupt" })
  })

  it("refuses a folder that is not there, and an address that is none", async () => {
    await expect(open(`file:${join(folder, "none", "x.db")}`)).rejects.toMatchObject({ code: "store.unavailable" })
    await expect(open("http://db.example.com")).rejects.toMatchObject({ code: "input.invalid", field: "url" })
  })

  it("refuses a database that cannot be written", async () => {
    // The test may run as root, whom no file mode stops: the client is made read-only instead.
    const url = `file:${join(folder, "readonly.db")}`
    ;(await open(url)).close()
    await expect(
      open(url, {
        createClient(config) {
          const client = createClient(config)
          client.batch = () =>
            client
              .execute("PRAGMA query_only=ON")
              .then(() => client.execute("DELETE FROM tenant"))
              .then(() => [])
          return client
        },
      }),
    ).rejects.toMatchObject({ code: "store.unavailable", message: expect.stringContaining("opened for writing") })
  })

  it("refuses a database that a newer version wrote, and one whose migrations were changed", async () => {
    const url = `file:${join(folder, "newer.db")}`
    const store = await open(url)
    await store.unit({ name: "test.future" }, [
      sql`INSERT INTO schema_migration (tag, hash, applied_at) VALUES ('9999_future', 'x', 1)`,
    ])
    store.close()
    await expect(open(url)).rejects.toMatchObject({
      code: "store.schema_newer",
      message: expect.stringContaining("9999_future"),
    })
    const client = createClient({ url })
    await client.execute("DELETE FROM schema_migration WHERE tag = '9999_future'")
    await client.execute("UPDATE schema_migration SET hash = 'edited'")
    client.close()
    await expect(open(url)).rejects.toMatchObject({ code: "store.schema_changed" })
  })

  it("migrates once when several open the same new file", async () => {
    const url = `file:${join(folder, "shared.db")}`
    const stores = await Promise.all(Array.from({ length: 4 }, () => open(url)))
    await stores[0]?.unit({ name: "test.add" }, [addTenant("a")])
    expect(await stores[3]?.rows(tenants)).toEqual([{ id: "a" }])
    for (const store of stores) store.close()
  })

  it("reads beside a writer and cannot write through a read", async () => {
    const store = await open(`file:${join(folder, "test.db")}`)
    await expect(
      store.rows(sql`INSERT INTO tenant (id, name, created_at) VALUES ('a', 'T', 1) RETURNING id`),
    ).rejects.toMatchObject({
      code: "store.unavailable",
    })
    expect(await store.rows(tenants)).toEqual([])
    store.close()
  })

  it.each([
    ["normal", 1],
    ["full", 2],
  ] as const)("writes with durability %s", async (durability, expected) => {
    const store = await open(`file:${join(folder, "test.db")}`, { durability })
    const [rows] = await store.unit({ name: "test.pragma" }, [sql`SELECT synchronous FROM pragma_synchronous`])
    expect(rows).toEqual([{ synchronous: expected }])
    expect(await store.rows(sql`SELECT journal_mode FROM pragma_journal_mode`)).toEqual([{ journal_mode: "wal" }])
    store.close()
  })

  it("keeps its settings on the new connection after a lock", async () => {
    const url = `file:${join(folder, "test.db")}`
    const store = await open(url, { durability: "full" })
    const holder = createClient({ url, concurrency: 1 })
    const lock = await holder.transaction("write")
    const waiting = store.unit({ name: "test.add" }, [addTenant("a")])
    // The wait for the lock is native and blocks: let it begin, be refused and back off.
    await new Promise((resolve) => setTimeout(resolve, 20))
    await lock.commit()
    await waiting
    const [rows] = await store.unit({ name: "test.pragma" }, [sql`SELECT synchronous FROM pragma_synchronous`])
    expect(rows).toEqual([{ synchronous: 2 }])
    store.close()
    holder.close()
  })
})

describe("close()", () => {
  it("ends work that waits, and refuses what comes after", async () => {
    const url = `file:${join(folder, "test.db")}`
    const store = await open(url)
    const holder = createClient({ url, concurrency: 1 })
    const lock = await holder.transaction("write")
    const units = [
      store.unit({ name: "test.add" }, [addTenant("a")]),
      store.unit({ name: "test.add" }, [addTenant("b")]),
    ]
    const results = Promise.allSettled(units)
    await new Promise((resolve) => setTimeout(resolve, 20))
    store.close()
    await lock.commit()
    for (const result of await results) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "store.closed" } })
    }
    await expect(store.unit({ name: "test.add" }, [addTenant("c")])).rejects.toMatchObject({ code: "store.closed" })
    await expect(store.rows(tenants)).rejects.toMatchObject({ code: "store.closed" })
    store.close()
    expect((await holder.execute("SELECT count(*) AS count FROM tenant")).rows[0]?.count).toBe(0)
    holder.close()
  })
})
