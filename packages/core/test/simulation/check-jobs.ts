import { sql } from "drizzle-orm"
import type { World } from "./world.ts"

/** What a run was told of the endings of its jobs. */
export interface JobLog {
  /** How often a worker was told that it completed the job. */
  readonly completed: Map<string, number>
}

/** Each job ended, and once. */
export async function checkJobs({ observer }: World, { completed }: JobLog): Promise<readonly string[]> {
  const open = await observer.store.rows<{ type: string; state: string; count: number }>(
    sql`SELECT type, state, count(*) AS count FROM job WHERE state NOT IN ('done', 'dead') GROUP BY type, state`,
  )
  const unfinished = await observer.store.rows<{ count: number }>(
    sql`SELECT (SELECT count(*) FROM job WHERE finished_at IS NULL) + (SELECT count(*) FROM job_claim) AS count`,
  )
  return [
    ...open.map(({ type, state, count }) => `${count} jobs ${type} are ${state} in the end`),
    ...unfinished.filter(({ count }) => count > 0).map(({ count }) => `${count} jobs have no end, or are still held`),
    ...[...completed].filter(([, count]) => count > 1).map(([job, count]) => `Job ${job} completed ${count} times`),
  ]
}
