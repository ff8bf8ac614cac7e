import Database from "better-sqlite3"

/** The reference: SQLite by itself, prepared statements, no layer of ours, and the settings of a store, with four times its cache. */
export function rawDatabase(path: string): Database.Database {
  const database = new Database(path, { timeout: 10_000 })
  database.exec(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY",
  )
  return database
}
