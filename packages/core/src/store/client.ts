import type { InStatement } from "@libsql/client"

/** How the store wants its clients; a part of what `createClient` of `@libsql/client` takes. */
export interface ClientConfig {
  readonly url: string
  readonly authToken?: string
  /** How long a client waits for a lock, milliseconds. The wait is native and blocks. */
  readonly timeout?: number
  /** Connections of a client at most. */
  readonly concurrency?: number
  readonly intMode?: "number"
}

/** What a statement gave: values in the order of the columns. */
export interface ResultRows {
  readonly columns: readonly string[]
  readonly rows: readonly ArrayLike<unknown>[]
}

/** What the store needs of a database client; those of `@libsql/client` have it. */
export interface DatabaseClient {
  execute(statement: InStatement): Promise<ResultRows>
  /** All statements in one transaction that takes the write lock first. */
  batch(statements: InStatement[], mode: "write"): Promise<readonly ResultRows[]>
  /** Throws the connection away: what comes next has a new one. May give a promise. */
  reconnect(): unknown
  close(): void
}

/** Rows by column name; where a name comes twice, the first. */
export function namedRows({ columns, rows }: ResultRows): Record<string, unknown>[] {
  return rows.map((values) => {
    const row: Record<string, unknown> = {}
    for (const [i, name] of columns.entries()) if (!Object.hasOwn(row, name)) row[name] = values[i]
    return row
  })
}
