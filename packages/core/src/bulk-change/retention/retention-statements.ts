import { type SQL, sql } from "drizzle-orm"
import type { ChainCheckpoint } from "../../domain/mod.ts"
import type { Statement } from "../../store/mod.ts"
import type { BulkChange, BulkChangeKey } from "../bulk-change.ts"
import { PROCESSOR } from "../log/log-entry.ts"
import { appendLog } from "../log/log-statements.ts"

const header = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND id = ${key.id}`
const rowsOf = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND bulk_change_id = ${key.id}`
const HAS_ENDED: SQL = sql.raw("state IN ('done', 'cancelled')")

/** Puts away bulk changes of a tenant that ended before an instant. Uses `bulk_change_ended`. */
export function archiveEnded(tenantId: string, before: number, now: number, limit: number): Statement {
  return sql`
    UPDATE bulk_change SET archived_at = ${now} WHERE tenant_id = ${tenantId} AND id IN (
      SELECT id FROM bulk_change INDEXED BY bulk_change_ended WHERE tenant_id = ${tenantId} AND processed_at < ${before}
        AND ${HAS_ENDED} AND archived_at IS NULL AND deleted_at IS NULL ORDER BY processed_at LIMIT ${limit})
    RETURNING id`
}

/** Deletes bulk changes that were put away before an instant; they can still be brought back. */
export function deleteArchived(tenantId: string, before: number, now: number, limit: number): Statement {
  return sql`
    UPDATE bulk_change SET deleted_at = ${now} WHERE tenant_id = ${tenantId} AND id IN (
      SELECT id FROM bulk_change WHERE tenant_id = ${tenantId} AND archived_at < ${before} AND deleted_at IS NULL
      ORDER BY archived_at LIMIT ${limit})
    RETURNING id`
}

/** Deletes a bulk change that has ended, or brings one back whose rows are still there; its log says who did. */
export function setDeleted(
  change: BulkChangeKey & Pick<BulkChange, "state">,
  isDeleted: boolean,
  by: string,
  now: number,
) {
  const word = isDeleted ? "deleted" : "restored"
  const is = isDeleted ? sql`deleted_at = ${now}` : sql`deleted_at IS NULL`
  return [
    sql`UPDATE bulk_change SET deleted_at = ${isDeleted ? now : null} WHERE ${header(change)} AND ${HAS_ENDED}
      AND removed_at IS NULL AND ${isDeleted ? sql`deleted_at IS NULL` : sql`deleted_at IS NOT NULL`}`,
    appendLog(
      change,
      [
        {
          entryKey: `change/${word}/${now}`,
          position: null,
          event: { kind: "change", state: change.state },
          description: `It was ${word}`,
          processBy: by,
          responseStatus: word,
        },
      ],
      now,
      sql`EXISTS (SELECT 1 FROM bulk_change WHERE ${header(change)} AND ${is})`,
    ),
  ]
}

/** A deleted bulk change that can be brought back. */
export function selectDeleted(key: BulkChangeKey): Statement {
  return sql`
    SELECT tenant_id AS "tenantId", id, state FROM bulk_change
    WHERE ${header(key)} AND deleted_at IS NOT NULL AND removed_at IS NULL`
}

/** Bulk changes that were deleted before an instant and still have their rows. */
export function deletedBefore(tenantId: string, before: number, except: readonly string[], limit: number): Statement {
  return sql`
    SELECT id FROM bulk_change WHERE tenant_id = ${tenantId} AND deleted_at < ${before} AND removed_at IS NULL
      AND id NOT IN (SELECT value FROM json_each(${JSON.stringify(except)}))
    ORDER BY deleted_at LIMIT ${limit}`
}

/** Tenants with bulk changes that have ended and are not gone, in the order of their ids. Platform work: of all tenants. */
export function tenantsWithEnded(after: string, limit: number): Statement {
  return sql`
    SELECT DISTINCT tenant_id AS "tenantId" FROM bulk_change
    WHERE tenant_id > ${after} AND processed_at IS NOT NULL AND removed_at IS NULL ORDER BY tenant_id LIMIT ${limit}`
}

export function selectRetention(tenantId: string): Statement {
  return sql`SELECT settings FROM bulk_change_retention WHERE tenant_id = ${tenantId}`
}

export function upsertRetention(tenantId: string, settings: string, now: number): Statement {
  return sql`
    INSERT INTO bulk_change_retention (tenant_id, settings, updated_at) VALUES (${tenantId}, ${settings}, ${now})
    ON CONFLICT (tenant_id) DO UPDATE SET settings = excluded.settings, updated_at = excluded.updated_at`
}

/** A log's cut, of deleted bulk changes too. */
export function selectLogCut(key: BulkChangeKey): Statement {
  return sql`
    SELECT log_cut_seq AS seq, log_cut_hash AS hash, log_cut_signature AS signature FROM bulk_change WHERE ${header(key)}`
}

/** Cuts of logs, in the order of their keys. Platform work: of all tenants. */
export function selectLogCuts(after: BulkChangeKey, limit: number): Statement {
  return sql`
    SELECT tenant_id AS "tenantId", id, log_cut_seq AS seq, log_cut_hash AS hash, log_cut_signature AS signature
    FROM bulk_change WHERE (tenant_id, id) > (${after.tenantId}, ${after.id}) AND log_cut_seq > 0
    ORDER BY tenant_id, id LIMIT ${limit}`
}

/** The last sealed entry before an instant that has another one behind it, or, for the whole log, the last one. */
export function lastToCut(key: BulkChangeKey, before: number | null): Statement {
  const ofAge =
    before === null
      ? sql.raw("")
      : sql`AND created_date < ${before} AND seq < (SELECT max(seq) FROM bulk_change_log WHERE ${rowsOf(key)})`
  return sql`
    SELECT seq, hash FROM bulk_change_log WHERE ${rowsOf(key)} AND hash IS NOT NULL ${ofAge} ORDER BY seq DESC LIMIT 1`
}

/** Stores where a log is cut, unless it was cut elsewhere meanwhile. */
export function cutLog(key: BulkChangeKey, from: number, to: ChainCheckpoint): Statement {
  return sql`
    UPDATE bulk_change SET log_cut_seq = ${to.seq}, log_cut_hash = ${to.hash}, log_cut_signature = ${to.signature ?? null}
    WHERE ${header(key)} AND log_cut_seq = ${from} AND ${HAS_ENDED}`
}

/** Removes entries up to the cut, some at a time. */
export function deleteCutEntries(key: BulkChangeKey, limit: number): Statement {
  return sql`
    DELETE FROM bulk_change_log WHERE ${rowsOf(key)} AND seq IN (
      SELECT seq FROM bulk_change_log WHERE ${rowsOf(key)}
        AND seq <= (SELECT log_cut_seq FROM bulk_change WHERE ${header(key)}) ORDER BY seq LIMIT ${limit})
    RETURNING seq`
}

/** Removes rows of a deleted bulk change, some of each kind at a time: gives the positions of each. */
export function deleteRows(key: BulkChangeKey, limit: number): readonly Statement[] {
  const isDeleted = sql`EXISTS (SELECT 1 FROM bulk_change WHERE ${header(key)} AND deleted_at IS NOT NULL)`
  return ["bulk_change_device", "change_intent", "bulk_change_file_line"].map((name) => {
    const table = sql.raw(name)
    return sql`
      DELETE FROM ${table} WHERE ${rowsOf(key)} AND ${isDeleted} AND position IN (
        SELECT position FROM ${table} WHERE ${rowsOf(key)} ORDER BY position LIMIT ${limit})
      RETURNING position`
  })
}

/** Ends the removal: what is left is that the bulk change was there, and where its log ended. */
export function markRemoved(key: BulkChangeKey, now: number): readonly Statement[] {
  return [
    sql`DELETE FROM bulk_change_file WHERE ${rowsOf(key)}`,
    sql`DELETE FROM bulk_change_lane WHERE ${rowsOf(key)}`,
    sql`UPDATE bulk_change SET removed_at = ${now}, created_by = ${PROCESSOR}, approved_by = NULL, cancelled_by = NULL
      WHERE ${header(key)} AND deleted_at IS NOT NULL`,
  ]
}
