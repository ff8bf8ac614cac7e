import { DatabaseSync } from "node:sqlite"

/** The reference: SQLite as Node has it, prepared statements, no layer of ours. Stands in for better-sqlite3. */
export function rawDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 10_000 })
  database.exec(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY",
  )
  return database
}
