import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"
import { HELD } from "./lease-statements.ts"

/** How an attempt ended that did not complete its job. */
export type FailedOutcome = "retried" | "returned" | "lapsed" | "dead"

export interface AttemptEnding {
  readonly outcome: FailedOutcome
  readonly now: number
  readonly errorCode?: string
}

/** Logs the attempts of jobs that a claim holds, before they end. `held` is about the claim `h` and the number `s.value`. */
export function logAttempts(held: SQL, ending: AttemptEnding): Statement {
  return sql`
    INSERT INTO job_attempt (tenant_id, job_id, attempt, started_at, ended_at, outcome, error_code, lease_token)
    SELECT job.tenant_id, job.id, job.attempts + 1, h.claimed_at, ${ending.now}, ${ending.outcome},
      ${ending.errorCode ?? null}, h.token
    FROM ${HELD} CROSS JOIN job ON job.seq = s.value WHERE ${held}`
}

/** The attempts of a job, in their order: those that failed, and the one that completed it. */
export function attemptsOf(tenantId: string, jobId: string): Statement {
  const isIt = sql`tenant_id = ${tenantId} AND id = ${jobId} AND state = 'done'`
  const completed = (table: SQL) => sql`
    SELECT 1 AS late, 0 AS seq, attempts AS attempt, started_at AS "startedAt", finished_at AS "endedAt",
      'completed' AS outcome, NULL AS "errorCode", lease_token AS "leaseToken" FROM ${table} WHERE ${isIt}`
  return sql`
    SELECT attempt, "startedAt", "endedAt", outcome, "errorCode", "leaseToken" FROM (
      SELECT 0 AS late, seq, attempt, started_at AS "startedAt", ended_at AS "endedAt", outcome, error_code AS "errorCode",
        lease_token AS "leaseToken" FROM job_attempt WHERE tenant_id = ${tenantId} AND job_id = ${jobId}
      UNION ALL ${completed(sql`job`)} UNION ALL ${completed(sql`job_archive`)})
    ORDER BY late, seq`
}
