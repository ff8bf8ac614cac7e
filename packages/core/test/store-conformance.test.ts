import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { eq, sql } from "drizzle-orm"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { systemRuntime } from "../src/ports/mod.ts"
import { type OpenStoreOptions, openStore, type Store } from "../src/store/mod.ts"
import { createClient as createNodeClient } from "../src/store/node/mod.ts"
import { hranaDouble } from "./hrana-double.ts"
import { tenant } from "../src/tenancy/schema.ts"

// What every database has to do, whatever it runs on.
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-conformance-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
type Options = Pick<OpenStoreOptions, "url" | "createClient" | "authToken">
const path = () => join(folder, `${count++}.db`)
const { TEST_LIBSQL_URL: serverUrl, TEST_LIBSQL_TOKEN: serverToken } = process.env
const server = serverUrl
  ? "a real server (TEST_LIBSQL_URL)"
  : "a real server: skipped, set TEST_LIBSQL_URL to an empty database of one, and TEST_LIBSQL_TOKEN if it wants a token"
const DATABASES: readonly [name: string, options: () => Options][] = [
  ["a file", () => ({ url: `file:${path()}`, createClient })],
  ["memory", () => ({ url: ":memory:", createClient })],
  ["a file, by the client for Node", () => ({ url: `file:${path()}`, createClient: createNodeClient })],
  ["memory, by the client for Node", () => ({ url: ":memory:", createClient: createNodeClient })],
  [
    "the protocol of remote libSQL (a double, not a server)",
    () => {
      const { fetch } = hranaDouble(path())
      return { url: "http://127.0.0.1:9", createClient: (config) => createClient({ ...config, fetch }) }
    },
  ],
  [server, () => ({ url: serverUrl ?? "", createClient, ...(serverToken && { authToken: serverToken }) })],
]

const addTenant = (id: string) => sql`INSERT INTO tenant (id, name, created_at) VALUES (${id}, 'T', 1)`
const tenants = sql`SELECT id FROM tenant ORDER BY id`

describe.for(DATABASES)("a store on %s", { timeout: 60_000 }, ([name, options]) => {
  const isServer = name === server
  if (isServer && !serverUrl) return it.skip(server)
  let store: Store
  let isOurs = !isServer
  beforeEach(async () => {
    store = await openStore({ ...options(), runtime: systemRuntime() })
    // What is there is deleted after each test, so it must be nobody's.
    isOurs ||= (await store.rows(tenants)).length === 0
    if (!isOurs) throw new Error("TEST_LIBSQL_URL holds tenants: these tests delete them, give them an empty database")
  })
  afterEach(async () => {
    if (isServer && isOurs) await store.unit({ name: "test.clear" }, [sql`DELETE FROM tenant`])
    store.close()
  })

  it("writes all statements of a unit or none", async () => {
    await store.unit({ name: "test.add" }, [addTenant("a")])
    await expect(store.unit({ name: "test.add" }, [addTenant("b"), addTenant("a")])).rejects.toMatchObject({
      code: "store.constraint",
      message: expect.stringContaining("test.add"),
    })
    expect(await store.rows(tenants)).toEqual([{ id: "a" }])
    await store.unit({ name: "test.add" }, [addTenant("c")])
    expect(await store.rows(tenants)).toEqual([{ id: "a" }, { id: "c" }])
  })

  it("writes nothing when the fence does not hold", async () => {
    const fence = { holds: sql`EXISTS (SELECT 1 FROM tenant WHERE id = 'a')` }
    await expect(store.unit({ name: "test.add", fence }, [addTenant("b")])).rejects.toMatchObject({
      code: "job.lease_lost",
    })
    await store.unit({ name: "test.add" }, [addTenant("a")])
    await store.unit({ name: "test.add", fence }, [addTenant("b")])
    expect(await store.rows(tenants)).toEqual([{ id: "a" }, { id: "b" }])
  })

  it("does not take a broken fence for a lost lease", async () => {
    const fence = { holds: sql`EXISTS (SELECT 1 FROM no_such_table)` }
    await expect(store.unit({ name: "test.add", fence }, [addTenant("b")])).rejects.toMatchObject({
      code: "store.statement",
    })
    const other = { holds: sql`json('broken')` }
    await expect(store.unit({ name: "test.add", fence: other }, [addTenant("b")])).rejects.toMatchObject({
      code: "store.statement",
    })
  })

  it("gives the rows of RETURNING, one list for each statement", async () => {
    const results = await store.unit({ name: "test.add" }, [
      addTenant("a"),
      sql`UPDATE tenant SET name = 'N' RETURNING id, name`,
    ])
    expect(results).toEqual([[], [{ id: "a", name: "N" }]])
    expect(await store.unit({ name: "test.nothing" }, [])).toEqual([])
  })

  it("takes many units and reads at once", async () => {
    await Promise.all([
      ...Array.from({ length: 50 }, (_, i) => store.unit({ name: "test.add" }, [addTenant(String(i))])),
      ...Array.from({ length: 50 }, () => store.rows(tenants)),
    ])
    expect(await store.rows(tenants)).toHaveLength(50)
  })

  it("reads typed rows, and unwraps the query builder's errors", async () => {
    await store.unit({ name: "test.add" }, [addTenant("a")])
    expect(await store.read((db) => db.select().from(tenant).where(eq(tenant.id, "a")))).toEqual([
      { id: "a", name: "T", createdAt: 1 },
    ])
    expect(await store.read((db) => db.select().from(tenant).where(eq(tenant.id, "none")).get())).toBeUndefined()
    const failing = store.read((db) =>
      db.select({ x: sql`no_such_column` }).from(tenant).where(eq(tenant.id, "secret")),
    )
    await expect(failing).rejects.toMatchObject({ name: "CoreError", code: "store.statement" })
    await expect(failing).rejects.not.toMatchObject({ message: expect.stringContaining("secret") })
  })

  it("keeps integers whole, text as it is, and refuses what a column does not take", async () => {
    const most = Number.MAX_SAFE_INTEGER
    const text = "Zoë — 日本 \u{1F4F6} 'quoted' \" \\ \n"
    await store.unit({ name: "test.add" }, [
      sql`INSERT INTO tenant (id, name, created_at) VALUES ('a', ${text}, ${most})`,
    ])
    expect(await store.rows(sql`SELECT name, created_at, typeof(created_at) AS type FROM tenant`)).toEqual([
      { name: text, created_at: most, type: "integer" },
    ])
    await expect(
      store.unit({ name: "test.add" }, [sql`INSERT INTO tenant (id, name, created_at) VALUES ('b', 'T', 1.5)`]),
    ).rejects.toMatchObject({ code: "store.constraint" })
    await expect(store.unit({ name: "test.typo" }, [sql`INSERT INTO tenand (id) VALUES (1)`])).rejects.toMatchObject({
      code: "store.statement",
      retryable: false,
    })
  })

  it("takes a page of 2,000 rows as one JSON parameter", async () => {
    const rows = Array.from({ length: 2_000 }, (_, i) => [`tenant-${i}`, i])
    const page = sql`
      INSERT INTO tenant (id, name, created_at)
      SELECT value->>0, 'T', value->>1 FROM json_each(${JSON.stringify(rows)}) WHERE true
      ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at`
    await store.unit({ name: "test.page" }, [page])
    await store.unit({ name: "test.page" }, [page])
    expect(await store.rows(sql`SELECT count(*) AS count FROM tenant`)).toEqual([{ count: 2_000 }])
  })
})
