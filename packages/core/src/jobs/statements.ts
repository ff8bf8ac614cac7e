import { type SQL, sql } from "drizzle-orm"
import type { Fence, Statement } from "../store/mod.ts"

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

/** A job and the token of the lease it is held by. */
export interface HeldJob {
  readonly tenantId: string
  readonly id: string
  readonly leaseToken: string
}

/** Job types with their lease times, as the claim wants them. */
export interface LeasedTypes {
  readonly type: string
  readonly leaseMs: number
}

/** Which jobs a worker may claim. */
export interface ClaimScope {
  readonly types: readonly LeasedTypes[]
  readonly queues: readonly string[]
  /** Only this tenant's. */
  readonly tenantId?: string | undefined
  readonly now: number
}

// A job as `Job` has it.
const JOB_COLUMNS = sql`tenant_id AS "tenantId", id, queue, type, payload, priority, state, attempts,
  max_attempts AS "maxAttempts", run_at AS "runAt", target, error_code AS "errorCode", error_message AS "errorMessage"`

// More than any limit: what is left where no limit is set.
const UNLIMITED = 1_000_000_000

/** Adds a job; nothing happens where its id, or its dedupe key among unfinished jobs, is already there. */
export function insertJob(row: NewJob): Statement {
  const waits = row.after.length === 0 ? sql`0` : sql`EXISTS (SELECT 1 FROM ${openParents(row)})`
  // Uses `job_lane`.
  const ahead = sql`(SELECT max(lane_position) FROM job
    WHERE tenant_id = ${row.tenantId} AND lane = ${row.lane} AND state IN ('ready', 'leased'))`
  const blocked = row.lane === null ? waits : sql`(${waits} OR ${ahead} IS NOT NULL)`
  return sql`
    INSERT INTO job (tenant_id, id, queue, type, payload, priority, run_at, max_attempts, target, dedupe_key, created_at,
      lane, lane_position, due, blocked)
    VALUES (${row.tenantId}, ${row.id}, ${row.queue}, ${row.type}, ${row.payload}, ${row.priority}, ${row.runAt},
      ${row.maxAttempts}, ${row.target}, ${row.dedupeKey}, ${row.createdAt},
      ${row.lane}, ${row.lane === null ? sql`NULL` : sql`coalesce(${ahead}, 0) + 1`},
      ${row.runAt} <= ${row.createdAt} AND NOT ${blocked}, ${blocked})
    ON CONFLICT DO NOTHING`
}

/** Remembers what a job waits for; parents that are done, or were archived, are not waited for. */
export function insertParents(row: NewJob): Statement {
  return sql`
    INSERT INTO job_parent (tenant_id, job_id, parent_id)
    SELECT ${row.tenantId}, ${row.id}, id FROM ${openParents(row)} WHERE true ON CONFLICT DO NOTHING`
}

function openParents(row: NewJob): SQL {
  return sql`(
    SELECT id FROM job WHERE tenant_id = ${row.tenantId} AND state <> 'done'
      AND id IN (SELECT value FROM json_each(${JSON.stringify(row.after)})))`
}

/** Puts jobs whose lease lapsed back in line; their worker is gone, and its attempt counts. Uses `job_leased`. */
export function releaseLapsedJobs(now: number): Statement {
  return sql`
    UPDATE job SET state = 'ready', due = 1, lease_token = NULL, lease_until = NULL
    WHERE state = 'leased' AND lease_until <= ${now}`
}

/** Lets jobs wait no longer for parents that are all done and a lane that is free. Uses `job_blocked` and `job_lane`. */
export function unblockJobs(now: number): Statement {
  return sql`
    UPDATE job SET blocked = 0, due = run_at <= ${now}
    WHERE state = 'ready' AND blocked = 1 AND NOT EXISTS (
      SELECT 1 FROM job_parent e JOIN job p ON p.tenant_id = e.tenant_id AND p.id = e.parent_id
      WHERE e.tenant_id = job.tenant_id AND e.job_id = job.id AND p.state <> 'done')
      AND (lane IS NULL OR NOT EXISTS (
        SELECT 1 FROM job b WHERE b.tenant_id = job.tenant_id AND b.lane = job.lane AND b.state IN ('ready', 'leased')
          AND b.lane_position < job.lane_position))`
}

/** Makes waiting jobs claimable whose time has come, some at a time so that no unit is long. Uses `job_waiting`. */
export function promoteWaitingJobs(now: number, limit: number): Statement {
  return sql`
    UPDATE job SET due = 1 WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM job WHERE state = 'ready' AND due = 0 AND blocked = 0 AND run_at <= ${now}
      ORDER BY run_at LIMIT ${limit})`
}

/** A claim: how many, under which token, and whether it looks at limits and pauses. */
export interface Claim extends ClaimScope {
  readonly leaseToken: string
  readonly limit: number
  /** A claim that does not look takes nothing where there is any: it costs half, and most platforms have none. */
  readonly isLimited: boolean
}

/** Leases up to `limit` due jobs, first priorities first. Uses `job_ready`, once for each queue. */
export function claimJobs(claim: Claim): Statement {
  const perQueue = claim.queues.map((queue) => candidatesOf(queue, claim))
  const candidates =
    perQueue.length === 1
      ? (perQueue[0] as SQL)
      : sql.join(
          perQueue.map((one) => sql`SELECT * FROM (${one})`),
          sql` UNION ALL `,
        )
  // One job cannot pass a limit that lets one pass; of several, those of one target are counted.
  const chosen =
    claim.limit === 1 || !claim.isLimited
      ? sql`(${candidates})`
      : sql`(
        SELECT *, row_number() OVER (PARTITION BY tenant_id ORDER BY priority, run_at, id) AS of_tenant,
          row_number() OVER (PARTITION BY tenant_id, target ORDER BY priority, run_at, id) AS of_target
        FROM (${candidates})) AS candidate
      WHERE of_tenant <= ${roomOf(sql`candidate.tenant_id`, sql`''`, claim.now)}
        AND (target IS NULL OR of_target <= ${roomOf(sql`candidate.tenant_id`, sql`candidate.target`, claim.now)})`
  return sql`
    UPDATE job SET state = 'leased', attempts = attempts + 1, lease_token = ${claim.leaseToken},
      lease_until = ${claim.now} + ${leaseMsOf(claim.types)}
    WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM ${chosen} ORDER BY priority, run_at, id LIMIT ${claim.limit})
    RETURNING ${JOB_COLUMNS}`
}

function candidatesOf(queue: string, claim: ClaimScope & { readonly limit: number; readonly isLimited: boolean }): SQL {
  const mayStart = claim.isLimited
    ? sql`
        AND NOT EXISTS (SELECT 1 FROM job_pause p WHERE p.tenant_id IN ('*', job.tenant_id) AND p.queue = job.queue)
        AND ${roomOf(sql`job.tenant_id`, sql`''`, claim.now)} >= 1
        AND (target IS NULL OR ${roomOf(sql`job.tenant_id`, sql`job.target`, claim.now)} >= 1)`
    : sql`AND NOT EXISTS (SELECT 1 FROM job_limit) AND NOT EXISTS (SELECT 1 FROM job_pause)`
  return sql`
    SELECT tenant_id, id, priority, run_at, target FROM job
      WHERE state = 'ready' AND due = 1 AND queue = ${queue} AND ${isOfTypes(claim.types)}
        ${claim.tenantId === undefined ? sql`` : sql`AND tenant_id = ${claim.tenantId}`} ${mayStart}
      ORDER BY priority, run_at, id LIMIT ${claim.limit}`
}

// Lists of parameters, and no json_each: the claim is prepared anew each time, and virtual tables make that dear.
function isOfTypes(types: readonly LeasedTypes[]): SQL {
  return sql`type IN (${sql.join(
    types.map(({ type }) => sql`${type}`),
    sql`, `,
  )})`
}

function leaseMsOf(types: readonly LeasedTypes[]): SQL {
  const [first] = types
  if (types.every(({ leaseMs }) => leaseMs === first?.leaseMs)) return sql`${first?.leaseMs ?? 0}`
  return sql`CASE type ${sql.join(
    types.map(({ type, leaseMs }) => sql`WHEN ${type} THEN ${leaseMs}`),
    sql` `,
  )} END`
}

/** How many more jobs of a tenant and a target may start now. */
function roomOf(tenantId: SQL, target: SQL, now: number): SQL {
  return sql`coalesce((
    SELECT min(
      CASE WHEN l.blocked_until > ${now} THEN 0 ELSE ${UNLIMITED} END,
      CASE WHEN l.max_in_flight IS NULL THEN ${UNLIMITED} ELSE l.max_in_flight - (
        SELECT count(*) FROM job f
        WHERE f.state = 'leased' AND f.tenant_id = l.tenant_id AND (l.target = '' OR f.target = l.target)) END,
      CASE WHEN l.interval_ms IS NULL THEN ${UNLIMITED}
        ELSE CAST((${now} + l.interval_ms * l.burst - max(l.arrival_at, ${now})) / l.interval_ms AS INTEGER) END)
    FROM job_limit l WHERE l.tenant_id = ${tenantId} AND l.target = ${target}), ${UNLIMITED})`
}

/** Books the starts of what a claim leased on the limits they fall under (GCRA). Uses `job_in_flight`. */
export function bookStarts(leaseToken: string, now: number): Statement {
  const started = (target: SQL, condition: SQL) => sql`
    SELECT tenant_id, ${target} AS target, count(*) AS starts FROM job
    WHERE state = 'leased' AND lease_token = ${leaseToken} AND ${condition} GROUP BY 1, 2`
  return sql`
    UPDATE job_limit SET arrival_at = max(arrival_at, ${now}) + interval_ms * s.starts
    FROM (${started(sql`target`, sql`target IS NOT NULL`)} UNION ALL ${started(sql`''`, sql`true`)}) AS s
    WHERE job_limit.tenant_id = s.tenant_id AND job_limit.target = s.target AND interval_ms IS NOT NULL`
}

/** Renews the leases a worker still holds, and gives the ids of those. */
export function renewLeases(held: readonly HeldJob[], types: readonly LeasedTypes[], now: number): Statement {
  return sql`
    UPDATE job SET lease_until = ${now} + ${leaseMsOf(types)}
    WHERE ${amongHeld(held)}
    RETURNING id`
}

/** Puts every leased job back in line, whatever its lease says; the attempts do not count. */
export function releaseAllJobs(): Statement {
  return sql`
    UPDATE job SET state = 'ready', due = 1, attempts = max(0, attempts - 1), lease_token = NULL, lease_until = NULL
    WHERE state = 'leased'`
}

/** Holds while `leaseToken` still leases the job. */
export function leaseFence(held: HeldJob): Fence {
  return {
    holds: sql`EXISTS (SELECT 1 FROM job WHERE tenant_id = ${held.tenantId} AND id = ${held.id}
      AND lease_token = ${held.leaseToken} AND state = 'leased')`,
  }
}

/** Holds while all of these jobs are still leased under their tokens. */
export function leasesFence(held: readonly HeldJob[]): Fence {
  return { holds: sql`(SELECT count(*) FROM job WHERE ${amongHeld(held)}) = ${held.length}` }
}

/** Ends several jobs. */
export function completeJobs(held: readonly HeldJob[], now: number): Statement {
  return sql`
    UPDATE job SET state = 'done', finished_at = ${now}, lease_token = NULL, lease_until = NULL,
      error_code = NULL, error_message = NULL
    WHERE ${amongHeld(held)}`
}

/** Ends a job, and gives its id where it was still held. */
export function completeJob(held: HeldJob, now: number): Statement {
  return sql`
    UPDATE job SET state = 'done', finished_at = ${now}, lease_token = NULL, lease_until = NULL,
      error_code = NULL, error_message = NULL
    WHERE ${heldBy(held)} RETURNING id`
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
): Statement {
  return sql`
    UPDATE job SET state = 'ready', run_at = ${retry.runAt}, due = ${retry.runAt} <= ${retry.now},
      lease_token = NULL, lease_until = NULL, attempts = attempts - ${retry.countAttempt ? 0 : 1},
      error_code = ${retry.code}, error_message = ${retry.message}
    WHERE ${heldBy(held)}`
}

/** Puts a job back where it was in line, as if it had not been claimed. */
export function returnJob(held: HeldJob): Statement {
  return sql`
    UPDATE job SET state = 'ready', due = 1, attempts = attempts - 1, lease_token = NULL, lease_until = NULL
    WHERE ${heldBy(held)}`
}

export function buryJob(
  held: HeldJob,
  failure: { readonly now: number; readonly code: string; readonly message: string },
): Statement {
  return sql`
    UPDATE job SET state = 'dead', finished_at = ${failure.now}, lease_token = NULL, lease_until = NULL,
      error_code = ${failure.code}, error_message = ${failure.message}
    WHERE ${heldBy(held)}`
}

function heldBy(held: HeldJob): SQL {
  return sql`tenant_id = ${held.tenantId} AND id = ${held.id} AND lease_token = ${held.leaseToken} AND state = 'leased'`
}

function amongHeld(held: readonly HeldJob[]): SQL {
  const keys = JSON.stringify(held.map(({ tenantId, id, leaseToken }) => [tenantId, id, leaseToken]))
  return sql`(tenant_id, id, lease_token) IN (SELECT value->>0, value->>1, value->>2 FROM json_each(${keys}))
      AND state = 'leased'`
}

/** Lets no job of a target start before an instant. */
export function blockTarget(tenantId: string, target: string, until: number): Statement {
  return sql`
    INSERT INTO job_limit (tenant_id, target, blocked_until) VALUES (${tenantId}, ${target}, ${until})
    ON CONFLICT (tenant_id, target) DO UPDATE SET blocked_until = max(blocked_until, excluded.blocked_until)`
}

export interface LimitRow {
  readonly tenantId: string
  readonly target: string
  readonly maxInFlight: number | null
  readonly intervalMs: number | null
  readonly burst: number
}

export function upsertLimit(row: LimitRow): Statement {
  return sql`
    INSERT INTO job_limit (tenant_id, target, max_in_flight, interval_ms, burst)
    VALUES (${row.tenantId}, ${row.target}, ${row.maxInFlight}, ${row.intervalMs}, ${row.burst})
    ON CONFLICT (tenant_id, target) DO UPDATE SET
      max_in_flight = excluded.max_in_flight, interval_ms = excluded.interval_ms, burst = excluded.burst`
}

export function insertPause(tenantId: string, queue: string, now: number): Statement {
  return sql`
    INSERT INTO job_pause (tenant_id, queue, paused_at) VALUES (${tenantId}, ${queue}, ${now}) ON CONFLICT DO NOTHING`
}

export function deletePause(tenantId: string, queue: string): Statement {
  return sql`DELETE FROM job_pause WHERE tenant_id = ${tenantId} AND queue = ${queue}`
}

/** Which dead jobs; all that is given must fit. */
export interface DeadJobFilter {
  readonly id?: string
  readonly queue?: string
  readonly type?: string
  readonly errorCode?: string
}

/** Puts dead jobs back in line with all their attempts; not those whose dedupe key is taken. Uses `job_dead`. */
export function redriveJobs(tenantId: string, filter: DeadJobFilter, now: number, limit: number): Statement {
  const conditions = [
    sql`tenant_id = ${tenantId} AND state = 'dead'`,
    filter.id === undefined ? undefined : sql`id = ${filter.id}`,
    filter.queue === undefined ? undefined : sql`queue = ${filter.queue}`,
    filter.type === undefined ? undefined : sql`type = ${filter.type}`,
    filter.errorCode === undefined ? undefined : sql`error_code = ${filter.errorCode}`,
  ].filter((condition) => condition !== undefined)
  return sql`
    UPDATE OR IGNORE job SET state = 'ready', run_at = ${now}, due = 1, attempts = 0, finished_at = NULL
    WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM job INDEXED BY job_dead WHERE ${sql.join(conditions, sql` AND `)} ORDER BY id LIMIT ${limit})
    RETURNING id`
}

/** Moves jobs that were done before an instant into the archive, oldest first. Uses `job_done`. */
export function archiveDoneJobs(before: number, limit: number): readonly Statement[] {
  const old = sql`
    SELECT tenant_id, id FROM job WHERE state = 'done' AND finished_at < ${before}
    ORDER BY finished_at, tenant_id, id LIMIT ${limit}`
  const columns = sql`tenant_id, id, queue, type, payload, priority, state, run_at, attempts, max_attempts, target,
    dedupe_key, error_code, error_message, created_at, finished_at`
  return [
    sql`INSERT INTO job_archive (${columns}) SELECT ${columns} FROM job WHERE (tenant_id, id) IN (${old})
      ON CONFLICT DO NOTHING`,
    sql`DELETE FROM job_parent WHERE (tenant_id, job_id) IN (${old})`,
    sql`DELETE FROM job WHERE (tenant_id, id) IN (${old}) RETURNING id`,
  ]
}

/** Removes archived jobs that finished before an instant. Uses `job_archive_finished`. */
export function deleteArchivedJobs(before: number, limit: number): Statement {
  return sql`
    DELETE FROM job_archive WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM job_archive WHERE finished_at < ${before} ORDER BY finished_at LIMIT ${limit})
    RETURNING id`
}

/** When the next job of a scope can be claimed: now, at a run-at, at the end of a lease, or where a limit lets it. */
export function nextDueAt(scope: ClaimScope): Statement {
  const claimable = scope.queues.map(
    (queue) => sql`SELECT ${scope.now} AS at FROM (${candidatesOf(queue, { ...scope, limit: 1, isLimited: true })})`,
  )
  const inScope = sql`${isOfTypes(scope.types)}
    AND queue IN (SELECT value FROM json_each(${JSON.stringify(scope.queues)}))
    ${scope.tenantId === undefined ? sql`` : sql`AND tenant_id = ${scope.tenantId}`}`
  return sql`
    SELECT min(at) AS at FROM (
      ${sql.join(claimable, sql` UNION ALL `)}
      UNION ALL SELECT min(run_at) FROM job
        WHERE state = 'ready' AND due = 0 AND blocked = 0 AND ${inScope}
      UNION ALL SELECT min(lease_until) FROM job WHERE state = 'leased' AND ${inScope}
      UNION ALL SELECT max(blocked_until, coalesce(arrival_at + interval_ms - interval_ms * burst, 0)) AS at
        FROM job_limit l
        WHERE max(blocked_until, coalesce(arrival_at + interval_ms - interval_ms * burst, 0)) > ${scope.now}
          AND EXISTS (SELECT 1 FROM job INDEXED BY job_ready WHERE state = 'ready' AND due = 1 AND ${inScope}
            AND tenant_id = l.tenant_id AND (l.target = '' OR target = l.target)))`
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
    SELECT queue, state, count(*) AS count FROM job WHERE tenant_id = ${tenantId} GROUP BY queue, state ORDER BY 1, 2`
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
