import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"
import { logAttempts } from "./attempt-statements.ts"
import { bookStarts, limitsOn, OPENS_AT, roomUnder, UNLIMITED } from "./limit-statements.ts"

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

/** Due jobs of one queue, tenant and target. Within it, priority decides, then the run-at, then who came first. */
export interface Line {
  readonly queue: string
  readonly tenantId: string
  /** Empty for jobs without one. */
  readonly target: string
}

/** A line as it was found. */
export interface FoundLine extends Line {
  /** 1 where it falls under a limit. */
  readonly isLimited: number
  /** How many of it may start now. */
  readonly room: number
  /** When its limits let the next one start, so far as that is a matter of time; `null` while it is paused. */
  readonly opensAt: number | null
}

// Beyond any number of lines in which jobs stand at once; a bound of the work, not of the queue.
const MOST_LINES = 10_000

/**
 * The lines in which jobs of a scope are due. Jumps from line to line, however many jobs stand in each: the two steps of a
 * jump are not one comparison of pairs, which SQLite looks up by the tenant alone. Uses `job_ready`.
 */
export function dueLines(scope: ClaimScope): Statement {
  const isDue = sql`n.state = 'ready' AND n.due = 1`
  const ofTenant = scope.tenantId === undefined ? sql`` : sql`AND n.tenant_id = ${scope.tenantId}`
  const limits = limitsOn({ queue: sql`j.queue`, tenantId: sql`j.tenant_id`, target: sql`j.target` })
  return sql`
    WITH RECURSIVE head(seq) AS (
      SELECT (SELECT n.seq FROM job n INDEXED BY job_ready WHERE ${isDue} AND n.queue = q.value ${ofTenant}
        ORDER BY n.tenant_id, n.target LIMIT 1)
      FROM json_each(${JSON.stringify(scope.queues)}) q
      UNION ALL
      SELECT coalesce(
        (SELECT n.seq FROM job n INDEXED BY job_ready WHERE ${isDue} AND n.queue = c.queue
          AND n.tenant_id = c.tenant_id AND n.target > c.target ORDER BY n.target LIMIT 1),
        (SELECT n.seq FROM job n INDEXED BY job_ready WHERE ${isDue} AND n.queue = c.queue ${ofTenant}
          AND n.tenant_id > c.tenant_id ORDER BY n.tenant_id, n.target LIMIT 1))
      FROM head JOIN job c ON c.seq = head.seq LIMIT ${MOST_LINES})
    SELECT j.queue, j.tenant_id AS "tenantId", j.target,
      EXISTS (SELECT 1 FROM job_limit l WHERE ${limits}) AS "isLimited",
      coalesce((SELECT min(${roomUnder(scope.now)}) FROM job_limit l WHERE ${limits}), ${UNLIMITED}) AS room,
      (SELECT CASE WHEN count(*) = 0 THEN 0 WHEN sum(l.paused_at IS NOT NULL) > 0 THEN NULL ELSE max(${OPENS_AT}) END
        FROM job_limit l WHERE ${limits}) AS "opensAt"
    FROM head JOIN job j ON j.seq = head.seq
    WHERE EXISTS (SELECT 1 FROM job n INDEXED BY job_ready WHERE ${isDue} AND n.queue = j.queue
      AND n.tenant_id = j.tenant_id AND n.target = j.target AND n.type IN (${typeNames(scope.types)}))`
}

/** A claim: how many, under which token, by whom. */
export interface Claim extends ClaimScope {
  readonly leaseToken: string
  readonly limit: number
}

/**
 * Leases up to `limit` jobs from lines that fall under no limit, as many from each. A line that came under one since it
 * was found gives nothing. Written again, it leases nothing more. Uses `job_ready`, once for each line.
 */
export function claimFrom(lines: readonly Line[], claim: Claim): readonly Statement[] {
  const parts = lines.map((line, i) => {
    const limits = limitsOn({ queue: sql`${line.queue}`, tenantId: sql`${line.tenantId}`, target: sql`${line.target}` })
    return sql`${inLine(line, claim)} AND NOT EXISTS (SELECT 1 FROM job_limit l WHERE ${limits})
      ORDER BY priority, run_at, seq LIMIT ${shareOf(claim.limit, lines.length, i)}`
  })
  const [only] = parts
  if (parts.length === 1 && only) return lease(sql`SELECT seq FROM job ${only}`, claim)
  const all = sql.join(
    parts.map((part) => sql`SELECT seq FROM (SELECT seq FROM job ${part})`),
    sql` UNION ALL `,
  )
  return lease(all, claim)
}

/** How many jobs of a claim come from one of its lines; the shares of all make the whole. */
export function shareOf(limit: number, lines: number, index: number): number {
  return Math.floor(limit / lines) + (index < limit % lines ? 1 : 0)
}

/** Leases up to `limit` jobs from a line, as many as its limits let start, and books them there. */
export function claimUnderLimits(line: Line, claim: Claim): readonly Statement[] {
  const limits = limitsOn({ queue: sql`${line.queue}`, tenantId: sql`${line.tenantId}`, target: sql`${line.target}` })
  const room = sql`(SELECT min(${claim.limit}, coalesce(min(${roomUnder(claim.now)}), ${UNLIMITED}))
    FROM job_limit l WHERE ${limits})`
  const chosen = sql`SELECT seq FROM job ${inLine(line, claim)} ORDER BY priority, run_at, seq LIMIT ${room}`
  return lease(chosen, claim, bookStarts(line, claim.now))
}

function inLine(line: Line, { types }: Claim): SQL {
  return sql`WHERE state = 'ready' AND due = 1 AND queue = ${line.queue} AND tenant_id = ${line.tenantId}
    AND target = ${line.target} AND type IN (${typeNames(types)})`
}

function lease(chosen: SQL, { leaseToken, now, types }: Claim, ...booked: Statement[]): readonly Statement[] {
  const leased = sql`
    UPDATE job SET state = 'leased', attempts = attempts + 1, lease_token = ${leaseToken}, started_at = ${now},
      lease_until = ${now} + ${leaseMsOf(types)}
    WHERE seq IN (${chosen}) AND NOT EXISTS (SELECT 1 FROM job WHERE state = 'leased' AND lease_token = ${leaseToken})`
  // Rows are what costs, so the jobs are asked for as one.
  return [leased, ...booked, leasedJobs(leaseToken)]
}

const PACKED =
  sql.raw(`json_array(seq, heirs, tenant_id, id, queue, type, payload, priority, attempts, max_attempts, run_at,
  target, error_code, error_message)`)

/** What a claim leased, as one text in one row. Uses `job_leased`. */
export function leasedJobs(leaseToken: string): Statement {
  return sql`SELECT json_group_array(${PACKED}) AS jobs FROM job WHERE state = 'leased' AND lease_token = ${leaseToken}`
}

// Lists of parameters, and no json_each: a host has the same types in each claim, and virtual tables are dear.
function typeNames(types: readonly LeasedTypes[]): SQL {
  return sql.join(
    types.map(({ type }) => sql`${type}`),
    sql`, `,
  )
}

export function leaseMsOf(types: readonly LeasedTypes[]): SQL {
  const [first] = types
  if (types.every(({ leaseMs }) => leaseMs === first?.leaseMs)) return sql`${first?.leaseMs ?? 0}`
  return sql`CASE type ${sql.join(
    types.map(({ type, leaseMs }) => sql`WHEN ${type} THEN ${leaseMs}`),
    sql` `,
  )} END`
}

/** Whether a lease lapsed, a waiting job's time has come, or one ended that others wait for. */
export function needsCare(now: number): Statement {
  return sql`SELECT
    EXISTS (SELECT 1 FROM job WHERE state = 'leased' AND lease_until <= ${now})
    OR EXISTS (SELECT 1 FROM job WHERE state = 'ready' AND due = 0 AND blocked = 0 AND run_at <= ${now})
    OR EXISTS (SELECT 1 FROM job WHERE heirs = 2) AS needed`
}

/** Puts jobs whose lease lapsed back in line; their worker is gone, and its attempt counts. Uses `job_leased`. */
export function releaseLapsedJobs(now: number): readonly Statement[] {
  return releaseJobs(sql`lease_until <= ${now}`, now)
}

/** Puts every leased job back in line, whatever its lease says; the attempts count, for they may be what ended the worker. */
export function releaseAllJobs(now: number): readonly Statement[] {
  return releaseJobs(sql`lease_until IS NOT NULL`, now)
}

function releaseJobs(which: SQL, now: number): readonly Statement[] {
  return [
    logAttempts(which, { outcome: "lapsed", now }),
    sql`UPDATE job SET state = 'ready', due = 1, lease_token = NULL, lease_until = NULL
      WHERE state = 'leased' AND ${which}`,
  ]
}

// Uses `job_lane` and the primary keys.
const isFree = sql`NOT EXISTS (
    SELECT 1 FROM job_parent e JOIN job p ON p.tenant_id = e.tenant_id AND p.id = e.parent_id
    WHERE e.tenant_id = job.tenant_id AND e.job_id = job.id AND p.state <> 'done')
  AND (lane IS NULL OR NOT EXISTS (
    SELECT 1 FROM job b WHERE b.tenant_id = job.tenant_id AND b.lane = job.lane AND b.state IN ('ready', 'leased')
      AND b.lane_position < job.lane_position))`

/**
 * Lets the heirs of jobs that ended wait no longer: the next one of a lane, and children whose parents are all done. Looks
 * at these few and at no others, so that a long lane costs each of its jobs the same. Uses `job_heirs`.
 */
export function unblockHeirs(now: number): readonly Statement[] {
  const next = sql`SELECT (
    SELECT n.seq FROM job n INDEXED BY job_lane WHERE n.tenant_id = e.tenant_id AND n.lane = e.lane AND n.lane IS NOT NULL
      AND n.state IN ('ready', 'leased') ORDER BY n.lane_position LIMIT 1)
    FROM job e WHERE e.heirs = 2 AND e.lane IS NOT NULL`
  const children = sql`
    SELECT c.seq FROM job e CROSS JOIN job_parent r ON r.tenant_id = e.tenant_id AND r.parent_id = e.id
      CROSS JOIN job c ON c.tenant_id = r.tenant_id AND c.id = r.job_id WHERE e.heirs = 2`
  return [
    sql`UPDATE job SET blocked = 0, due = run_at <= ${now}
      WHERE seq IN (${next} UNION ALL ${children}) AND state = 'ready' AND blocked = 1 AND ${isFree}`,
    // A dead one may be put back in line and end again.
    sql`UPDATE job SET heirs = 1 WHERE heirs = 2`,
  ]
}

/** Makes waiting jobs claimable whose time has come, some at a time so that no unit is long. Uses `job_waiting`. */
export function promoteWaitingJobs(now: number, limit: number): Statement {
  return sql`
    UPDATE job SET due = 1 WHERE seq IN (
      SELECT seq FROM job WHERE state = 'ready' AND due = 0 AND blocked = 0 AND run_at <= ${now}
      ORDER BY run_at LIMIT ${limit})`
}

/** When the next job of a scope has waited long enough, or its lease ends. */
export function nextWaitEnds(scope: ClaimScope): Statement {
  const inScope = sql`type IN (${typeNames(scope.types)})
    AND queue IN (SELECT value FROM json_each(${JSON.stringify(scope.queues)}))
    ${scope.tenantId === undefined ? sql`` : sql`AND tenant_id = ${scope.tenantId}`}`
  return sql`
    SELECT min(at) AS at FROM (
      SELECT min(run_at) AS at FROM job WHERE state = 'ready' AND due = 0 AND blocked = 0 AND ${inScope}
      UNION ALL SELECT min(lease_until) FROM job WHERE state = 'leased' AND ${inScope})`
}
