import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../../store/mod.ts"
import type { BulkChangeKey } from "../bulk-change.ts"
import { PROCESSOR } from "../log/log-entry.ts"
import { appendLog, logDevices } from "../log/log-statements.ts"

/** `ready_at` of rows that wait for the canary: later than any instant. */
export const HELD: number = Number.MAX_SAFE_INTEGER

const header = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND id = ${key.id}`
const rowsOf = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND bulk_change_id = ${key.id}`

/** A bulk change and the round it is in: each has a canary of its own, until one has passed. */
type Round = BulkChangeKey & { readonly round: number }

/** Lets all rows wait that are to be begun in a round but for the first `size`. */
export function holdBehindCanary(key: Round, size: number): Statement {
  const waiting = sql`${rowsOf(key)} AND ready_at IS NOT NULL AND status = 'NEW' AND round = ${key.round}`
  return sql`
    UPDATE bulk_change_device SET ready_at = ${HELD}
    WHERE ${waiting}
      AND EXISTS (SELECT 1 FROM bulk_change WHERE ${header(key)} AND state IN ('approved', 'processing')
        AND round = ${key.round} AND canary_verdict IS NULL)
      AND position > (SELECT position FROM bulk_change_device WHERE ${waiting} ORDER BY position LIMIT 1 OFFSET ${size - 1})`
}

/**
 * How the canary of a round stands: its rows, those that were seen at the other side, and those that have not ended. Nothing
 * where the bulk change has none, or it was judged.
 */
export function canaryState(key: Round): Statement {
  return sql`
    SELECT count(*) AS size, count(verified_at) AS verified, coalesce(sum(processed_at IS NULL), 0) AS open
    FROM bulk_change_device WHERE ${rowsOf(key)} AND refusal_code IS NULL AND (ready_at IS NULL OR ready_at < ${HELD})
      AND round = ${key.round}
    HAVING EXISTS (SELECT 1 FROM bulk_change WHERE ${header(key)} AND canary_size IS NOT NULL AND canary_verdict IS NULL
      AND state = 'processing' AND round = ${key.round})`
}

const judged = (key: BulkChangeKey, verdict: "passed" | "failed"): SQL =>
  sql`EXISTS (SELECT 1 FROM bulk_change WHERE ${header(key)} AND state = 'processing' AND canary_verdict = ${verdict})`

/** Stores how a canary ended, once, and with it what becomes of the rows that waited for it. */
export function judgeCanary(
  key: Round,
  canary: { readonly verdict: "passed" | "failed"; readonly size: number; readonly verified: number },
  now: number,
): readonly Statement[] {
  const { verdict, size, verified } = canary
  const waiting = sql`${rowsOf(key)} AND ready_at = ${HELD}`
  const text = `Not begun: of the ${size} changes that went first only ${verified} were seen at the carrier`
  return [
    sql`UPDATE bulk_change SET canary_verdict = ${verdict}
      WHERE ${header(key)} AND state = 'processing' AND canary_verdict IS NULL`,
    appendLog(
      key,
      [
        {
          entryKey: `change/canary/${key.round}`,
          position: null,
          event: { kind: "change", state: "processing" },
          description: `Of the ${size} changes that went first ${verified} were seen at the carrier: the others ${verdict === "passed" ? "are begun" : "are not begun"}`,
          processBy: PROCESSOR,
          hasErrors: verdict === "failed",
          responseStatus: verdict,
        },
      ],
      now,
      judged(key, verdict),
    ),
    sql`UPDATE bulk_change_device SET ready_at = 0 WHERE ${waiting} AND ${judged(key, "passed")}`,
    logDevices(
      key,
      {
        what: "canary",
        status: "ERROR",
        code: sql`'canary_failed'`,
        description: sql`${text}`,
        processBy: PROCESSOR,
        hasErrors: true,
      },
      sql`SELECT * FROM bulk_change_device WHERE ${waiting} AND ${judged(key, "failed")}`,
      now,
    ),
    sql`UPDATE bulk_change_device SET status = 'ERROR', code = 'canary_failed', text = ${text}, ready_at = NULL,
        processed_at = ${now}
      WHERE ${waiting} AND ${judged(key, "failed")}`,
  ]
}
