import type { Client, Config, InStatement, ResultSet } from "@libsql/client"
import { type SQL, sql } from "drizzle-orm"
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core"
import { drizzle } from "drizzle-orm/sqlite-proxy"
import { CoreError } from "../errors/mod.ts"
import type { Runtime } from "../ports/mod.ts"
import { failedStatement, isLocked, storeError } from "./database-errors.ts"
import { migrate } from "./migrate.ts"
import { serially } from "./serially.ts"
import type { Fence, Statement, Store, UnitRows } from "./store.ts"

export interface OpenStoreOptions {
  /** `file:path`, `:memory:`, or a remote libSQL address. */
  readonly url: string
  readonly authToken?: string
  /** `createClient` of `@libsql/client` on Node, or of `@libsql/client/web` on an edge host. */
  readonly createClient: (config: Config) => Client
  readonly runtime: Runtime
  /** Page cache of each connection, bytes. @default 33554432 (32 MiB) */
  readonly cacheBytes?: number
}

// Short: the wait for a lock is native and blocks the whole event loop, so most of the waiting happens outside it.
const LOCK_WAIT_MS = 250
const LOCK_ATTEMPTS = 60
const BACKOFF_BASE_MS = 5
const BACKOFF_MAX_MS = 1_000

/**
 * Opens a database, brings its schema up to date, and gives the one object through which core reads and writes.
 *
 * @throws {CoreError} `store.corrupt` if the file is no database; `store.schema_newer` if a newer version of this
 *   package wrote it; `store.unavailable` if it cannot be opened. Nothing was changed.
 * @example
 * ```ts
 * import { createClient } from "@libsql/client"
 * import { systemRuntime } from "@altaworx/core/ports"
 * import { openStore } from "@altaworx/core/store"
 *
 * const store = await openStore({ url: ":memory:", createClient, runtime: systemRuntime() })
 * store.close()
 * ```
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { runtime } = options
  const inMemory = options.url.includes(":memory:")
  const local = inMemory || options.url.startsWith("file:")
  const connect = () =>
    openConnection(options, local ? [`cache_size=-${Math.ceil((options.cacheBytes ?? 33_554_432) / 1024)}`] : [])
  const writer = await connect()
  // An in-memory database belongs to its one connection; a file is read beside its writer.
  const reader = inMemory ? writer : await connect().catch((error) => closeAndThrow(writer, error))

  const dialect = new SQLiteSyncDialect({ casing: "snake_case" })
  const render = (statement: Statement): InStatement => {
    const { sql: text, params } = dialect.sqlToQuery(statement.getSQL())
    return { sql: text, args: params as never[] }
  }

  /** Runs `work`; after a lock, on a fresh connection, again and from its start. */
  async function withoutLocks<T>(connection: Connection, doing: string, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        if (!isLocked(error)) throw error
        // A statement that met a lock stays open on its connection, and writes after it are acknowledged and lost:
        // only a new connection is safe. An in-memory database has one connection and nobody to wait for.
        if (inMemory) throw error
        await connection.renew()
        if (attempt === LOCK_ATTEMPTS) {
          throw new CoreError("store.busy", `Cannot ${doing}: another process holds the write lock`, { cause: error })
        }
        const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt, 10))
        await runtime.clock.sleep(runtime.random() * ceiling)
      }
    }
  }

  const write = serially()
  const writeBatch = (name: string, batch: InStatement[]): Promise<ResultSet[]> =>
    write(() => withoutLocks(writer, `write "${name}"`, () => writer.client().batch(batch, "write")))
  const runRead = (statement: InStatement): Promise<ResultSet> =>
    withoutLocks(reader, "read", () => reader.client().execute(statement)).catch((error: unknown) => {
      throw error instanceof CoreError ? error : storeError(error, "read")
    })

  const db = drizzle(
    async (text, params, method) => {
      const { rows } = await runRead({ sql: text, args: params as never[] })
      const values = rows.map((row) => Array.from(row as ArrayLike<unknown>))
      return { rows: method === "get" ? (values[0] as unknown[]) : values }
    },
    { casing: "snake_case" },
  )

  try {
    await migrate({
      read: async (text) => (await runRead({ sql: text, args: [] })).rows,
      write: (batch) => writeBatch("store.migrate", batch),
      now: () => runtime.clock.now(),
    })
  } catch (error) {
    writer.client().close()
    if (reader !== writer) reader.client().close()
    throw error instanceof CoreError ? error : storeError(error, "open the database")
  }

  return {
    read: (query) => Promise.resolve(query(db)),
    rows: async <T>(statement: Statement) => (await runRead(render(statement))).rows.map((row) => ({ ...row }) as T),
    async unit({ name, fence }, statements) {
      const batch = (fence ? [fenceStatement(fence), ...statements] : statements).map(render)
      try {
        const results = await writeBatch(name, batch)
        // One turn of the event loop per unit: timers run, and the native statements are collected.
        await runtime.clock.yield()
        return results.slice(fence ? 1 : 0).map((result): UnitRows => result.rows.map((row) => ({ ...row })))
      } catch (error) {
        if (error instanceof CoreError) throw error
        if (fence && failedStatement(error) === 0) {
          throw new CoreError("job.lease_lost", `Cannot write "${name}": the job is no longer held by this worker`)
        }
        throw storeError(error, `write "${name}"`)
      }
    },
    close() {
      writer.client().close()
      if (reader !== writer) reader.client().close()
    },
  }
}

/** A statement that fails, and with it the whole batch, unless the fence holds: SQL's only way to stop a batch. */
function fenceStatement(fence: Fence): SQL {
  return sql`SELECT json(CASE WHEN ${fence.holds} THEN 'true' ELSE 'lease lost' END)`
}

interface Connection {
  client(): Client
  renew(): Promise<void>
}

async function openConnection(options: OpenStoreOptions, pragmas: readonly string[]): Promise<Connection> {
  try {
    const client = options.createClient({
      url: options.url,
      ...(options.authToken !== undefined && { authToken: options.authToken }),
      timeout: LOCK_WAIT_MS,
      concurrency: 1,
      intMode: "number",
    })
    const prepare = async () => {
      if (pragmas.length === 0) return
      for (const pragma of ["journal_mode=WAL", "synchronous=NORMAL", "temp_store=MEMORY", ...pragmas]) {
        await client.execute(`PRAGMA ${pragma}`)
      }
    }
    await retryLocked(options.runtime, prepare)
    return {
      client: () => client,
      renew: async () => {
        await client.reconnect()
        await retryLocked(options.runtime, prepare)
      },
    }
  } catch (error) {
    throw error instanceof CoreError ? error : storeError(error, "open the database")
  }
}

// Switching a new file to WAL needs the lock for a moment; several processes may open it at once.
async function retryLocked(runtime: Runtime, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isLocked(error) || attempt === LOCK_ATTEMPTS) throw error
      await runtime.clock.sleep(runtime.random() * BACKOFF_MAX_MS)
    }
  }
}

function closeAndThrow(writer: Connection, error: unknown): never {
  writer.client().close()
  throw error
}
