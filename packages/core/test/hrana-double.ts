// A protocol double, not a server: it speaks Hrana 2 over HTTP (`POST /v2/pipeline`, JSON) as the libSQL client does, on
// the SQLite of Node. It stands in for the protocol and for the ways a remote database fails. It proves nothing about
// sqld's or Turso's speed, locks, replication or quotas.
import { DatabaseSync, type SQLInputValue } from "node:sqlite"

/** How the double misbehaves; all of it may be changed while it runs. */
export interface HranaFaults {
  /** Waits this long before each answer. */
  delayMs: number
  /** Answers the next requests with these statuses, without doing anything. */
  readonly statuses: number[]
  /** Does what the next requests ask for, this many times, and loses the answer. */
  lostReplies: number
  /** Refuses answers above this size. */
  maxReplyBytes: number
}

export interface HranaDouble {
  readonly faults: HranaFaults
  /** How many requests arrived, answered or not. */
  readonly requests: () => number
  /** Forgets all open streams, as a restart does: their batons are no longer known. */
  restart(): void
  readonly fetch: (request: Request) => Promise<Response>
  close(): void
}

interface Stream {
  readonly database: DatabaseSync
  readonly sqlTexts: Map<number, string>
}

type Json = Readonly<Record<string, unknown>>
interface Statement {
  readonly sql?: string
  readonly sql_id?: number
  readonly args?: readonly { readonly type: string; readonly value?: string | number; readonly base64?: string }[]
}
interface Condition {
  readonly type: string
  readonly step?: number
  readonly cond?: Condition
  readonly conds?: readonly Condition[]
}
interface Failure {
  readonly message: string
  readonly code: string
}

const SQLITE_CODES: Readonly<Record<number, string>> = {
  1: "SQLITE_ERROR",
  5: "SQLITE_BUSY",
  6: "SQLITE_LOCKED",
  8: "SQLITE_READONLY",
  19: "SQLITE_CONSTRAINT",
  20: "SQLITE_MISMATCH",
}

/** @param path File of the database. */
export function hranaDouble(path: string): HranaDouble {
  const faults: HranaFaults = { delayMs: 0, statuses: [], lostReplies: 0, maxReplyBytes: 10_000_000 }
  const streams = new Map<string, Stream>()
  let count = 0
  let batons = 0

  const open = (): Stream => {
    const database = new DatabaseSync(path, { timeout: 5_000 })
    database.exec("PRAGMA journal_mode=WAL")
    return { database, sqlTexts: new Map() }
  }

  const answer = async (request: Request): Promise<Response> => {
    if (faults.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, faults.delayMs))
    const status = faults.statuses.shift()
    if (status !== undefined) return new Response("The double is told to fail", { status })
    const url = new URL(request.url)
    if (url.pathname !== "/v2/pipeline") return new Response("Not here", { status: 404 })
    const { baton, requests } = (await request.json()) as { baton: string | null; requests: readonly Json[] }
    const stream = baton ? streams.get(baton) : open()
    if (!stream) return Response.json({ message: "Unknown baton", code: "STREAM_EXPIRED" }, { status: 400 })
    if (baton) streams.delete(baton)
    let isOpen = true
    const results = requests.map((one) => {
      if (one.type === "close") isOpen = false
      try {
        return { type: "ok", response: { type: one.type, ...perform(stream, one) } }
      } catch (error) {
        return { type: "error", error: failureOf(error) }
      }
    })
    const next = isOpen ? `baton-${++batons}` : null
    if (next) streams.set(next, stream)
    else stream.database.close()
    const text = JSON.stringify({ baton: next, base_url: null, results })
    if (text.length > faults.maxReplyBytes) {
      return Response.json({ message: "Response is too large", code: "RESPONSE_TOO_LARGE" }, { status: 400 })
    }
    return new Response(text, { headers: { "content-type": "application/json" } })
  }

  return {
    faults,
    requests: () => count,
    restart() {
      for (const { database } of streams.values()) database.close()
      streams.clear()
    },
    async fetch(request) {
      count++
      const response = await answer(request)
      if (faults.lostReplies > 0) {
        faults.lostReplies--
        throw new TypeError("fetch failed")
      }
      return response
    },
    close() {
      this.restart()
    },
  }
}

function perform(stream: Stream, request: Json): Json {
  switch (request.type) {
    case "execute":
      return { result: execute(stream, request.stmt as Statement) }
    case "batch":
      return { result: batch(stream, (request.batch as { steps: readonly Json[] }).steps) }
    case "sequence":
      stream.database.exec(request.sql as string)
      return {}
    case "store_sql":
      stream.sqlTexts.set(request.sql_id as number, request.sql as string)
      return {}
    case "close_sql":
      stream.sqlTexts.delete(request.sql_id as number)
      return {}
    case "get_autocommit":
      return { is_autocommit: !stream.database.isTransaction }
    case "close":
      return {}
    default:
      throw new Error(`The double does not know ${String(request.type)}`)
  }
}

function batch(stream: Stream, steps: readonly Json[]): Json {
  const results: (Json | null)[] = []
  const errors: (Failure | null)[] = []
  const holds = (condition: Condition): boolean => {
    const step = condition.step ?? -1
    if (condition.type === "ok") return (results[step] ?? null) !== null
    if (condition.type === "error") return (errors[step] ?? null) !== null
    if (condition.type === "not") return !holds(condition.cond as Condition)
    if (condition.type === "and") return (condition.conds ?? []).every(holds)
    if (condition.type === "or") return (condition.conds ?? []).some(holds)
    return !stream.database.isTransaction
  }
  for (const step of steps) {
    let result: Json | null = null
    let error: Failure | null = null
    if (!step.condition || holds(step.condition as Condition)) {
      try {
        result = execute(stream, step.stmt as Statement)
      } catch (thrown) {
        error = failureOf(thrown)
      }
    }
    results.push(result)
    errors.push(error)
  }
  return { step_results: results, step_errors: errors }
}

function execute(stream: Stream, statement: Statement): Json {
  const text = statement.sql ?? stream.sqlTexts.get(statement.sql_id ?? -1)
  if (text === undefined) throw new Error("Unknown sql_id")
  const prepared = stream.database.prepare(text)
  prepared.setReturnArrays(true)
  prepared.setReadBigInts(true)
  const rows = prepared.all(...(statement.args ?? []).map(fromWire)) as unknown as readonly (readonly unknown[])[]
  const changes = stream.database.prepare("SELECT changes() AS count").get() as { count: number }
  return {
    cols: prepared.columns().map(({ name, type }) => ({ name, decltype: type })),
    rows: rows.map((row) => row.map(toWire)),
    affected_row_count: changes.count,
    last_insert_rowid: null,
  }
}

function fromWire(arg: {
  readonly type: string
  readonly value?: string | number
  readonly base64?: string
}): SQLInputValue {
  if (arg.type === "null") return null
  if (arg.type === "integer") return BigInt(arg.value ?? 0)
  if (arg.type === "float") return Number(arg.value)
  if (arg.type === "blob") return Buffer.from(arg.base64 ?? "", "base64")
  return String(arg.value)
}

function toWire(value: unknown): Json {
  if (value === null) return { type: "null" }
  if (typeof value === "bigint") return { type: "integer", value: value.toString() }
  if (typeof value === "number") return { type: "float", value }
  if (value instanceof Uint8Array) return { type: "blob", base64: Buffer.from(value).toString("base64") }
  return { type: "text", value: value as string }
}

function failureOf(error: unknown): Failure {
  const { message, errcode } = error as { message: string; errcode?: number }
  return { message, code: SQLITE_CODES[(errcode ?? 1) & 0xff] ?? "SQLITE_UNKNOWN" }
}
