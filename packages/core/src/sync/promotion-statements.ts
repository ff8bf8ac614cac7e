import { type SQL, sql } from "drizzle-orm"
import { SHARED_HASH_LENGTH } from "../inventory/mod.ts"
import type { Statement } from "../store/mod.ts"
import { isInPhase, type SeenRun, whileAt } from "./run-statements.ts"

export interface Chunk {
  readonly key: SeenRun
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  /** Whether the run lists all devices, so that it is enough to compare what it lists with itself. */
  readonly listsAll: boolean
  /** Chunk border: after this identifier, up to and with the other. */
  readonly after: string
  readonly last: string
  /** Which devices of the chunk are looked at: all that may be news, in their order. */
  readonly changed: readonly string[]
  /** Start of the ids of devices that are new in this chunk. */
  readonly idPrefix: string
  readonly now: number
}

/** Promotes a chunk and moves the run's checkpoint to its end; written twice, it does nothing more. */
export function promoteChunk(chunk: Chunk): readonly Statement[] {
  const changed = sql`json_each(${JSON.stringify(chunk.changed)}) c`
  return [
    whileAt(chunk.key, "promotion", chunk.after, chunk.last),
    promoteDevices(chunk, changed),
    ...rejectNews(chunk),
    promoteUsage(chunk, changed),
    countChunk(chunk),
  ]
}

/** Rows of the chunk in the run's staging, or among its news. */
const inChunk = (chunk: Chunk, alias: "s" | "n"): SQL => {
  const of = sql.raw(alias)
  const provider = alias === "n" ? sql`AND n.service_provider_id = ${chunk.serviceProviderId}` : sql.raw("")
  return sql`${of}.tenant_id = ${chunk.key.tenantId} ${provider} AND ${of}.sync_run_id = ${chunk.key.id}
    AND ${of}.carrier_device_id > ${chunk.after} AND ${of}.carrier_device_id <= ${chunk.last}`
}

/** Row of the changed device `c` in one of the run's tables. */
const ofRun = (chunk: Chunk, alias: "s" | "u"): SQL => {
  const of = sql.raw(alias)
  return sql`${of}.tenant_id = ${chunk.key.tenantId} AND ${of}.sync_run_id = ${chunk.key.id} AND ${of}.carrier_device_id = c.value`
}

/** The same in one of the inventory's. */
const ofProvider = (chunk: Chunk, alias: "d" | "b"): SQL => {
  const of = sql.raw(alias)
  return sql`${of}.tenant_id = ${chunk.key.tenantId} AND ${of}.service_provider_id = ${chunk.serviceProviderId}
    AND ${of}.carrier_device_id = c.value`
}

/** The ICCID of a staged device. */
const iccidOf = (alias: string): SQL => sql.raw(`coalesce(${alias}.iccid, ${alias}.carrier_device_id)`)

/** What the list said of a staged device. */
const contentOf = (alias: string, staged: string): SQL => {
  const [content, device] = [sql.raw(alias), sql.raw(staged)]
  return sql`${content}.tenant_id = ${device}.tenant_id AND ${content}.sync_run_id = ${device}.sync_run_id
    AND ${content}.content_hash = substr(${device}.content_hash, 1, ${sql.raw(String(SHARED_HASH_LENGTH))})`
}

/** Whether `s` is a device that is new, or says anything of `d` that is new and not older than the last look at it alone. */
const isNews = sql`(d.id IS NULL OR ((d.content_hash <> s.content_hash OR d.missing_since IS NOT NULL)
  AND coalesce(d.read_at, -1) < s.staged_at))`

/**
 * Writes new and changed devices of the chunk where readers do not look before the run is published. Compared again: since
 * they were found to be news they may have been read alone.
 */
function promoteDevices(chunk: Chunk, changed: SQL): Statement {
  return sql`
    INSERT INTO device_next (tenant_id, service_provider_id, sync_run_id, carrier_device_id, id, iccid, iccid_key, status,
      carrier_status, carrier_rate_plan, communication_plan, content_hash, created_at, changed_at, staged_at)
    SELECT s.tenant_id, ${chunk.serviceProviderId}, s.sync_run_id, s.carrier_device_id,
      coalesce(d.id, ${chunk.idPrefix} || printf('%05d', c.key)), ${iccidOf("s")}, substr(${iccidOf("s")}, 1, 19),
      t.status, t.carrier_status, t.rate_plan, t.communication_plan, s.content_hash, coalesce(d.created_at, ${chunk.now}),
      ${chunk.now}, s.staged_at
    FROM ${changed} CROSS JOIN device_stage s ON ${ofRun(chunk, "s")} CROSS JOIN content_stage t ON ${contentOf("t", "s")}
      LEFT JOIN device d ON ${ofProvider(chunk, "d")}
    WHERE s.rejection IS NULL AND ${isNews}
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
  const sim = sql`substr(${iccidOf("device_stage")}, 1, 19)`
  // By the key where a device is named by its ICCID, by the index of those that are not.
  const isSameSim = (column: string): SQL => sql`o.tenant_id = ${key.tenantId} AND o.sync_run_id = ${key.id}
    AND ${sql.raw(`o.${column}`)} >= ${sim} AND ${sql.raw(`o.${column}`)} < ${sim} || ':'
    AND o.carrier_device_id <> device_stage.carrier_device_id`
  const twice = sql`(EXISTS (SELECT 1 FROM device_stage o WHERE ${isSameSim("carrier_device_id")} AND o.iccid IS NULL)
    OR EXISTS (SELECT 1 FROM device_stage o INDEXED BY device_stage_iccid
      WHERE ${isSameSim("iccid")} AND o.iccid IS NOT NULL))`
  const elsewhere = sql`EXISTS (SELECT 1 FROM device d INDEXED BY device_iccid WHERE d.tenant_id = ${key.tenantId}
    AND d.iccid_key = ${sim} AND d.service_provider_id = ${chunk.serviceProviderId}
    AND d.missing_since IS NULL AND d.carrier_device_id <> device_stage.carrier_device_id)`
  const isDuplicate = chunk.listsAll ? twice : sql`(${twice} OR ${elsewhere})`
  const isPriced = sql`EXISTS (SELECT 1 FROM content_stage t CROSS JOIN rate_plan p ON p.tenant_id = ${key.tenantId}
    AND p.service_provider_id = ${chunk.serviceProviderId} AND p.name = t.rate_plan WHERE ${contentOf("t", "device_stage")})`
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
 * Writes the changed usage of the chunk's devices. A device that was listed and has none any more used nothing; one that was
 * not listed, because it did not change, is updated where it has some. A device that never used anything needs no row.
 */
function promoteUsage(chunk: Chunk, changed: SQL): Statement {
  const { key } = chunk
  return sql`
    INSERT INTO device_usage_next (tenant_id, service_provider_id, sync_run_id, carrier_device_id, billing_period_id, bytes,
      sms_count, updated_at)
    SELECT ${key.tenantId}, ${chunk.serviceProviderId}, ${key.id}, c.value, ${chunk.billingPeriodId}, coalesce(u.bytes, 0),
      coalesce(u.sms_count, 0), ${chunk.now}
    FROM ${changed} LEFT JOIN usage_stage u ON ${ofRun(chunk, "u")} LEFT JOIN device_stage s ON ${ofRun(chunk, "s")}
      LEFT JOIN device_usage b ON ${ofProvider(chunk, "b")} AND b.billing_period_id = ${chunk.billingPeriodId}
    WHERE (coalesce(u.bytes, 0) <> coalesce(b.bytes, 0) OR coalesce(u.sms_count, 0) <> coalesce(b.sms_count, 0))
      AND CASE WHEN s.carrier_device_id IS NOT NULL THEN s.rejection IS NULL ELSE u.carrier_device_id IS NOT NULL
        AND EXISTS (SELECT 1 FROM device d WHERE ${ofProvider(chunk, "d")}) END
    ON CONFLICT DO NOTHING`
}

/** Counts what the chunk changed and moves the checkpoint, which tells whether that was done. */
function countChunk(chunk: Chunk): Statement {
  return sql`
    UPDATE sync_run SET
      (inserted, updated) = (
        SELECT inserted + coalesce(sum(d.id IS NULL), 0), updated + coalesce(sum(d.id IS NOT NULL), 0)
        FROM device_next n LEFT JOIN device d ON d.tenant_id = n.tenant_id
          AND d.service_provider_id = n.service_provider_id AND d.carrier_device_id = n.carrier_device_id
        WHERE ${inChunk(chunk, "n")} AND n.missing_since IS NULL),
      rejected = rejected + (SELECT count(*) FROM device_stage s INDEXED BY device_stage_rejected
        WHERE ${inChunk(chunk, "s")} AND s.rejection IS NOT NULL AND s.rejection IN ('duplicate_iccid', 'unknown_rate_plan')),
      checkpoint = ${chunk.last}
    WHERE ${isInPhase(chunk.key, "promotion")} AND coalesce(checkpoint, '') = ${chunk.after}`
}
