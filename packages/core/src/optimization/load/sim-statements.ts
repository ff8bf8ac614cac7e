import { sql } from "drizzle-orm"
import type { Statement } from "../../store/mod.ts"
import { ofSession, type SessionKey } from "../session/statements.ts"

/** Some SIMs of one cohort, in the order of the carrier's identifiers: one array for each column. */
export interface SimChunk {
  readonly carrierDeviceIds: readonly string[]
  readonly usageBytes: readonly number[]
  readonly projectedBytes: readonly number[]
  /** Band around `projectedBytes`. */
  readonly lowBytes: readonly number[]
  readonly highBytes: readonly number[]
  readonly smsCounts: readonly number[]
  /** Days of the period in which each is billed. */
  readonly days: readonly number[]
}

/** A chunk with its place: cohort, and number in it. */
export type PlacedChunk = readonly [cohort: number, chunk: number, columns: SimChunk]

/** Stores chunks that are not there. */
export function insertChunks(key: SessionKey, chunks: readonly PlacedChunk[]): Statement {
  return sql`
    INSERT INTO optimization_sims (tenant_id, session_id, cohort, chunk, columns)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->2 FROM json_each(${JSON.stringify(chunks)})
    WHERE true ON CONFLICT DO NOTHING`
}

/** A chunk as JSON, or none. */
export function selectChunk(key: SessionKey, cohort: number, chunk: number): Statement {
  return sql`SELECT columns FROM optimization_sims WHERE ${ofSession(key)} AND cohort = ${cohort} AND chunk = ${chunk}`
}

/** Removes some chunks of a session; repeated until {@link countChunks} is 0. */
export function discardChunks(key: SessionKey, limit: number): Statement {
  return sql`
    DELETE FROM optimization_sims WHERE (tenant_id, session_id, cohort, chunk) IN (
      SELECT tenant_id, session_id, cohort, chunk FROM optimization_sims WHERE ${ofSession(key)} LIMIT ${limit})`
}

export function countChunks(key: SessionKey): Statement {
  return sql`SELECT count(*) AS count FROM optimization_sims WHERE ${ofSession(key)}`
}
