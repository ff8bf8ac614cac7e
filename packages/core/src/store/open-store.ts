import type { InStatement } from "@libsql/client"
import { drizzle } from "drizzle-orm/sqlite-proxy"
import { CoreError, isCoreError } from "../errors/mod.ts"
import type { Runtime } from "../ports/mod.ts"
import { type DatabaseKind, databaseKind } from "./address.ts"
import { type ClientConfig, type DatabaseClient, namedRows } from "./client.ts"
import { type Connection, openConnection } from "./connection.ts"
import { storeError } from "./database-errors.ts"
import { fenceStatement, isFenceFailure, isGuardFailure } from "./fence.ts"
import { migrate } from "./migrate.ts"
import { MIGRATIONS } from "./migrations.gen.ts"
import { render } from "./render.ts"
import type { Statement, Store } from "./store.ts"

export interface OpenStoreOptions {
  /** `file:path`, `:memory:`, or a remote libSQL address. Without TLS only on this machine. */
  readonly url: string
  readonly authToken?: string
  /**
   * `createClient` of `@altaworx/core/store/node` on hosts with a file system, of `@libsql/client/web` on an edge host. That
   * of `@libsql/client` does for both, and is slower on files.
   */
  readonly createClient: (config: ClientConfig) => DatabaseClient
  readonly runtime: Runtime
  /**
   * Page cache of each of the two connections, bytes. More saves reads of files that the system does not keep in memory; syncs
   * and jobs are as fast with this. Files only. @default 4194304 (4 MiB)
   */
  readonly cacheBytes?: number
  /**
   * `full` waits for the disk at every unit; `normal` may lose the last units when the machine loses power, never when
   * the process ends. Files only. @default "normal"
   */
  readonly durability?: "normal" | "full"
}

// Short: the wait for a lock is native and blocks the whole event loop, so most of the waiting happens outside it.
const LOCK_WAIT_MS = 250
// Requests in flight to a remote database; a file has one connection for writing and one for reading.
const REMOTE_CONCURRENCY = 8

/**
 * Opens a database, brings its schema up to date, and gives the one object through which core reads and writes.
 *
 * @throws {CoreError} `input.invalid` if the address is none, or would be spoken to in clear; `store.corrupt` if the
 *   file is no database; `store.schema_newer` if a newer version of this package wrote it; `store.unavailable` if it
 *   cannot be opened. Nothing was changed.
 * @example
 * ```ts
 * import { systemRuntime } from "@altaworx/core/ports"
 * import { openStore } from "@altaworx/core/store"
 * import { createClient } from "@altaworx/core/store/node"
 *
 * const store = await openStore({ url: ":memory:", createClient, runtime: systemRuntime() })
 * store.close()
 * ```
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { runtime } = options
  const kind = databaseKind(options.url)
  const { writer, reader, close } = connectBoth(options, kind)
  const writeBatch = (name: string, batch: InStatement[]) =>
    writer.run(`write "${name}"`, (client) => client.batch(batch, "write"))
  const runRead = (statement: InStatement) => reader.run("read", (client) => client.execute(statement))

  try {
    const access = {
      read: async (text: string) => namedRows(await runRead(text)),
      write: (batch: InStatement[]) => writeBatch("store.migrate", batch),
      now: () => runtime.clock.now(),
    }
    await migrate(access, MIGRATIONS)
    // A file that cannot be written is refused now, and not at the first unit.
    if (kind === "file") await writer.run("open the database", (client) => client.batch([], "write"))
  } catch (error) {
    close()
    throw error
  }

  const db = drizzle(
    async (text, params, method) => {
      const { rows } = await runRead({ sql: text, args: params as never[] })
      const values = rows.map((row) => Array.from(row))
      return { rows: method === "get" ? (values[0] as unknown[]) : values }
    },
    // The third argument: drizzle takes `casing` from there only.
    undefined,
    { casing: "snake_case" },
  )

  return {
    async read(query) {
      try {
        return await query(db)
      } catch (error) {
        // The query builder wraps ours into an error whose message holds the statement and its values.
        throw error instanceof Error && isCoreError(error.cause) ? error.cause : error
      }
    },
    rows: async <T>(statement: Statement) => namedRows(await runRead(render(statement))) as T[],
    async unit({ name, fence }, statements) {
      if (statements.length === 0 && !fence) return []
      const batch = (fence ? [fenceStatement(fence), ...statements] : statements).map(render)
      try {
        const results = await writeBatch(name, batch)
        // One turn of the event loop per unit: timers run, and the native statements are collected.
        await runtime.clock.yield()
        return results.slice(fence ? 1 : 0).map(namedRows)
      } catch (error) {
        if (isGuardFailure(error)) {
          throw new CoreError("store.outdated", `Cannot write "${name}": what it was computed from has changed`)
        }
        if (!fence || !isFenceFailure(error)) throw error
        throw new CoreError("job.lease_lost", `Cannot write "${name}": the job is no longer held by this worker`)
      }
    },
    close,
  }
}

function connectBoth(options: OpenStoreOptions, kind: DatabaseKind) {
  const writer = connect(options, kind, "writer")
  // An in-memory database belongs to its one connection; every other is read beside its writer.
  if (kind === "memory") return { writer, reader: writer, close: () => writer.close() }
  try {
    const reader = connect(options, kind, "reader")
    const close = () => {
      writer.close()
      reader.close()
    }
    return { writer, reader, close }
  } catch (error) {
    writer.close()
    throw error
  }
}

function connect(options: OpenStoreOptions, kind: DatabaseKind, role: "writer" | "reader"): Connection {
  const pragmas = pragmasFor(options, kind, role)
  try {
    return openConnection({
      kind,
      runtime: options.runtime,
      isSerial: role === "writer" || kind !== "remote",
      createClient: () =>
        options.createClient({
          url: options.url,
          ...(options.authToken !== undefined && { authToken: options.authToken }),
          timeout: LOCK_WAIT_MS,
          concurrency: kind === "remote" ? REMOTE_CONCURRENCY : 1,
          intMode: "number",
        }),
      async prepare(client) {
        for (const pragma of pragmas) await client.execute(`PRAGMA ${pragma}`)
      },
    })
  } catch (error) {
    const known = storeError(error, "open the database", kind)
    if (isCoreError(known)) throw known
    throw new CoreError("store.unavailable", "Cannot open the database: it cannot be opened for writing", {
      cause: error,
    })
  }
}

function pragmasFor(options: OpenStoreOptions, kind: DatabaseKind, role: "writer" | "reader"): readonly string[] {
  if (kind === "remote") return []
  const shared = ["temp_store=MEMORY", `cache_size=-${Math.ceil((options.cacheBytes ?? 4_194_304) / 1024)}`]
  if (role === "reader") return [...shared, "query_only=ON"]
  return ["journal_mode=WAL", `synchronous=${options.durability === "full" ? "FULL" : "NORMAL"}`, ...shared]
}
