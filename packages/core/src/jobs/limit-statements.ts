import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"
import { HELD } from "./lease-statements.ts"

/** What a limit or a pause is for. */
export interface LimitScope {
  /** `*` for all. */
  readonly tenantId: string
  /** Empty for all. */
  readonly queue: string
  /** Empty for all. */
  readonly target: string
}

export interface LimitRow extends LimitScope {
  readonly maxInFlight: number | null
  readonly intervalMs: number | null
  readonly burst: number
}

/** The limits that jobs of a queue, tenant and target fall under: one row for each scope they are in. */
export function limitsOn(line: { readonly queue: SQL; readonly tenantId: SQL; readonly target: SQL }): SQL {
  return sql`l.tenant_id IN ('*', ${line.tenantId}) AND l.queue IN ('', ${line.queue}) AND l.target IN ('', ${line.target})`
}

/** How many more jobs may start now under a limit `l`. */
export function roomUnder(now: number): SQL {
  const inFlight = sql`(
    SELECT count(*) FROM ${HELD} CROSS JOIN job f ON f.seq = s.value WHERE l.tenant_id IN ('*', f.tenant_id)
      AND l.queue IN ('', f.queue) AND l.target IN ('', f.target))`
  return sql`CASE WHEN l.paused_at IS NOT NULL OR l.blocked_until > ${now} THEN 0 ELSE min(
    CASE WHEN l.max_in_flight IS NULL THEN ${UNLIMITED} ELSE max(0, l.max_in_flight - ${inFlight}) END,
    CASE WHEN l.interval_ms IS NULL THEN ${UNLIMITED} ELSE
      max(0, CAST((${now} + l.interval_ms * l.burst - max(l.arrival_at, ${now})) / l.interval_ms AS INTEGER)) END) END`
}

/** When a limit `l` lets the next job start, so far as it is a matter of time. */
export const OPENS_AT = sql`max(l.blocked_until, coalesce(l.arrival_at + l.interval_ms - l.interval_ms * l.burst, 0))`

// More than any limit: what is left where no limit is set.
export const UNLIMITED = sql.raw("1000000000")

/** Books what the statement before leased, if it did, on the limits it falls under (GCRA). */
export function bookStarts(line: LimitScope, leaseToken: string, now: number): Statement {
  const { queue, tenantId, target } = line
  return sql`
    UPDATE job_limit AS l SET arrival_at = max(arrival_at, ${now}) + interval_ms * changes()
      * coalesce((SELECT json_array_length(seqs) FROM job_claim WHERE token = ${leaseToken}), 0)
    WHERE ${limitsOn({ queue: sql`${queue}`, tenantId: sql`${tenantId}`, target: sql`${target}` })}
      AND interval_ms IS NOT NULL`
}

/** Lets no job of a target start before an instant. */
export function blockTarget(tenantId: string, target: string, until: number): Statement {
  return sql`
    INSERT INTO job_limit (tenant_id, queue, target, blocked_until) VALUES (${tenantId}, '', ${target}, ${until})
    ON CONFLICT (tenant_id, queue, target) DO UPDATE SET blocked_until = max(blocked_until, excluded.blocked_until)`
}

export function upsertLimit(row: LimitRow): Statement {
  return sql`
    INSERT INTO job_limit (tenant_id, queue, target, max_in_flight, interval_ms, burst)
    VALUES (${row.tenantId}, ${row.queue}, ${row.target}, ${row.maxInFlight}, ${row.intervalMs}, ${row.burst})
    ON CONFLICT (tenant_id, queue, target) DO UPDATE SET
      max_in_flight = excluded.max_in_flight, interval_ms = excluded.interval_ms, burst = excluded.burst`
}

export function upsertPause({ tenantId, queue, target }: LimitScope, now: number): Statement {
  return sql`
    INSERT INTO job_limit (tenant_id, queue, target, paused_at) VALUES (${tenantId}, ${queue}, ${target}, ${now})
    ON CONFLICT (tenant_id, queue, target) DO UPDATE SET paused_at = coalesce(paused_at, excluded.paused_at)`
}

/** Ends a pause, and forgets limits that limit nothing any more: a claim is cheaper without. */
export function endPause({ tenantId, queue, target }: LimitScope, now: number): readonly Statement[] {
  return [
    sql`UPDATE job_limit SET paused_at = NULL
      WHERE tenant_id = ${tenantId} AND queue = ${queue} AND target = ${target}`,
    deleteIdleLimits(now),
  ]
}

/** Forgets limits that limit nothing any more, as a target's pause that is over. */
export function deleteIdleLimits(now: number): Statement {
  return sql`
    DELETE FROM job_limit
    WHERE max_in_flight IS NULL AND interval_ms IS NULL AND paused_at IS NULL AND blocked_until <= ${now}`
}
