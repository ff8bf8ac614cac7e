import { and, asc, desc, eq, gt, inArray, lt, sql } from "drizzle-orm"
import { CHAIN_START, type ChainCheckpoint, type ChainedEntry, type ChainHead } from "../domain/mod.ts"
import { type ReadDatabase, type Statement, unitGuard } from "../store/mod.ts"
import type { AuditEntry, AuditRecord } from "./audit-event.ts"
import { auditEntry, auditLog } from "./schema.ts"

/** Where a tenant's log stands. */
export interface AuditLogState {
  readonly tenantId: string
  readonly head: ChainHead
  readonly checkpoint: ChainCheckpoint
}

/** The state of one tenant's log; of a log without entries too. */
export async function selectAuditLog(db: ReadDatabase, tenantId: string): Promise<AuditLogState> {
  const [row] = await db.select().from(auditLog).where(eq(auditLog.tenantId, tenantId))
  return row ? stateOf(row) : { tenantId, head: CHAIN_START, checkpoint: CHAIN_START }
}

/** States of logs that hold a checkpoint, by tenant. Platform work: of all tenants. */
export async function selectCheckpoints(db: ReadDatabase, afterTenantId: string, limit: number) {
  const rows = await db
    .select()
    .from(auditLog)
    .where(and(gt(auditLog.tenantId, afterTenantId), gt(auditLog.checkpointSeq, 0)))
    .orderBy(asc(auditLog.tenantId))
    .limit(limit)
  return rows.map(stateOf)
}

function stateOf(row: typeof auditLog.$inferSelect): AuditLogState {
  return {
    tenantId: row.tenantId,
    head: { seq: row.seq, hash: row.hash },
    checkpoint: {
      seq: row.checkpointSeq,
      hash: row.checkpointHash ?? CHAIN_START.hash,
      ...(row.checkpointSignature !== null && { signature: row.checkpointSignature }),
    },
  }
}

export async function selectRecordedIds(
  db: ReadDatabase,
  tenantId: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const rows = await db
    .select({ id: auditEntry.id })
    .from(auditEntry)
    .where(and(eq(auditEntry.tenantId, tenantId), inArray(auditEntry.id, [...ids])))
  return rows.map(({ id }) => id)
}

/** Adds entries to a log that stands at `head`; the unit fails with `store.outdated` where it does not. */
export function appendAuditEntries(
  tenantId: string,
  head: ChainHead,
  entries: readonly ChainedEntry<AuditRecord>[],
): readonly Statement[] {
  const last = entries.at(-1)
  if (!last) return []
  const rows = entries.map(({ seq, previousHash, hash, entry: e }) => {
    return [seq, e.id, e.at, e.actor, e.action, e.subject, e.outcome, e.detail, previousHash, hash]
  })
  return [
    // The second half holds where this very unit was written before, and its answer was lost.
    unitGuard(sql`
      (SELECT count(*) FROM audit_log WHERE tenant_id = ${tenantId} AND (seq <> ${head.seq} OR hash <> ${head.hash})) = 0
      AND (${head.seq} = 0 OR EXISTS (SELECT 1 FROM audit_log WHERE tenant_id = ${tenantId}))
      OR EXISTS (SELECT 1 FROM audit_entry WHERE tenant_id = ${tenantId} AND seq = ${last.seq} AND hash = ${last.hash})`),
    sql`
      INSERT INTO audit_entry (tenant_id, seq, id, at, actor, action, subject, outcome, detail, previous_hash, hash)
      SELECT ${tenantId}, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7,
        value->>8, value->>9
      FROM json_each(${JSON.stringify(rows)}) WHERE true
      ON CONFLICT (tenant_id, seq) DO NOTHING`,
    sql`
      INSERT INTO audit_log (tenant_id, seq, hash) VALUES (${tenantId}, ${last.seq}, ${last.hash})
      ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash WHERE audit_log.seq < excluded.seq`,
  ]
}

/** Entries after `seq`, oldest first. */
export function selectAuditAfter(db: ReadDatabase, tenantId: string, seq: number, limit: number) {
  return db
    .select()
    .from(auditEntry)
    .where(and(eq(auditEntry.tenantId, tenantId), gt(auditEntry.seq, seq)))
    .orderBy(asc(auditEntry.seq))
    .limit(limit) satisfies PromiseLike<AuditEntry[]>
}

/** Entries before `seq`, newest first. */
export function selectAuditBefore(db: ReadDatabase, tenantId: string, seq: number, limit: number) {
  return db
    .select()
    .from(auditEntry)
    .where(and(eq(auditEntry.tenantId, tenantId), lt(auditEntry.seq, seq)))
    .orderBy(desc(auditEntry.seq))
    .limit(limit) satisfies PromiseLike<AuditEntry[]>
}

/** The last entry up to `seq` of those that lead the log without one from `before` or later among them. */
export function selectLastBefore(tenantId: string, before: number): Statement {
  return sql`
    SELECT seq, hash FROM audit_entry WHERE tenant_id = ${tenantId} AND seq < coalesce(
      (SELECT min(seq) FROM audit_entry WHERE tenant_id = ${tenantId} AND at >= ${before}), 9007199254740991)
    ORDER BY seq DESC LIMIT 1`
}

/** Replaces the checkpoint that stands at `from`; another one is left alone. */
export function updateCheckpoint(tenantId: string, from: ChainCheckpoint, to: ChainCheckpoint): Statement {
  return sql`
    UPDATE audit_log SET checkpoint_seq = ${to.seq}, checkpoint_hash = ${to.hash},
      checkpoint_signature = ${to.signature ?? null}
    WHERE tenant_id = ${tenantId} AND checkpoint_seq = ${from.seq} AND checkpoint_seq <= ${to.seq}`
}

/** Removes entries that the checkpoint stands for, oldest first. */
export function deleteBeforeCheckpoint(tenantId: string, limit: number): Statement {
  return sql`
    DELETE FROM audit_entry WHERE tenant_id = ${tenantId} AND seq IN (
      SELECT seq FROM audit_entry WHERE tenant_id = ${tenantId}
        AND seq <= (SELECT checkpoint_seq FROM audit_log WHERE tenant_id = ${tenantId})
      ORDER BY seq LIMIT ${limit})
    RETURNING seq`
}
