import { type SQL, sql } from "drizzle-orm"
import type { Fence, Statement } from "../store/mod.ts"
import { type AttemptEnding, logAttempts } from "./attempt-statements.ts"
import { HELD, type HeldJob, heldBy, isHeld, LEASED, letGo } from "./lease-statements.ts"

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
  readonly target: string | null
  readonly dedupeKey: string | null
  readonly lane: string | null
  readonly createdAt: number
  readonly after: readonly string[]
}

// A leased job is a ready one that a claim holds, in an attempt that is counted when it ends.
const STATE = sql`CASE WHEN seq IN ${LEASED} THEN 'leased' ELSE state END`
// A job as `Job` has it.
const JOB_COLUMNS = sql`tenant_id AS "tenantId", id, queue, type, payload, priority, ${STATE} AS state,
  attempts + (seq IN ${LEASED}) AS attempts, max_attempts AS "maxAttempts", run_at AS "runAt", nullif(target, '') AS target, error_code AS "errorCode", error_message AS "errorMessage"`

/** Adds a job; nothing happens where its id, or its dedupe key among unfinished jobs, is already there. */
export function insertJob(row: NewJob): Statement {
  const waits = row.after.length === 0 ? sql`0` : sql`EXISTS (SELECT 1 FROM ${openParents(row)})`
  // Uses `job_lane`.
  const ahead = sql`(SELECT max(lane_position) FROM job
    WHERE tenant_id = ${row.tenantId} AND lane = ${row.lane} AND state = 'ready')`
  const blocked = row.lane === null ? waits : sql`(${waits} OR ${ahead} IS NOT NULL)`
  return sql`
    INSERT INTO job (tenant_id, id, queue, type, payload, priority, run_at, max_attempts, target, dedupe_key, created_at,
      lane, lane_position, due, blocked, heirs)
    VALUES (${row.tenantId}, ${row.id}, ${row.queue}, ${row.type}, ${row.payload}, ${row.priority}, ${row.runAt},
      ${row.maxAttempts}, ${row.target ?? ""}, ${row.dedupeKey}, ${row.createdAt},
      ${row.lane}, ${row.lane === null ? sql`NULL` : sql`coalesce(${ahead}, 0) + 1`},
      ${row.runAt} <= ${row.createdAt} AND NOT ${blocked}, ${blocked}, ${row.lane === null ? 0 : 1})
    ON CONFLICT DO NOTHING`
}

/** Remembers what a job waits for; parents that are done, or were archived, are not waited for. */
export function insertParents(row: NewJob): readonly Statement[] {
  return [
    sql`INSERT INTO job_parent (tenant_id, job_id, parent_id)
      SELECT ${row.tenantId}, ${row.id}, id FROM ${openParents(row)} WHERE true ON CONFLICT DO NOTHING`,
    sql`UPDATE job SET heirs = 1 WHERE heirs = 0 AND seq IN (SELECT seq FROM ${openParents(row)})`,
  ]
}

function openParents(row: NewJob): SQL {
  return sql`(
    SELECT seq, id FROM job WHERE tenant_id = ${row.tenantId} AND state <> 'done'
      AND id IN (SELECT value FROM json_each(${JSON.stringify(row.after)})))`
}

// Their heirs are seen to by `unblockHeirs`.
const ENDED = sql.raw("heirs = min(2 * heirs, 2)")

/** Jobs that were claimed together. */
export interface HeldJobs {
  /** JSON of their numbers. */
  readonly seqs: string
  readonly count: number
  /** Whether they are all that the claim leased: the token alone finds them then. */
  readonly isAll: boolean
  readonly leaseToken: string
}

/**
 * Holds while all of these jobs are leased by the claim, and when it completed them: a unit whose answer was lost is
 * written again.
 */
export function completionFence({ seqs, count, leaseToken }: HeldJobs): Fence {
  return {
    holds: sql`(SELECT count(*) FROM json_each(${seqs}) v WHERE v.value IN ${heldBy(leaseToken)}
      OR EXISTS (SELECT 1 FROM job WHERE seq = v.value AND state = 'done' AND lease_token = ${leaseToken})) = ${count}`,
  }
}

/**
 * Ends jobs that were claimed together; their token stays, and says who completed them. The second statement tells how many
 * were `changed`.
 */
export function completeJobs({ seqs, isAll, leaseToken }: HeldJobs, now: number): readonly Statement[] {
  const chosen = isAll ? sql`` : sql`AND s.value IN (SELECT value FROM json_each(${seqs}))`
  const completion = sql`
    UPDATE job SET state = 'done', ${ENDED}, attempts = attempts + 1, lease_token = ${leaseToken},
      started_at = (SELECT claimed_at FROM job_claim WHERE token = ${leaseToken}), finished_at = ${now},
      error_code = NULL, error_message = NULL
    WHERE seq IN (SELECT s.value FROM ${HELD} WHERE h.token = ${leaseToken} ${chosen})`
  return [completion, sql`SELECT changes() AS changed`, ...letGo(leaseToken, isAll ? undefined : seqs)]
}

/** How many of these jobs are completed by their claim. */
export function countCompleted({ seqs, leaseToken }: HeldJobs): Statement {
  return sql`
    SELECT count(*) AS completed FROM job WHERE seq IN (SELECT value FROM json_each(${seqs}))
      AND state = 'done' AND lease_token = ${leaseToken}`
}

/** Puts a job back in line for another attempt. */
export function retryJob(
  held: HeldJob,
  retry: {
    readonly runAt: number
    readonly now: number
    readonly code: string
    readonly message: string
    readonly countAttempt: boolean
  },
): readonly Statement[] {
  return endJob(
    held,
    { outcome: "retried", now: retry.now, errorCode: retry.code },
    sql`run_at = ${retry.runAt}, due = ${retry.runAt} <= ${retry.now}, attempts = attempts + ${retry.countAttempt ? 1 : 0},
      error_code = ${retry.code}, error_message = ${retry.message}`,
  )
}

/** Puts a job back where it was in line, as if it had not been claimed. */
export function returnJob(held: HeldJob, now: number): readonly Statement[] {
  return endJob(held, { outcome: "returned", now })
}

export function buryJob(
  held: HeldJob,
  failure: { readonly now: number; readonly code: string; readonly message: string },
): readonly Statement[] {
  return endJob(
    held,
    { outcome: "dead", now: failure.now, errorCode: failure.code },
    sql`state = 'dead', ${ENDED}, attempts = attempts + 1, finished_at = ${failure.now},
      error_code = ${failure.code}, error_message = ${failure.message}`,
  )
}

/** Ends an attempt that did not complete its job, where the job is still held. */
function endJob(held: HeldJob, ending: AttemptEnding, change?: SQL): readonly Statement[] {
  return [
    logAttempts(sql`h.token = ${held.leaseToken} AND s.value = ${held.seq}`, ending),
    ...(change ? [sql`UPDATE job SET ${change} WHERE seq = ${held.seq} AND ${isHeld(held)}`] : []),
    ...letGo(held.leaseToken, JSON.stringify([held.seq])),
  ]
}

/** Which dead jobs; all that is given must fit. */
export interface DeadJobFilter {
  readonly ids?: readonly string[]
  readonly queue?: string
  readonly type?: string
  readonly errorCode?: string
  readonly target?: string
}

/** Puts dead jobs back in line with all their attempts; not those whose dedupe key is taken. Uses `job_dead`. */
export function redriveJobs(tenantId: string, filter: DeadJobFilter, now: number, limit: number): Statement {
  const conditions = [
    sql`tenant_id = ${tenantId} AND state = 'dead'`,
    filter.ids === undefined ? undefined : sql`id IN (SELECT value FROM json_each(${JSON.stringify(filter.ids)}))`,
    filter.queue === undefined ? undefined : sql`queue = ${filter.queue}`,
    filter.type === undefined ? undefined : sql`type = ${filter.type}`,
    filter.target === undefined ? undefined : sql`target = ${filter.target}`,
    filter.errorCode === undefined ? undefined : sql`error_code = ${filter.errorCode}`,
  ].filter((condition) => condition !== undefined)
  return sql`
    UPDATE OR IGNORE job SET state = 'ready', run_at = ${now}, due = 1, attempts = 0, finished_at = NULL
    WHERE seq IN (
      SELECT seq FROM job INDEXED BY job_dead WHERE ${sql.join(conditions, sql` AND `)} ORDER BY id LIMIT ${limit})
    RETURNING id`
}

/** One tenant's dead jobs after one of them. Uses `job_dead`. */
export function deadJobs(tenantId: string, page: { readonly after: string; readonly limit: number }): Statement {
  return sql`
    SELECT ${JOB_COLUMNS} FROM job INDEXED BY job_dead
    WHERE tenant_id = ${tenantId} AND state = 'dead' AND id > ${page.after} ORDER BY id LIMIT ${page.limit}`
}

export function jobById(tenantId: string, id: string): Statement {
  return sql`SELECT ${JOB_COLUMNS} FROM job WHERE tenant_id = ${tenantId} AND id = ${id}`
}

/** Counts by queue and state of one tenant's jobs. */
export function countJobs(tenantId: string): Statement {
  return sql`
    SELECT queue, ${STATE} AS state, count(*) AS count FROM job WHERE tenant_id = ${tenantId} GROUP BY 1, 2 ORDER BY 1, 2`
}

/** When a recurring job fires next; computed anew where its rule changed. */
export function upsertSchedule(row: {
  readonly tenantId: string
  readonly name: string
  readonly rule: string
  readonly nextAt: number
}): Statement {
  return sql`
    INSERT INTO job_schedule (tenant_id, name, rule, next_at)
    VALUES (${row.tenantId}, ${row.name}, ${row.rule}, ${row.nextAt})
    ON CONFLICT (tenant_id, name) DO UPDATE SET rule = excluded.rule,
      next_at = CASE WHEN rule = excluded.rule THEN max(next_at, excluded.next_at) ELSE excluded.next_at END`
}

export function schedulesByKey(keys: readonly { readonly tenantId: string; readonly name: string }[]): Statement {
  return sql`
    SELECT tenant_id AS "tenantId", name, rule, next_at AS "nextAt" FROM job_schedule
    WHERE (tenant_id, name) IN (SELECT value->>0, value->>1
      FROM json_each(${JSON.stringify(keys.map(({ tenantId, name }) => [tenantId, name]))}))`
}
