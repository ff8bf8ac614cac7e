import { sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"

/**
 * The next `size` jobs in the order of adding: the last of their numbers, whether one of them was done before an instant,
 * and whether one was not even there by then, so that none after it can be.
 */
export function nextToArchive(after: number, before: number, size: number): Statement {
  return sql`
    SELECT max(seq) AS "last", max(state = 'done' AND heirs < 2 AND finished_at < ${before}) AS "isOld",
      count(*) < ${size} OR max(created_at >= ${before}) AS "isEnd"
    FROM (SELECT seq, state, heirs, finished_at, created_at FROM job WHERE seq > ${after} ORDER BY seq LIMIT ${size})`
}

/** Moves jobs that were done before an instant into the archive, of those after one number, up to and with another. */
export function archiveDoneJobs(range: { readonly after: number; readonly last: number }, before: number) {
  const old = sql`seq > ${range.after} AND seq <= ${range.last} AND state = 'done' AND heirs < 2
    AND finished_at < ${before}`
  const columns = sql`tenant_id, id, queue, type, payload, priority, state, run_at, attempts, max_attempts, target,
    dedupe_key, error_code, error_message, created_at, started_at, finished_at, lease_token`
  return [
    sql`INSERT INTO job_archive (${columns}) SELECT ${columns} FROM job WHERE ${old} ON CONFLICT DO NOTHING`,
    sql`DELETE FROM job_parent WHERE (tenant_id, job_id) IN (SELECT tenant_id, id FROM job WHERE ${old})`,
    sql`DELETE FROM job WHERE ${old} RETURNING seq`,
  ]
}

/** Removes archived jobs that finished before an instant, with their attempts. Uses `job_archive_finished`. */
export function deleteArchivedJobs(before: number, limit: number): readonly Statement[] {
  const old = sql`
    SELECT tenant_id, id FROM job_archive WHERE finished_at < ${before} ORDER BY finished_at, tenant_id, id LIMIT ${limit}`
  return [
    sql`DELETE FROM job_attempt WHERE (tenant_id, job_id) IN (${old})`,
    sql`DELETE FROM job_archive WHERE (tenant_id, id) IN (${old}) RETURNING id`,
  ]
}
