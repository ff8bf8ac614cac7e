import type { InStatement } from "@libsql/client"
import { CoreError } from "../errors/mod.ts"

/** One released step of the schema, embedded as data so that no host needs a file system. */
export interface Migration {
  readonly tag: string
  /** SHA-256 of the statements. A migration never changes once released. */
  readonly hash: string
  readonly statements: readonly string[]
}

interface MigrationAccess {
  read(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  write(batch: InStatement[]): Promise<unknown>
  now(): number
}

/**
 * Brings the schema up to date, forward only, in one write batch. Safe when several processes start at once: the batch
 * first inserts the migration's row, so all but one fail on its key, look again, and find the work done.
 *
 * @throws {CoreError} `store.schema_newer` if the database holds a migration this version does not know;
 *   `store.schema_changed` if a known one was applied with other contents.
 */
export async function migrate(access: MigrationAccess, migrations: readonly Migration[]): Promise<void> {
  const pending = await pendingMigrations(access, migrations)
  if (pending.length === 0) return
  const batch: InStatement[] = pending.flatMap(({ tag, hash, statements }) => [
    { sql: "INSERT INTO schema_migration (tag, hash, applied_at) VALUES (?, ?, ?)", args: [tag, hash, access.now()] },
    ...statements.map((sql) => ({ sql, args: [] })),
  ])
  try {
    await access.write([
      "CREATE TABLE IF NOT EXISTS schema_migration (tag TEXT PRIMARY KEY, hash TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
      ...batch,
    ])
  } catch (error) {
    if ((await pendingMigrations(access, migrations)).length > 0) throw error
  }
}

async function pendingMigrations(
  access: MigrationAccess,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  const exists = await access.read("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'")
  const rows = exists.length === 0 ? [] : await access.read("SELECT tag, hash FROM schema_migration")
  const applied = new Map(rows.map((row) => [row["tag"] as string, row["hash"] as string]))
  const known = new Map(migrations.map(({ tag, hash }) => [tag, hash]))
  for (const [tag, hash] of applied) {
    if (!known.has(tag)) {
      throw new CoreError(
        "store.schema_newer",
        `Cannot open the database: a newer version of this software wrote it (${tag})`,
      )
    }
    if (known.get(tag) !== hash) {
      throw new CoreError(
        "store.schema_changed",
        `Cannot open the database: its migration ${tag} is not the released one`,
      )
    }
  }
  return migrations.filter(({ tag }) => !applied.has(tag))
}
