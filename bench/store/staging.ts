import { createClient } from "@libsql/client"
import { systemRuntime } from "@altaworx/core/ports"
import { openStore } from "@altaworx/core/store"
import { sql } from "drizzle-orm"
import { ratePerSecond } from "./measure.ts"
import { rawDatabase } from "./raw-database.ts"

const COLUMNS = 9
const row = (i: number) => [
  "run-1",
  `89012601234567${String(i).padStart(6, "0")}`,
  `89012601234567${String(i).padStart(6, "0")}`,
  "active",
  "ACTIVATED",
  `Plan ${i % 8}`,
  `Communication ${i % 5}`,
  "0123456789abcdef0123456789abcdef",
  1_790_000_000_000 + i,
]
const pageOf = (from: number, size: number) => Array.from({ length: size }, (_, i) => row(from + i))

/** One prepared INSERT in one transaction: as fast as this SQLite goes. */
export const stageRaw = (rows: number) =>
  ratePerSecond(rows, async (path) => {
    const database = rawDatabase(path)
    database.exec(
      "CREATE TABLE stage (a TEXT, b TEXT, c TEXT, d TEXT, e TEXT, f TEXT, g TEXT, h TEXT, i INTEGER) STRICT",
    )
    const insert = database.prepare(`INSERT INTO stage VALUES (${Array(COLUMNS).fill("?").join(",")})`)
    const all = pageOf(0, rows)
    return () => {
      database.exec("BEGIN")
      for (const values of all) insert.run(...values)
      database.exec("COMMIT")
      database.close()
    }
  })

/** The store's way: pages as one JSON parameter each, keyed and upserted, one unit for `pagesPerUnit` pages of 50. */
export const stageThroughStore = (rows: number, pagesPerUnit: number) =>
  ratePerSecond(rows, async (path) => {
    const store = await openStore({ url: `file:${path}`, createClient, runtime: systemRuntime() })
    await store.unit({ name: "bench.table" }, [
      sql`CREATE TABLE stage (a TEXT, b TEXT, c TEXT, d TEXT, e TEXT, f TEXT, g TEXT, h TEXT, i INTEGER, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID`,
    ])
    const size = 50 * pagesPerUnit
    const pages = Array.from({ length: rows / size }, (_, i) => pageOf(i * size, size))
    return async () => {
      for (const page of pages) {
        await store.unit({ name: "bench.stage" }, [
          sql`INSERT INTO stage SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8
            FROM json_each(${JSON.stringify(page)}) WHERE true
            ON CONFLICT (a, b) DO UPDATE SET c = excluded.c, d = excluded.d, e = excluded.e, f = excluded.f, g = excluded.g, h = excluded.h, i = excluded.i`,
        ])
      }
      store.close()
    }
  })
