import { openStore, type Store } from "@altaworx/core/store"
import { createClient } from "@altaworx/core/store/node"
import { createClient as createPlainClient } from "@libsql/client"
import { systemRuntime } from "@altaworx/core/ports"
import { sql } from "drizzle-orm"
import { drizzle } from "drizzle-orm/libsql"
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core"
import { ratePerSecond } from "./measure.ts"
import { rawDatabase } from "./raw-database.ts"

const PLAIN = "CREATE TABLE stage (a TEXT, b TEXT, c TEXT, d TEXT, e TEXT, f TEXT, g TEXT, h TEXT, i INTEGER) STRICT"
const KEYED =
  "CREATE TABLE stage (a TEXT, b TEXT, c TEXT, d TEXT, e TEXT, f TEXT, g TEXT, h TEXT, i INTEGER, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID"
const PAGE = 50
const ASKED_AT = 1_790_000_000_000

const idOf = (i: number) => `8901260${i + 123_000_000_000}`
const row = (i: number) => {
  const hash = "0123456789abcdef0123456789abcdef"
  return [
    "run-1",
    idOf(i),
    idOf(i),
    "active",
    "ACTIVATED",
    `Plan ${i % 8}`,
    `Communication ${i % 5}`,
    hash,
    ASKED_AT,
  ] as const
}
const pageOf = (from: number, size: number) => Array.from({ length: size }, (_, i) => row(from + i))
const pagesOf = (rows: number, size: number) => Array.from({ length: rows / size }, (_, i) => pageOf(i * size, size))

/** One prepared INSERT in one transaction, into a table without a key: as fast as this SQLite goes. */
export const stageRaw = (rows: number) =>
  ratePerSecond(rows, async (path) => {
    const database = rawDatabase(path)
    database.exec(PLAIN)
    const insert = database.prepare("INSERT INTO stage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
    const all = pageOf(0, rows)
    return () => {
      database.exec("BEGIN")
      for (const values of all) insert.run(...values)
      database.exec("COMMIT")
      database.close()
    }
  })

const openStage = async (path: string): Promise<Store> => {
  const store = await openStore({ url: `file:${path}`, createClient, runtime: systemRuntime() })
  await store.unit({ name: "bench.table" }, [sql.raw(KEYED)])
  return store
}

// As a sync stages devices: what they have in common is handed over once.
function stagePage(page: readonly ReturnType<typeof row>[]) {
  const groups = new Map<string, unknown[]>()
  for (const [run, id, , status, carrierStatus, plan, communicationPlan, hash, askedAt] of page) {
    const alike = groups.get(`${plan}|${communicationPlan}`)
    if (alike) (alike[0] as string[]).push(id)
    else {
      const group = [[id], run, status, carrierStatus, plan, communicationPlan, hash, askedAt]
      groups.set(`${plan}|${communicationPlan}`, group)
    }
  }
  return sql`
    WITH alike AS MATERIALIZED (SELECT value->0 AS ids, value->>1 AS a, value->>2 AS d, value->>3 AS e, value->>4 AS f,
      value->>5 AS g, value->>6 AS h, value->>7 AS i FROM json_each(${JSON.stringify([...groups.values()])}))
    INSERT OR REPLACE INTO stage
    SELECT x.a, j.value, j.value, x.d, x.e, x.f, x.g, x.h, x.i FROM alike x CROSS JOIN json_each(x.ids) j`
}

/** The store's way: pages as one JSON parameter each, keyed and replaceable, one unit for some pages of 50. */
export const stageThroughStore = (rows: number, pagesPerUnit: number) =>
  ratePerSecond(rows, async (path) => {
    const store = await openStage(path)
    const pages = pagesOf(rows, PAGE * pagesPerUnit)
    return async () => {
      for (const page of pages) await store.unit({ name: "bench.stage" }, [stagePage(page)])
      store.close()
    }
  })

/** The same with pages that are made as they are staged, as they come from a carrier: what is left in memory is ours. */
export const stageLazily = (rows: number) =>
  ratePerSecond(rows, async (path) => {
    const store = await openStage(path)
    // One page with other numbers each time: little is made for a row and thrown away again.
    const page = pageOf(0, 500)
    return async () => {
      for (let from = 0; from < rows; from += 500) {
        const next = page.map(([run, , , ...rest], i) => [run, idOf(from + i), idOf(from + i), ...rest] as const)
        await store.unit({ name: "bench.stage" }, [stagePage(next)])
      }
      store.close()
    }
  })

/** What one would write without this package: the query builder's `values()`, a page of 50 at a time. */
export const stageWithDrizzle = (rows: number) =>
  ratePerSecond(rows, async (path) => {
    const client = createPlainClient({ url: `file:${path}` })
    await client.execute("PRAGMA journal_mode=WAL")
    await client.execute("PRAGMA synchronous=NORMAL")
    await client.execute(KEYED)
    const stage = sqliteTable(
      "stage",
      { a: text(), b: text(), c: text(), d: text(), e: text(), f: text(), g: text(), h: text(), i: integer() },
      (table) => [primaryKey({ columns: [table.a, table.b] })],
    )
    const database = drizzle(client)
    const pages = Array.from({ length: rows / PAGE }, (_, page) =>
      pageOf(page * PAGE, PAGE).map(([a, b, c, d, e, f, g, h, i]) => ({ a, b, c, d, e, f, g, h, i })),
    ) as (typeof stage.$inferInsert)[][]
    return async () => {
      for (const page of pages) await database.insert(stage).values(page).onConflictDoNothing()
      client.close()
    }
  })
