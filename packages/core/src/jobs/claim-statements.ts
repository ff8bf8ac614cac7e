import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"
import { logAttempts } from "./attempt-statements.ts"
import { HELD, LEASED } from "./lease-statements.ts"
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
      AND n.tenant_id = j.tenant_id AND n.target = j.target AND n.type IN (${typeNames(scope.types)}) AND n.seq NOT IN ${LEASED})`
}

/** A claim: how many, under which token, by whom. */
export interface Claim extends ClaimScope {
  readonly leaseToken: string
  readonly limit: number
}

/**
 * Leases up to `limit` jobs from lines that fall under no limit, as many from each. A line that came under one since it
 * was found gives nothing. Written again, it leases nothing more. What is leased stays in line and is passed over. Uses `job_ready`, once for each line.
 */
export function claimFrom(lines: readonly Line[], claim: Claim): readonly Statement[] {
  const parts = [...sharesOf(lines, claim.limit)].map(([line, share]) => {
    const limits = limitsOn({ queue: sql`${line.queue}`, tenantId: sql`${line.tenantId}`, target: sql`${line.target}` })
    return sql`${inLine(line, claim)} AND NOT EXISTS (SELECT 1 FROM job_limit l WHERE ${limits})
      ORDER BY priority, run_at, seq LIMIT ${share}`
  })
  const [only] = parts
  if (parts.length === 1 && only) return lease(sql`SELECT seq, type FROM job ${only}`, claim)
  const all = sql.join(
    parts.map((part) => sql`SELECT * FROM (SELECT seq, type FROM job ${part})`),
    sql` UNION ALL `,
  )
  return lease(all, claim)
}

/** How many jobs of a claim come from each of its lines, by its turns; all make the whole. */
export function sharesOf<L extends Line>(turns: readonly L[], limit: number): ReadonlyMap<L, number> {
  const shares = new Map<L, number>()
  for (const [i, line] of turns.entries()) {
    const share = Math.floor(limit / turns.length) + (i < limit % turns.length ? 1 : 0)
    shares.set(line, (shares.get(line) ?? 0) + share)
  }
  return shares
}

/** Leases up to `limit` jobs from a line, as many as its limits let start, and books them there. */
export function claimUnderLimits(line: Line, claim: Claim): readonly Statement[] {
  const limits = limitsOn({ queue: sql`${line.queue}`, tenantId: sql`${line.tenantId}`, target: sql`${line.target}` })
  const room = sql`(SELECT min(${claim.limit}, coalesce(min(${roomUnder(claim.now)}), ${UNLIMITED}))
    FROM job_limit l WHERE ${limits})`
  const chosen = sql`SELECT seq, type FROM job ${inLine(line, claim)} ORDER BY priority, run_at, seq LIMIT ${room}`
  return lease(chosen, claim, bookStarts(line, claim.leaseToken, claim.now))
}

function inLine(line: Line, { types }: Claim): SQL {
  return sql`WHERE state = 'ready' AND due = 1 AND queue = ${line.queue} AND tenant_id = ${line.tenantId}
    AND target = ${line.target} AND type IN (${typeNames(types)}) AND seq NOT IN ${LEASED}`
}

function lease(chosen: SQL, { leaseToken, now, types }: Claim, ...booked: Statement[]): readonly Statement[] {
  const leased = sql`
    INSERT INTO job_claim (token, claimed_at, lease_ms, lease_until, seqs)
    SELECT ${leaseToken}, ${now}, "leaseMs", ${now} + "leaseMs", seqs
    FROM (SELECT max(${leaseMsOf(types)}) AS "leaseMs", json_group_array(seq) AS seqs FROM (${chosen}))
    WHERE seqs <> '[]' ON CONFLICT DO NOTHING`
  // Rows are what costs, so the jobs are asked for as one.
  return [leased, ...booked, leasedJobs(leaseToken)]
}

const PACKED =
  sql.raw(`json_array(job.seq, job.heirs, job.tenant_id, job.id, job.queue, job.type, job.payload, job.priority,
  job.attempts + 1, job.max_attempts, job.run_at, job.target, job.error_code, job.error_message)`)

/** What a claim leased, as one text in one row. */
export function leasedJobs(leaseToken: string): Statement {
  return sql`SELECT json_group_array(${PACKED}) AS jobs FROM ${HELD} CROSS JOIN job ON job.seq = s.value
    WHERE h.token = ${leaseToken}`
}

// Lists of parameters, and no json_each: a host has the same types in each claim, and virtual tables are dear.
function typeNames(types: readonly LeasedTypes[]): SQL {
  return sql.join(
    types.map(({ type }) => sql`${type}`),
    sql`, `,
  )
}

function leaseMsOf(types: readonly LeasedTypes[]): SQL {
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
    EXISTS (SELECT 1 FROM job_claim WHERE lease_until <= ${now})
    OR EXISTS (SELECT 1 FROM job WHERE state = 'ready' AND due = 0 AND blocked = 0 AND run_at <= ${now})
    OR EXISTS (SELECT 1 FROM job WHERE heirs = 2) AS needed`
}

/** Puts jobs whose lease lapsed back in line; their worker is gone, and its attempt counts. */
export function releaseLapsedJobs(now: number): readonly Statement[] {
  return releaseJobs(sql`h.lease_until <= ${now}`, now)
}

/** Puts every leased job back in line, whatever its lease says; the attempts count, for they may be what ended the worker. */
export function releaseAllJobs(now: number): readonly Statement[] {
  return releaseJobs(sql`true`, now)
}

function releaseJobs(which: SQL, now: number): readonly Statement[] {
  return [
    logAttempts(which, { outcome: "lapsed", now }),
    sql`UPDATE job SET attempts = attempts + 1 WHERE seq IN (SELECT s.value FROM ${HELD} WHERE ${which})`,
    sql`DELETE FROM job_claim AS h WHERE ${which}`,
  ]
}

// Uses `job_lane` and the primary keys.
const isFree = sql`NOT EXISTS (
    SELECT 1 FROM job_parent e JOIN job p ON p.tenant_id = e.tenant_id AND p.id = e.parent_id
    WHERE e.tenant_id = job.tenant_id AND e.job_id = job.id AND p.state <> 'done')
  AND (lane IS NULL OR NOT EXISTS (
    SELECT 1 FROM job b WHERE b.tenant_id = job.tenant_id AND b.lane = job.lane AND b.state = 'ready'
      AND b.lane_position < job.lane_position))`

/**
 * Lets the heirs of jobs that ended wait no longer: the next one of a lane, and children whose parents are all done. Looks
 * at these few and at no others, so that a long lane costs each of its jobs the same. Uses `job_heirs`.
 */
export function unblockHeirs(now: number): readonly Statement[] {
  const next = sql`SELECT (
    SELECT n.seq FROM job n INDEXED BY job_lane WHERE n.tenant_id = e.tenant_id AND n.lane = e.lane AND n.lane IS NOT NULL
      AND n.state = 'ready' ORDER BY n.lane_position LIMIT 1)
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
  const inScope = sql`job.type IN (${typeNames(scope.types)})
    AND job.queue IN (SELECT value FROM json_each(${JSON.stringify(scope.queues)}))
    ${scope.tenantId === undefined ? sql`` : sql`AND job.tenant_id = ${scope.tenantId}`}`
  return sql`
    SELECT min(at) AS at FROM (
      SELECT min(run_at) AS at FROM job WHERE state = 'ready' AND due = 0 AND blocked = 0 AND ${inScope}
      UNION ALL SELECT min(h.lease_until) FROM ${HELD} CROSS JOIN job ON job.seq = s.value WHERE ${inScope})`
}
