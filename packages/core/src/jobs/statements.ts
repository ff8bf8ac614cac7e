import { and, asc, eq, min, type SQL, sql } from "drizzle-orm"
import type { Fence, ReadDatabase, Statement } from "../store/mod.ts"
import type { Job } from "./job.ts"
import { job } from "./schema.ts"

/** A job row to insert. */
export interface NewJob {
  readonly tenantId: string
  readonly id: string
  readonly queue: string
  readonly type: string
  readonly payload: string
  readonly priority: number
  readonly runAt: number
  readonly maxAttempts: number
  readonly dedupeKey: string | null
  readonly createdAt: number
}

/** Adds a job; nothing happens where its id, or its dedupe key among unfinished jobs, is already there. */
export function insertJob(row: NewJob): Statement {
  return sql`
    INSERT INTO job (tenant_id, id, queue, type, payload, priority, run_at, max_attempts, dedupe_key, created_at)
    VALUES (${row.tenantId}, ${row.id}, ${row.queue}, ${row.type}, ${row.payload}, ${row.priority}, ${row.runAt},
      ${row.maxAttempts}, ${row.dedupeKey}, ${row.createdAt})
    ON CONFLICT DO NOTHING`
}

/** Leases up to `limit` due jobs of the given types. Uses `job_ready`. */
export function claimJobs(claim: {
  readonly types: readonly string[]
  readonly queues: readonly string[]
  readonly now: number
  readonly leaseUntil: number
  readonly leaseToken: string
  readonly limit: number
}): Statement {
  return sql`
    UPDATE job SET state = 'leased', attempts = attempts + 1, lease_token = ${claim.leaseToken}, lease_until = ${claim.leaseUntil}
    WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM job
      WHERE state = 'ready' AND queue IN (SELECT value FROM json_each(${JSON.stringify(claim.queues)}))
        AND type IN (SELECT value FROM json_each(${JSON.stringify(claim.types)})) AND run_at <= ${claim.now}
      ORDER BY priority, run_at, id LIMIT ${claim.limit})
    RETURNING tenant_id AS "tenantId", id, queue, type, payload, state, attempts, max_attempts AS "maxAttempts",
      run_at AS "runAt", error_code AS "errorCode", error_message AS "errorMessage"`
}

/** Puts jobs whose lease lapsed back in line; their worker is gone. Uses `job_leased`. */
export function releaseLapsedJobs(now: number): Statement {
  return sql`
    UPDATE job SET state = 'ready', run_at = ${now}, lease_token = NULL, lease_until = NULL
    WHERE state = 'leased' AND lease_until <= ${now}`
}

/** Puts every leased job back in line, whatever its lease says. */
export function releaseAllJobs(now: number): Statement {
  return sql`
    UPDATE job SET state = 'ready', run_at = ${now}, attempts = max(0, attempts - 1), lease_token = NULL, lease_until = NULL
    WHERE state = 'leased'`
}

/** Holds while `leaseToken` still leases the job. */
export function leaseFence(held: {
  readonly tenantId: string
  readonly id: string
  readonly leaseToken: string
}): Fence {
  return {
    holds: sql`EXISTS (SELECT 1 FROM job WHERE tenant_id = ${held.tenantId} AND id = ${held.id}
      AND lease_token = ${held.leaseToken} AND state = 'leased')`,
  }
}

export function renewLease(tenantId: string, id: string, leaseUntil: number): Statement {
  return sql`UPDATE job SET lease_until = ${leaseUntil} WHERE tenant_id = ${tenantId} AND id = ${id} AND state = 'leased'`
}

export function completeJob(tenantId: string, id: string, now: number): Statement {
  return sql`
    UPDATE job SET state = 'done', finished_at = ${now}, lease_token = NULL, lease_until = NULL,
      error_code = NULL, error_message = NULL
    WHERE tenant_id = ${tenantId} AND id = ${id} AND state = 'leased'`
}

export function retryJob(
  tenantId: string,
  id: string,
  retry: { readonly runAt: number; readonly code: string; readonly message: string; readonly countAttempt: boolean },
): Statement {
  return sql`
    UPDATE job SET state = 'ready', run_at = ${retry.runAt}, lease_token = NULL, lease_until = NULL,
      attempts = attempts - ${retry.countAttempt ? 0 : 1}, error_code = ${retry.code}, error_message = ${retry.message}
    WHERE tenant_id = ${tenantId} AND id = ${id} AND state = 'leased'`
}

export function buryJob(
  tenantId: string,
  id: string,
  failure: { readonly now: number; readonly code: string; readonly message: string },
): Statement {
  return sql`
    UPDATE job SET state = 'dead', finished_at = ${failure.now}, lease_token = NULL, lease_until = NULL,
      error_code = ${failure.code}, error_message = ${failure.message}
    WHERE tenant_id = ${tenantId} AND id = ${id} AND state = 'leased'`
}

/** Puts one dead job back in line with its attempts to come. */
export function redriveJob(tenantId: string, id: string, now: number): Statement {
  return sql`
    UPDATE job SET state = 'ready', run_at = ${now}, attempts = 0, finished_at = NULL
    WHERE tenant_id = ${tenantId} AND id = ${id} AND state = 'dead'`
}

const columns = {
  tenantId: job.tenantId,
  id: job.id,
  queue: job.queue,
  type: job.type,
  payload: job.payload,
  state: sql<Job["state"]>`${job.state}`,
  attempts: job.attempts,
  maxAttempts: job.maxAttempts,
  runAt: job.runAt,
  errorCode: job.errorCode,
  errorMessage: job.errorMessage,
}

export function selectDeadJobs(db: ReadDatabase, tenantId: string, limit: number): Promise<Job[]> {
  return db
    .select(columns)
    .from(job)
    .where(and(eq(job.tenantId, tenantId), eq(job.state, "dead")))
    .orderBy(asc(job.id))
    .limit(limit)
}

export function selectJob(db: ReadDatabase, tenantId: string, id: string): Promise<Job[]> {
  return db
    .select(columns)
    .from(job)
    .where(and(eq(job.tenantId, tenantId), eq(job.id, id)))
}

/** When the next job of these types can be claimed: its run-at, or the end of a lease. */
export async function selectNextDueAt(db: ReadDatabase, types: readonly string[]): Promise<number | null> {
  const ofTypes: SQL = sql`${job.type} IN (SELECT value FROM json_each(${JSON.stringify(types)}))`
  const [ready] = await db
    .select({ at: min(job.runAt) })
    .from(job)
    .where(and(sql`state = 'ready'`, ofTypes))
  const [leased] = await db
    .select({ at: min(job.leaseUntil) })
    .from(job)
    .where(and(sql`state = 'leased'`, ofTypes))
  const times = [ready?.at, leased?.at].filter((at): at is number => typeof at === "number")
  return times.length === 0 ? null : Math.min(...times)
}
