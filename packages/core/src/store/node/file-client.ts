import { fileURLToPath } from "node:url"
import { type InStatement, LibsqlBatchError, LibsqlError } from "@libsql/client"
import Database from "libsql"
import { CoreError } from "../../errors/mod.ts"
import type { ClientConfig, DatabaseClient, ResultRows } from "../client.ts"

// A process has some dozen hot statements; the rest comes and goes.
const MOST_STATEMENTS = 200

interface Prepared {
  readonly statement: Database.Statement<unknown[]>
  readonly columns: readonly string[]
}

/** A client of one connection to a file, or to a database in memory, that prepares a statement once. */
export function fileClient({ url, timeout = 0 }: ClientConfig): DatabaseClient {
  const path = pathOf(url)
  const open = () => new Database(path, { timeout })
  let database: Database.Database | undefined = open()
  let isClosed = false
  /** By text, the one used last at the end. */
  const prepared = new Map<string, Prepared>()

  const connection = (): Database.Database => {
    if (isClosed) throw new LibsqlError("The client is closed", "CLIENT_CLOSED")
    return (database ??= open())
  }

  const drop = (): void => {
    // A prepared statement would go on working on the connection that it was made on, closed or not.
    prepared.clear()
    database?.close()
    database = undefined
  }

  const prepare = (text: string): Prepared => {
    const known = prepared.get(text)
    if (known) {
      prepared.delete(text)
      prepared.set(text, known)
      return known
    }
    const statement = connection().prepare(text)
    const columns = statement.columns().map(({ name }) => name)
    if (columns.length > 0) statement.raw(true)
    const made = { statement, columns }
    // A pragma does its work while it is prepared.
    if (!/^\s*PRAGMA/i.test(text)) prepared.set(text, made)
    if (prepared.size > MOST_STATEMENTS) prepared.delete(prepared.keys().next().value as string)
    return made
  }

  const run = (from: InStatement): ResultRows => {
    const { text, values } = typeof from === "string" ? { text: from, values: [] } : argumentsOf(from)
    const { statement, columns } = prepare(text)
    if (columns.length > 0) return { columns, rows: (statement.all(values) as unknown[][]).map(checkIntegers) }
    statement.run(values)
    return NOTHING
  }

  return {
    async execute(statement) {
      connection()
      return named(() => run(statement))
    },
    async batch(statements) {
      const at = connection()
      // Run as text, and so never kept: one that waited for a lock in vain stays open for as long as it is.
      named(() => at.exec("BEGIN IMMEDIATE"))
      try {
        const results = statements.map((statement, i) => named(() => run(statement), i))
        named(() => at.exec("COMMIT"))
        return results
      } catch (error) {
        try {
          if (at.inTransaction) at.exec("ROLLBACK")
        } catch {
          drop()
        }
        throw error
      }
    },
    reconnect: drop,
    close() {
      isClosed = true
      drop()
    },
  }
}

const NOTHING: ResultRows = { columns: [], rows: [] }

function pathOf(url: string): string {
  const memory = /^(?:file:)?(:memory:.*)$/.exec(url)
  if (memory) return `file:${memory[1]}`
  if (url.includes("?")) {
    throw new CoreError("input.invalid", "Cannot open the database: the address of a file takes no parameters", {
      field: "url",
    })
  }
  return url.startsWith("file://") ? fileURLToPath(url) : decodeURIComponent(url.slice("file:".length))
}

function argumentsOf({ sql: text, args = [] }: Exclude<InStatement, string>) {
  if (!Array.isArray(args)) throw new TypeError("Arguments are given by their order, not by name")
  return { text, values: args.map(bindable) }
}

/** The native module ends the process at values that it does not know. */
function bindable(value: unknown): unknown {
  if (typeof value === "boolean") return value ? 1 : 0
  const isBindable = value === null || typeof value === "string" || Number.isFinite(value) || typeof value === "bigint"
  if (isBindable || value instanceof Uint8Array) return value
  throw new TypeError(`A value of type ${typeof value} cannot be given to the database`)
}

function checkIntegers(values: unknown[]): unknown[] {
  for (const value of values) {
    if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new RangeError("An integer of the database is too large for a number")
    }
  }
  return values
}

// Names of codes for those whose extension the native module does not know.
const BASE_CODES: Readonly<Record<number, string>> = {
  1: "SQLITE_ERROR",
  5: "SQLITE_BUSY",
  6: "SQLITE_LOCKED",
  8: "SQLITE_READONLY",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  14: "SQLITE_CANTOPEN",
  19: "SQLITE_CONSTRAINT",
}

/** Gives errors of the native module the names that those of a client have. */
function named<T>(work: () => T, statementIndex?: number): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
    const { message, rawCode = 0 } = error
    const code = error.code.startsWith("SQLITE_") ? error.code : (BASE_CODES[rawCode & 0xff] ?? error.code)
    throw statementIndex === undefined
      ? new LibsqlError(message, code, undefined, rawCode, error)
      : new LibsqlBatchError(message, statementIndex, code, undefined, rawCode, error)
  }
}
