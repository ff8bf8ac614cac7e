import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"
import { isInPhase, type RunKey, type SeenRun } from "./run-statements.ts"

/**
 * Last identifier of the next chunk of devices that are staged, with or without usage; null when none is left. Of a run that
 * lists all, whole chunks go by the devices alone, which have the usage.
 */
export function nextChunk(key: RunKey, after: string, size: number, listsAll: boolean): Statement {
  const ids = (table: string): SQL => sql`SELECT carrier_device_id AS id FROM ${sql.raw(table)}
    WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id} AND carrier_device_id > ${after}`
  const mixed = sql`(SELECT max(id) FROM (${ids("device_stage")} UNION ${ids("usage_stage")} ORDER BY id LIMIT ${size}))`
  const listed = sql`(${ids("device_stage")} ORDER BY id LIMIT 1 OFFSET ${size - 1})`
  return sql`SELECT ${listsAll ? sql`coalesce(${listed}, ${mixed})` : mixed} AS "last"`
}

export interface Chunk {
  readonly key: SeenRun
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  /** Whether the run lists all devices, so that it is enough to compare what it lists with itself. */
  readonly listsAll: boolean
  /** Chunk border: after this identifier, up to and with the other. */
  readonly after: string
  readonly last: string
  /** Start of the ids of devices that are new in this chunk. */
  readonly idPrefix: string
  readonly now: number
}

/** Promotes a chunk and moves the run's checkpoint to its end; written twice, it does nothing more. */
export function promoteChunk(chunk: Chunk): readonly Statement[] {
  return [promoteDevices(chunk), ...rejectNews(chunk), promoteUsage(chunk), countChunk(chunk)]
}

/** Rows of the chunk in one of the run's tables. */
const inChunk = (chunk: Chunk, alias: string): SQL => {
  const of = sql.raw(alias)
  const provider = alias === "n" ? sql`AND n.service_provider_id = ${chunk.serviceProviderId}` : sql.raw("")
  return sql`${of}.tenant_id = ${chunk.key.tenantId} ${provider} AND ${of}.sync_run_id = ${chunk.key.id}
    AND ${of}.carrier_device_id > ${chunk.after} AND ${of}.carrier_device_id <= ${chunk.last}`
}

/** Whether `s` is a device that is new, or says anything of `d` that is new and not older than the last look at it alone. */
const isNews = sql`(d.id IS NULL OR ((d.content_hash <> s.content_hash OR d.missing_since IS NOT NULL)
  AND coalesce(d.read_at, -1) < s.staged_at))`

/** Writes new and changed devices of the chunk where readers do not look before the run is published. */
function promoteDevices(chunk: Chunk): Statement {
  return sql`
    INSERT INTO device_next (tenant_id, service_provider_id, sync_run_id, carrier_device_id, id, iccid, iccid_key, status,
      carrier_status, carrier_rate_plan, communication_plan, content_hash, created_at, changed_at, staged_at)
    SELECT s.tenant_id, ${chunk.serviceProviderId}, s.sync_run_id, s.carrier_device_id, coalesce(d.id,
      ${chunk.idPrefix} || printf('%05d', row_number() OVER (ORDER BY s.carrier_device_id))), s.iccid, substr(s.iccid, 1, 19),
      s.status, s.carrier_status, s.rate_plan, s.communication_plan, s.content_hash, coalesce(d.created_at, ${chunk.now}),
      ${chunk.now}, s.staged_at
    FROM device_stage s LEFT JOIN device d ON d.tenant_id = s.tenant_id
      AND d.service_provider_id = ${chunk.serviceProviderId} AND d.carrier_device_id = s.carrier_device_id
    WHERE ${inChunk(chunk, "s")} AND s.rejection IS NULL AND ${isNews}
    ON CONFLICT DO NOTHING`
}

/**
 * Takes news back that must not be promoted, and says why in the staging: the same SIM under two numbers (with and without
 * its check digit), and rate plans that the carrier's price list does not have. A run that does not list all devices is held
 * against the inventory as well. Only news is looked at: what did not change was let in before. Uses `device_stage_iccid`
 * and `device_iccid`.
 */
function rejectNews(chunk: Chunk): readonly Statement[] {
  const { key } = chunk
  const isNew = sql`tenant_id = ${key.tenantId} AND sync_run_id = ${key.id} AND rejection IS NULL
    AND carrier_device_id IN (SELECT n.carrier_device_id FROM device_next n WHERE ${inChunk(chunk, "n")})`
  // By the key where a device is named by its ICCID, by the index of those that are not.
  const isSameSim = (column: string): SQL => sql`o.tenant_id = ${key.tenantId} AND o.sync_run_id = ${key.id}
    AND ${sql.raw(`o.${column}`)} >= substr(device_stage.iccid, 1, 19)
    AND ${sql.raw(`o.${column}`)} < substr(device_stage.iccid, 1, 19) || ':'
    AND o.carrier_device_id <> device_stage.carrier_device_id`
  const twice = sql`(EXISTS (SELECT 1 FROM device_stage o
      WHERE ${isSameSim("carrier_device_id")} AND o.iccid = o.carrier_device_id)
    OR EXISTS (SELECT 1 FROM device_stage o INDEXED BY device_stage_iccid
      WHERE ${isSameSim("iccid")} AND o.iccid <> o.carrier_device_id))`
  const elsewhere = sql`EXISTS (SELECT 1 FROM device d INDEXED BY device_iccid WHERE d.tenant_id = ${key.tenantId}
    AND d.iccid_key = substr(device_stage.iccid, 1, 19) AND d.service_provider_id = ${chunk.serviceProviderId}
    AND d.missing_since IS NULL AND d.carrier_device_id <> device_stage.carrier_device_id)`
  const isDuplicate = chunk.listsAll ? twice : sql`(${twice} OR ${elsewhere})`
  const isPriced = sql`EXISTS (SELECT 1 FROM rate_plan p WHERE p.tenant_id = ${key.tenantId}
    AND p.service_provider_id = ${chunk.serviceProviderId} AND p.name = device_stage.rate_plan)`
  return [
    // The plan first, since it is the cheaper look; of a row that fails in both, the number is told.
    sql`UPDATE device_stage SET rejection = CASE WHEN ${isDuplicate} THEN 'duplicate_iccid' ELSE 'unknown_rate_plan' END
      WHERE ${isNew} AND (NOT ${isPriced} OR ${isDuplicate})`,
    sql`DELETE FROM device_next AS n WHERE ${inChunk(chunk, "n")} AND n.carrier_device_id IN (
      SELECT s.carrier_device_id FROM device_stage s INDEXED BY device_stage_rejected
      WHERE ${inChunk(chunk, "s")} AND s.rejection IS NOT NULL)`,
  ]
}

/**
 * Writes the changed usage of the chunk's devices: the sum over rate plan versions and zones. A device that was listed and
 * has none any more used nothing; one that was not listed, because it did not change, is updated where it has some. A device
 * that never used anything needs no row. What is staged is added up and what is stored taken away: the few whose sum is not
 * zero are looked at, and no row is looked up for the others.
 */
function promoteUsage(chunk: Chunk): Statement {
  const { key } = chunk
  const stored = (alias: string): SQL => sql`${sql.raw(alias)}.tenant_id = ${key.tenantId}
    AND ${sql.raw(alias)}.service_provider_id = ${chunk.serviceProviderId}`
  const staged = sql`SELECT 1 FROM device_stage s WHERE s.tenant_id = ${key.tenantId}
    AND s.sync_run_id = ${key.id} AND s.carrier_device_id = n.id`
  // A run that lists all meets as many rows of usage as it stages; of another one they are looked up by what it stages.
  const isStaged = chunk.listsAll
    ? sql`b.carrier_device_id > ${chunk.after} AND b.carrier_device_id <= ${chunk.last}`
    : sql`b.carrier_device_id IN (SELECT s.carrier_device_id FROM device_stage s WHERE ${inChunk(chunk, "s")}
      UNION ALL SELECT u.carrier_device_id FROM usage_stage u WHERE ${inChunk(chunk, "u")})`
  return sql`
    INSERT INTO device_usage_next (tenant_id, service_provider_id, sync_run_id, carrier_device_id, billing_period_id, bytes,
      sms_count, updated_at)
    SELECT ${key.tenantId}, ${chunk.serviceProviderId}, ${key.id}, n.id, ${chunk.billingPeriodId}, n.bytes, n.sms, ${chunk.now}
    FROM (
      SELECT id, sum(used * bytes) AS bytes, sum(used * sms) AS sms, max(used) AS used FROM (
        SELECT u.carrier_device_id AS id, u.bytes AS bytes, u.sms_count AS sms, 1 AS used FROM usage_stage u
        WHERE ${inChunk(chunk, "u")}
        UNION ALL
        SELECT b.carrier_device_id, -b.bytes, -b.sms_count, 0 FROM device_usage b
        WHERE ${stored("b")} AND b.billing_period_id = ${chunk.billingPeriodId} AND ${isStaged})
      GROUP BY id HAVING sum(bytes) <> 0 OR sum(sms) <> 0) n
    WHERE EXISTS (${staged} AND s.rejection IS NULL)
      OR (n.used AND NOT EXISTS (${staged})
        AND EXISTS (SELECT 1 FROM device d WHERE ${stored("d")} AND d.carrier_device_id = n.id))
    ON CONFLICT DO NOTHING`
}

/** Counts what the chunk changed and moves the checkpoint, which tells whether that was done. */
function countChunk(chunk: Chunk): Statement {
  return sql`
    UPDATE sync_run SET
      (inserted, updated, unchanged) = (
        SELECT inserted + news.added, updated + news.changed, unchanged + valid.staged - news.added - news.changed
        FROM (SELECT count(*) AS staged FROM device_stage s WHERE ${inChunk(chunk, "s")} AND s.rejection IS NULL) valid,
          (SELECT coalesce(sum(d.id IS NULL), 0) AS added, coalesce(sum(d.id IS NOT NULL), 0) AS changed
            FROM device_next n LEFT JOIN device d ON d.tenant_id = n.tenant_id
              AND d.service_provider_id = n.service_provider_id AND d.carrier_device_id = n.carrier_device_id
            WHERE ${inChunk(chunk, "n")}) news),
      rejected = rejected + (SELECT count(*) FROM device_stage s INDEXED BY device_stage_rejected
        WHERE ${inChunk(chunk, "s")} AND s.rejection IS NOT NULL AND s.rejection IN ('duplicate_iccid', 'unknown_rate_plan')),
      checkpoint = ${chunk.last}
    WHERE ${isInPhase(chunk.key, "promotion")} AND coalesce(checkpoint, '') = ${chunk.after}`
}
