import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { systemRuntime } from "../src/ports/mod.ts"
import { type Migration, migrate } from "../src/store/migrate.ts"
import { MIGRATIONS } from "../src/store/migrations.gen.ts"
import { openStore, type Store } from "../src/store/mod.ts"

const RELEASED = join(import.meta.dirname, "released-schemas")

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-released-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A database as an older version left it, with a row of its own. */
async function databaseOf(migrations: readonly Migration[]): Promise<string> {
  const url = `file:${join(folder, "old.db")}`
  const client = createClient({ url })
  await migrate(
    {
      read: async (text) => (await client.execute(text)).rows,
      write: (batch) => client.batch(batch, "write"),
      now: () => 1,
    },
    migrations,
  )
  await client.execute("INSERT INTO tenant (id, name, created_at) VALUES ('1', 'One', 1)")
  client.close()
  return url
}

const open = (url: string) => openStore({ url, createClient, runtime: systemRuntime() })
const schemaOf = (store: Store) =>
  store.rows(sql`SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2`)

// What every version could have been, and what the released ones were.
const older: readonly (readonly [string, readonly Migration[]])[] = [
  ...MIGRATIONS.map((last, index) => [`migrations up to ${last.tag}`, MIGRATIONS.slice(0, index + 1)] as const),
  ...readdirSync(RELEASED)
    .filter((name) => name.endsWith(".json"))
    .map((name) => [`version ${name.slice(0, -5)}`, JSON.parse(readFileSync(join(RELEASED, name), "utf8"))] as const),
]

describe("a database of an older version", () => {
  it.each(older)("of %s comes up to date with its rows", async (_, migrations) => {
    const store = await open(await databaseOf(migrations))
    const fresh = await open(":memory:")
    expect(await schemaOf(store)).toEqual(await schemaOf(fresh))
    expect(await store.rows(sql`SELECT id, name FROM tenant`)).toEqual([{ id: "1", name: "One" }])
    store.close()
    fresh.close()
  })

  it.each(older)("of %s has the migrations that this version has", (_, migrations) => {
    const known = MIGRATIONS.slice(0, migrations.length).map(({ tag, hash }) => [tag, hash])
    expect(known).toEqual(migrations.map(({ tag, hash }) => [tag, hash]))
  })
})

describe("the migrations", () => {
  it("carry the hash of what they do", () => {
    for (const { tag, hash, statements } of MIGRATIONS) {
      expect([tag, createHash("sha256").update(statements.join("\n")).digest("hex")]).toEqual([tag, hash])
    }
  })

  const step = (tag: string, ...statements: string[]): Migration => ({ tag, hash: tag, statements })
  const first = step("1", "CREATE TABLE tenant (id TEXT, name TEXT, created_at INTEGER)")

  it("go on from where an older version stopped", async () => {
    const url = await databaseOf([first])
    const client = createClient({ url })
    const access = {
      read: async (text: string) => (await client.execute(text)).rows,
      write: (batch: Parameters<typeof client.batch>[0]) => client.batch(batch, "write"),
      now: () => 2,
    }
    await migrate(access, [first, step("2", "ALTER TABLE tenant ADD COLUMN region TEXT")])
    const { rows } = await client.execute("SELECT id, region FROM tenant")
    expect(rows.map((row) => ({ ...row }))).toEqual([{ id: "1", region: null }])
    client.close()
  })

  it("are all written or none, so that a failed one can be tried again", async () => {
    const url = await databaseOf([first])
    const client = createClient({ url })
    const access = {
      read: async (text: string) => (await client.execute(text)).rows,
      write: (batch: Parameters<typeof client.batch>[0]) => client.batch(batch, "write"),
      now: () => 2,
    }
    const good = step("2", "ALTER TABLE tenant ADD COLUMN region TEXT")
    await expect(migrate(access, [first, good, step("3", "ALTER TABLE nobody ADD COLUMN x TEXT")])).rejects.toThrow()
    await expect(client.execute("SELECT region FROM tenant")).rejects.toThrow("no such column")
    await migrate(access, [first, good])
    expect((await client.execute("SELECT region FROM tenant")).rows).toHaveLength(1)
    client.close()
  })
})
