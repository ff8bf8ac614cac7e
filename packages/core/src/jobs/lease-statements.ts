import { type SQL, sql } from "drizzle-orm"
import type { Fence, Statement } from "../store/mod.ts"

/** A job and the token of the claim it is held by. */
export interface HeldJob {
  readonly seq: number
  readonly leaseToken: string
}

/** Claims `h` with the numbers `s.value` of the jobs they hold: a row for each leased job. */
export const HELD: SQL = sql.raw("job_claim h CROSS JOIN json_each(h.seqs) s")

/** The numbers of all leased jobs. */
export const LEASED: SQL = sql`(SELECT s.value FROM ${HELD})`

/** The numbers of the jobs that a claim holds. */
export function heldBy(leaseToken: string): SQL {
  return sql`(SELECT s.value FROM ${HELD} WHERE h.token = ${leaseToken})`
}

/** Whether a claim holds a job still. */
export function isHeld({ seq, leaseToken }: HeldJob): SQL {
  return sql`${seq} IN ${heldBy(leaseToken)}`
}

/** Holds while `leaseToken` still leases the job. */
export function leaseFence(held: HeldJob): Fence {
  return { holds: isHeld(held) }
}

/** Lets jobs of a claim go, as JSON of their numbers, or all of them. */
export function letGo(leaseToken: string, seqs?: string): readonly Statement[] {
  if (seqs === undefined) return [sql`DELETE FROM job_claim WHERE token = ${leaseToken}`]
  return [
    sql`UPDATE job_claim SET seqs = (SELECT json_group_array(s.value) FROM json_each(job_claim.seqs) s
        WHERE s.value NOT IN (SELECT value FROM json_each(${seqs})))
      WHERE token = ${leaseToken}`,
    sql`DELETE FROM job_claim WHERE token = ${leaseToken} AND seqs = '[]'`,
  ]
}

/** Renews claims, and gives the jobs that each of them still holds, as JSON. */
export function renewClaims(leaseTokens: readonly string[], now: number): Statement {
  return sql`
    UPDATE job_claim SET lease_until = ${now} + lease_ms
    WHERE token IN (SELECT value FROM json_each(${JSON.stringify(leaseTokens)}))
    RETURNING token AS "leaseToken", seqs`
}
