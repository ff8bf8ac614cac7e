import { type SQL, sql } from "drizzle-orm"
import type { ChainedEntry } from "../../domain/mod.ts"
import type { Statement } from "../../store/mod.ts"
import type { BulkChangeKey } from "../bulk-change.ts"
import type { NewLogEntry } from "./log-entry.ts"

const rowsOf = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND bulk_change_id = ${key.id}`

/** The row that an entry to be added is about. */
export const ENTRY_POSITION: SQL = sql.raw("v.value->>1")

/**
 * Adds entries behind the last one, those that are not there already. The numbers are given where the rows are written, one
 * writer after the other, so they follow one another without a gap.
 *
 * @param condition What must hold for an entry to be true; asked in the unit, before or after what it tells of. It may
 *   speak of the entry's device as {@link ENTRY_POSITION}.
 */
export function appendLog(
  key: BulkChangeKey,
  entries: readonly NewLogEntry[],
  now: number,
  condition: SQL = sql.raw("true"),
): Statement {
  const values = entries.map((entry) => [
    entry.entryKey,
    entry.position,
    JSON.stringify(entry.event),
    entry.description,
    entry.processBy,
    entry.requestText ?? null,
    entry.responseText ?? null,
    entry.hasErrors ? 1 : 0,
    entry.responseStatus,
  ])
  return sql`
    INSERT INTO bulk_change_log (tenant_id, bulk_change_id, seq, entry_key, position, event, log_entry_description,
      process_by, request_text, response_text, has_errors, response_status, created_date)
    SELECT ${key.tenantId}, ${key.id}, ${lastSeq(key)} + row_number() OVER (ORDER BY v.key), v.value->>0, v.value->>1,
      v.value->>2, v.value->>3, v.value->>4, v.value->>5, v.value->>6, v.value->>7, v.value->>8, ${now}
    FROM json_each(${JSON.stringify(values)}) AS v
    WHERE ${condition} AND NOT EXISTS (SELECT 1 FROM bulk_change_log INDEXED BY bulk_change_log_entry WHERE ${rowsOf(key)} AND entry_key = v.value->>0)`
}

const lastSeq = (key: BulkChangeKey): SQL =>
  sql`coalesce((SELECT seq FROM bulk_change_log WHERE ${rowsOf(key)} ORDER BY seq DESC LIMIT 1), 0)`

/**
 * Logs, for each row of a bulk change that `rows` chooses, that it stands at `status`. For units that choose rows
 * themselves.
 */
export function logDevices(
  key: BulkChangeKey,
  entry: {
    readonly what: string
    readonly status: string
    /** SQL expressions over the row `chosen`, or fixed texts. */
    readonly code: SQL
    readonly description: SQL
    readonly processBy: string
    readonly hasErrors: boolean
  },
  rows: SQL,
  now: number,
): Statement {
  const entryKey = sql`${entry.what} || '/' || chosen.position || '/' || chosen.round`
  return sql`
    INSERT INTO bulk_change_log (tenant_id, bulk_change_id, seq, entry_key, position, event, log_entry_description,
      process_by, has_errors, response_status, created_date)
    SELECT ${key.tenantId}, ${key.id}, ${lastSeq(key)} + row_number() OVER (ORDER BY chosen.position), ${entryKey}, chosen.position,
      json_object('kind', 'device', 'status', ${entry.status}, 'code', ${entry.code}), ${entry.description},
      ${entry.processBy}, ${entry.hasErrors ? 1 : 0}, ${entry.status}, ${now}
    FROM (${rows}) AS chosen
    WHERE NOT EXISTS (SELECT 1 FROM bulk_change_log INDEXED BY bulk_change_log_entry WHERE ${rowsOf(key)} AND entry_key = ${entryKey})`
}

const logColumns =
  sql.raw(`seq, position, event, log_entry_description AS "logEntryDescription", process_by AS "processBy",
  request_text AS "requestText", response_text AS "responseText", has_errors AS "hasErrors",
  response_status AS "responseStatus", created_date AS "createdDate", previous_hash AS "previousHash", hash`)

/** An entry as it is stored. */
export interface LogRow {
  readonly seq: number
  readonly position: number | null
  readonly event: string
  readonly logEntryDescription: string
  readonly processBy: string
  readonly requestText: string | null
  readonly responseText: string | null
  readonly hasErrors: number
  readonly responseStatus: string
  readonly createdDate: number
  readonly previousHash: string | null
  readonly hash: string | null
}

/** Entries after a number, in order. Uses the primary key. */
export function selectLog(
  key: BulkChangeKey,
  page: { readonly after: number; readonly limit: number; readonly position?: number },
): Statement {
  const ofDevice = page.position === undefined ? sql.raw("") : sql`AND position = ${page.position}`
  return sql`
    SELECT ${logColumns} FROM bulk_change_log WHERE ${rowsOf(key)} AND seq > ${page.after} ${ofDevice}
    ORDER BY seq LIMIT ${page.limit}`
}

/** Entries that are not sealed, in order, and where the sealed ones end. Uses `bulk_change_log_unsealed`. */
export function selectUnsealed(key: BulkChangeKey, limit: number): Statement {
  return sql`
    SELECT ${logColumns} FROM bulk_change_log INDEXED BY bulk_change_log_unsealed
    WHERE ${rowsOf(key)} AND hash IS NULL ORDER BY seq LIMIT ${limit}`
}

export function selectSealedHash(key: BulkChangeKey, seq: number): Statement {
  return sql`SELECT hash FROM bulk_change_log WHERE ${rowsOf(key)} AND seq = ${seq}`
}

/** Writes the hashes of entries that follow one another; one that is sealed stays as it is. */
export function sealEntries(key: BulkChangeKey, chained: readonly ChainedEntry<unknown>[]): Statement {
  const first = chained[0]?.seq ?? 1
  const last = chained.at(-1)?.seq ?? 0
  // By place in the list: joined to it, SQLite would walk the whole list for each row.
  const hashes = JSON.stringify([chained[0]?.previousHash, ...chained.map(({ hash }) => hash)])
  return sql`
    UPDATE bulk_change_log SET previous_hash = ${hashes}->>CAST(seq - ${first} AS INTEGER),
      hash = ${hashes}->>CAST(seq - ${first} + 1 AS INTEGER)
    WHERE ${rowsOf(key)} AND seq BETWEEN ${first} AND ${last} AND hash IS NULL`
}
