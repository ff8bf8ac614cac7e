import { and, desc, eq, type SQL, sql } from "drizzle-orm"
import type { ListedUsage } from "../ports/mod.ts"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import { syncRun } from "./schema.ts"
import type { SyncPhase, SyncRun } from "./sync-run.ts"

/** A run's row by its key; first argument of every statement here. */
export interface RunKey {
  readonly tenantId: string
  readonly id: string
}

export function insertRun(run: {
  readonly tenantId: string
  readonly id: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly lookback: string
  readonly modifiedSince: number | null
  readonly optimizeAfter: boolean
  readonly optimizationSessionId: string | null
  readonly startedAt: number
}): Statement {
  return sql`
    INSERT INTO sync_run (tenant_id, id, service_provider_id, billing_period_id, mode, lookback, modified_since, status, phase,
      optimize_after, optimization_session_id, started_at)
    VALUES (${run.tenantId}, ${run.id}, ${run.serviceProviderId}, ${run.billingPeriodId}, 'full', ${run.lookback},
      ${run.modifiedSince}, 'active', 'devices', ${run.optimizeAfter ? 1 : 0}, ${run.optimizationSessionId}, ${run.startedAt})`
}

/** Staging of the provider's ended runs goes; an active run keeps its own. */
export function discardEndedStaging(tenantId: string, serviceProviderId: string): readonly Statement[] {
  const ended = sql`tenant_id = ${tenantId} AND sync_run_id IN (SELECT id FROM sync_run WHERE tenant_id = ${tenantId}
    AND service_provider_id = ${serviceProviderId} AND status <> 'active')`
  return [sql`DELETE FROM device_stage WHERE ${ended}`, sql`DELETE FROM usage_stage WHERE ${ended}`]
}

function toRun(row: typeof syncRun.$inferSelect): SyncRun {
  return { ...row, certificate: row.certificate === null ? null : JSON.parse(row.certificate) } as SyncRun
}

export async function selectRun(db: ReadDatabase, key: RunKey): Promise<SyncRun | undefined> {
  const [row] = await db
    .select()
    .from(syncRun)
    .where(and(eq(syncRun.tenantId, key.tenantId), eq(syncRun.id, key.id)))
  return row && toRun(row)
}

export async function selectLatestRun(
  db: ReadDatabase,
  tenantId: string,
  serviceProviderId: string,
): Promise<SyncRun | undefined> {
  const [row] = await db
    .select()
    .from(syncRun)
    .where(and(eq(syncRun.tenantId, tenantId), eq(syncRun.serviceProviderId, serviceProviderId)))
    .orderBy(desc(syncRun.id))
    .limit(1)
  return row && toRun(row)
}

/** carrier device id, ICCID, status, carrier status, rate plan, communication plan, content hash, rejection */
export type StagedDevice = readonly [
  string,
  string,
  string,
  string,
  string | null,
  string | null,
  string,
  string | null,
]

/** Stages rows of the device list. A row read again replaces the earlier one: the later answer is the truer one. */
export function stageDevices(key: RunKey, rows: readonly StagedDevice[], now: number): Statement {
  return sql`
    INSERT INTO device_stage (tenant_id, sync_run_id, carrier_device_id, iccid, status, carrier_status, rate_plan,
      communication_plan, content_hash, rejection, staged_at)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, ${now}
    FROM json_each(${JSON.stringify(rows)}) WHERE true
    ON CONFLICT (tenant_id, sync_run_id, carrier_device_id) DO UPDATE SET iccid = excluded.iccid, status = excluded.status,
      carrier_status = excluded.carrier_status, rate_plan = excluded.rate_plan,
      communication_plan = excluded.communication_plan, content_hash = excluded.content_hash,
      rejection = excluded.rejection, staged_at = excluded.staged_at`
}

/** Stages usage rows; a page read again replaces what it said before and adds nothing. */
export function stageUsage(key: RunKey, rows: readonly ListedUsage[]): Statement {
  const values = rows.map(({ carrierDeviceId, part, bytes, smsCount }) => [carrierDeviceId, part, bytes, smsCount])
  return sql`
    INSERT INTO usage_stage (tenant_id, sync_run_id, carrier_device_id, part, bytes, sms_count)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3
    FROM json_each(${JSON.stringify(values)}) WHERE true
    ON CONFLICT (tenant_id, sync_run_id, carrier_device_id, part) DO UPDATE SET bytes = excluded.bytes,
      sms_count = excluded.sms_count`
}

export function countStaged(key: RunKey): Statement {
  return sql`
    SELECT count(*) AS count FROM device_stage WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id}`
}

function discardStaging(key: RunKey): readonly Statement[] {
  return [
    sql`DELETE FROM device_stage WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id}`,
    sql`DELETE FROM usage_stage WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id}`,
  ]
}

const isRun = (key: RunKey): SQL => sql`tenant_id = ${key.tenantId} AND id = ${key.id}`

export function saveScanProgress(
  key: RunKey,
  progress: { checkpoint: string; pages: number; pagesExpected: number },
): Statement {
  return sql`
    UPDATE sync_run SET checkpoint = ${progress.checkpoint}, pages = ${progress.pages}, pages_expected = ${progress.pagesExpected}
    WHERE ${isRun(key)}`
}

export function saveUsageProgress(key: RunKey, progress: { checkpoint: string; usagePages: number }): Statement {
  return sql`
    UPDATE sync_run SET checkpoint = ${progress.checkpoint}, usage_pages = ${progress.usagePages} WHERE ${isRun(key)}`
}

export function restartScan(key: RunKey): readonly Statement[] {
  return [
    ...discardStaging(key),
    sql`UPDATE sync_run SET checkpoint = NULL, pages = 0, restarts = restarts + 1 WHERE ${isRun(key)}`,
  ]
}

/** Ends a phase and opens the next one, from its start. */
export function enterPhase(key: RunKey, phase: SyncPhase): Statement {
  return sql`UPDATE sync_run SET phase = ${phase}, checkpoint = NULL WHERE ${isRun(key)}`
}

export function saveCertificate(key: RunKey, certificate: string): Statement {
  return sql`
    UPDATE sync_run SET certificate = ${certificate},
      staged = (SELECT count(*) FROM device_stage s WHERE s.tenant_id = ${key.tenantId} AND s.sync_run_id = ${key.id})
    WHERE ${isRun(key)}`
}

/**
 * Marks staged rows that must not be promoted: the same SIM under two numbers (with and without its check digit), and
 * rate plans that the carrier's price list does not have.
 */
export function rejectStagedDevices(key: RunKey, serviceProviderId: string): readonly Statement[] {
  return [
    sql`UPDATE device_stage SET rejection = 'duplicate_iccid'
      WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id} AND rejection IS NULL AND substr(iccid, 1, 19) IN (
        SELECT substr(iccid, 1, 19) FROM device_stage WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id}
        GROUP BY substr(iccid, 1, 19) HAVING count(*) > 1)`,
    sql`UPDATE device_stage SET rejection = 'unknown_rate_plan'
      WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id} AND rejection IS NULL AND rate_plan IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM rate_plan p WHERE p.tenant_id = ${key.tenantId}
          AND p.service_provider_id = ${serviceProviderId} AND p.name = device_stage.rate_plan)`,
    sql`UPDATE sync_run SET rejected = (SELECT count(*) FROM device_stage WHERE tenant_id = ${key.tenantId}
        AND sync_run_id = ${key.id} AND rejection IS NOT NULL)
      WHERE ${isRun(key)}`,
  ]
}

/** Last identifier of the next chunk of staged devices after `after`; no row when none is left. */
export function nextChunk(key: RunKey, after: string, size: number): Statement {
  return sql`
    SELECT max(id) AS "last", count(*) AS count FROM (
      SELECT carrier_device_id AS id FROM device_stage WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id}
        AND carrier_device_id > ${after} ORDER BY carrier_device_id LIMIT ${size})`
}

export interface Chunk {
  readonly key: RunKey
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  /** Chunk border: after this identifier, up to and with the other. */
  readonly after: string
  readonly last: string
  /** Start of the ids of devices that are new in this chunk. */
  readonly idPrefix: string
  readonly now: number
}

/** Counts what the chunk changes. Goes before the changes, and only once: the checkpoint tells whether it was written. */
export function countChunk(chunk: Chunk): Statement {
  const { key } = chunk
  const staged = sql`FROM device_stage s LEFT JOIN device d ON d.tenant_id = s.tenant_id
      AND d.service_provider_id = ${chunk.serviceProviderId} AND d.carrier_device_id = s.carrier_device_id
    WHERE s.tenant_id = ${key.tenantId} AND s.sync_run_id = ${key.id} AND s.rejection IS NULL
      AND s.carrier_device_id > ${chunk.after} AND s.carrier_device_id <= ${chunk.last}`
  return sql`
    UPDATE sync_run SET
      inserted = inserted + (SELECT count(*) ${staged} AND d.id IS NULL),
      updated = updated + (SELECT count(*) ${staged} AND d.id IS NOT NULL
        AND (d.content_hash <> s.content_hash OR d.missing_since IS NOT NULL)),
      unchanged = unchanged + (SELECT count(*) ${staged} AND d.id IS NOT NULL
        AND d.content_hash = s.content_hash AND d.missing_since IS NULL)
    WHERE ${isRun(key)} AND coalesce(checkpoint, '') = ${chunk.after}`
}

/** Writes new and changed devices of the chunk; unchanged ones are not touched. */
export function promoteDevices(chunk: Chunk): Statement {
  const { key } = chunk
  return sql`
    INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status,
      carrier_rate_plan, communication_plan, content_hash, created_at, changed_at)
    SELECT s.tenant_id, ${chunk.serviceProviderId}, s.carrier_device_id,
      ${chunk.idPrefix} || printf('%05d', row_number() OVER (ORDER BY s.carrier_device_id)), s.iccid, substr(s.iccid, 1, 19),
      s.status, s.carrier_status, s.rate_plan, s.communication_plan, s.content_hash, ${chunk.now}, ${chunk.now}
    FROM device_stage s LEFT JOIN device d ON d.tenant_id = s.tenant_id
      AND d.service_provider_id = ${chunk.serviceProviderId} AND d.carrier_device_id = s.carrier_device_id
    WHERE s.tenant_id = ${key.tenantId} AND s.sync_run_id = ${key.id} AND s.rejection IS NULL
      AND s.carrier_device_id > ${chunk.after} AND s.carrier_device_id <= ${chunk.last}
      AND (d.id IS NULL OR d.content_hash <> s.content_hash OR d.missing_since IS NOT NULL)
    ON CONFLICT (tenant_id, service_provider_id, carrier_device_id) DO UPDATE SET iccid = excluded.iccid,
      iccid_key = excluded.iccid_key, status = excluded.status, carrier_status = excluded.carrier_status,
      carrier_rate_plan = excluded.carrier_rate_plan, communication_plan = excluded.communication_plan,
      content_hash = excluded.content_hash, missing_since = NULL, changed_at = excluded.changed_at`
}

/** Writes the usage of the chunk's devices: the sum over rate plan versions and zones, zero where none was listed. */
export function promoteUsage(chunk: Chunk): Statement {
  const { key } = chunk
  return sql`
    INSERT INTO device_usage (tenant_id, service_provider_id, billing_period_id, carrier_device_id, bytes, sms_count, updated_at)
    SELECT s.tenant_id, ${chunk.serviceProviderId}, ${chunk.billingPeriodId}, s.carrier_device_id,
      coalesce(sum(u.bytes), 0), coalesce(sum(u.sms_count), 0), ${chunk.now}
    FROM device_stage s LEFT JOIN usage_stage u ON u.tenant_id = s.tenant_id AND u.sync_run_id = s.sync_run_id
      AND u.carrier_device_id = s.carrier_device_id
    WHERE s.tenant_id = ${key.tenantId} AND s.sync_run_id = ${key.id} AND s.rejection IS NULL
      AND s.carrier_device_id > ${chunk.after} AND s.carrier_device_id <= ${chunk.last}
    GROUP BY s.tenant_id, s.carrier_device_id
    ON CONFLICT (tenant_id, service_provider_id, billing_period_id, carrier_device_id) DO UPDATE SET
      bytes = excluded.bytes, sms_count = excluded.sms_count, updated_at = excluded.updated_at
      WHERE bytes <> excluded.bytes OR sms_count <> excluded.sms_count`
}

export function savePromotionProgress(chunk: Chunk): Statement {
  return sql`UPDATE sync_run SET checkpoint = ${chunk.last} WHERE ${isRun(chunk.key)}`
}

/** Devices that the inventory lists and the run's staging does not, in order, after one of them. */
export function missingCandidates(key: RunKey, serviceProviderId: string, after: string, limit: number): Statement {
  return sql`
    SELECT d.carrier_device_id AS "carrierDeviceId" FROM device d
    WHERE d.tenant_id = ${key.tenantId} AND d.service_provider_id = ${serviceProviderId} AND d.missing_since IS NULL
      AND d.carrier_device_id > ${after}
      AND NOT EXISTS (SELECT 1 FROM device_stage s WHERE s.tenant_id = d.tenant_id AND s.sync_run_id = ${key.id}
        AND s.carrier_device_id = d.carrier_device_id)
    ORDER BY d.carrier_device_id LIMIT ${limit}`
}

/** Marks devices whose absence the carrier confirmed. Counted by what changed, so writing it twice counts once. */
export function markMissing(
  key: RunKey,
  serviceProviderId: string,
  carrierDeviceIds: readonly string[],
  now: number,
): readonly Statement[] {
  const listed = sql`tenant_id = ${key.tenantId} AND service_provider_id = ${serviceProviderId}
    AND carrier_device_id IN (SELECT value FROM json_each(${JSON.stringify(carrierDeviceIds)})) AND missing_since IS NULL`
  return [
    sql`UPDATE sync_run SET missing = missing + (SELECT count(*) FROM device WHERE ${listed}) WHERE ${isRun(key)}`,
    sql`UPDATE device SET missing_since = ${now}, changed_at = ${now} WHERE ${listed}`,
  ]
}

export function endRun(
  key: RunKey,
  end: {
    readonly status: "succeeded" | "failed"
    readonly now: number
    readonly code?: string
    readonly message?: string
  },
): Statement {
  return sql`
    UPDATE sync_run SET status = ${end.status}, phase = 'done', checkpoint = NULL, error_code = ${end.code ?? null},
      error_message = ${end.message ?? null}, finished_at = ${end.now}
    WHERE ${isRun(key)} AND status = 'active'`
}
