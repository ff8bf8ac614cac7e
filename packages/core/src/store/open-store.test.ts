import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { systemRuntime } from "../ports/mod.ts"
import { openStore } from "./open-store.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-store-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (url: string) => openStore({ url, createClient, runtime: systemRuntime() })
const addTenant = (id: string) => sql`INSERT INTO tenant (id, name, created_at) VALUES (${id}, 'T', 1)`
const tenants = sql`SELECT id FROM tenant ORDER BY id`

describe.each([
  ["a file", () => `file:${join(folder, "test.db")}`],
  ["memory", () => ":memory:"],
])("openStore() on %s", (_name, url) => {
  it("writes all statements of a unit or none", async () => {
    const store = await open(url())
    await store.unit({ name: "test.add" }, [addTenant("a")])
    await expect(store.unit({ name: "test.add" }, [addTenant("b"), addTenant("a")])).rejects.toMatchObject({
      code: "store.constraint",
      message: expect.stringContaining("test.add"),
    })
    expect(await store.rows(tenants)).toEqual([{ id: "a" }])
    store.close()
  })

  it("writes nothing when the fence does not hold", async () => {
    const store = await open(url())
    const fence = { holds: sql`EXISTS (SELECT 1 FROM tenant WHERE id = 'a')` }
    await expect(store.unit({ name: "test.add", fence }, [addTenant("b")])).rejects.toMatchObject({
      code: "job.lease_lost",
    })
    await store.unit({ name: "test.add" }, [addTenant("a")])
    await store.unit({ name: "test.add", fence }, [addTenant("b")])
    expect(await store.rows(tenants)).toEqual([{ id: "a" }, { id: "b" }])
    store.close()
  })

  it("gives the rows of RETURNING, one list for each statement", async () => {
    const store = await open(url())
    const results = await store.unit({ name: "test.add" }, [
      addTenant("a"),
      sql`UPDATE tenant SET name = 'N' RETURNING id, name`,
    ])
    expect(results).toEqual([[], [{ id: "a", name: "N" }]])
    store.close()
  })

  it("takes many units at once and writes them one after the other", async () => {
    const store = await open(url())
    await Promise.all(Array.from({ length: 50 }, (_, i) => store.unit({ name: "test.add" }, [addTenant(String(i))])))
    expect(await store.rows(tenants)).toHaveLength(50)
    store.close()
  })
})

describe("openStore()", () => {
  it("refuses a file that is no database, and leaves it as it was", async () => {
    const file = join(folder, "bad.db")
    writeFileSync(
      file,
      "this is a letter, not a database, and it is long enough to be read as a header of one".repeat(100),
    )
    await expect(open(`file:${file}`)).rejects.toMatchObject({ code: "store.corrupt" })
  })

  it("refuses a database that a newer version wrote", async () => {
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
  })

  it("migrates once when several open the same new file", async () => {
    const url = `file:${join(folder, "shared.db")}`
    const stores = await Promise.all(Array.from({ length: 4 }, () => open(url)))
    await stores[0]?.unit({ name: "test.add" }, [addTenant("a")])
    expect(await stores[3]?.rows(tenants)).toEqual([{ id: "a" }])
    for (const store of stores) store.close()
  })
})
