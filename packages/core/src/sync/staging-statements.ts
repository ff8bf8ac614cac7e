import { type SQL, sql } from "drizzle-orm"
import type { ListedUsage } from "../ports/mod.ts"
import type { Statement } from "../store/mod.ts"
import { isInPhase, type RunKey, type SeenRun } from "./run-statements.ts"

/** What the list says of devices, except their numbers. */
export interface Content {
  readonly contentHash: string
  readonly status: string
  readonly carrierStatus: string
  readonly ratePlan: string | null
  readonly communicationPlan: string | null
}

/** Devices of which the list says the same. */
export interface AlikeDevices {
  readonly content: Content
  /** Null where each device is named by its own. */
  readonly iccid: string | null
  readonly contentHash: string
  readonly rejection: string | null
  readonly carrierDeviceIds: readonly string[]
}

/**
 * Stages devices of the list. One read again replaces what was staged of it: the later answer is the truer one. What devices
 * have in common is handed over and stored once: taking JSON apart and writing it is most of what a row costs.
 *
 * @param askedAt Before the carrier was asked for the first of them.
 */
export function stageDevices(key: RunKey, groups: readonly AlikeDevices[], askedAt: number): readonly Statement[] {
  const contents = [...new Set(groups.map(({ content }) => content))].map((content) => [
    content.contentHash,
    content.status,
    content.carrierStatus,
    content.ratePlan,
    content.communicationPlan,
  ])
  const alike = groups.map(({ carrierDeviceIds, contentHash, iccid, rejection }) => [
    carrierDeviceIds,
    contentHash,
    iccid,
    rejection,
  ])
  return [
    sql`
      INSERT INTO content_stage (tenant_id, sync_run_id, content_hash, status, carrier_status, rate_plan, communication_plan)
      SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3, value->>4
      FROM json_each(${JSON.stringify(contents)}) WHERE true
      ON CONFLICT DO NOTHING`,
    // Materialized, or each group would be taken apart for each of its devices.
    sql`
      WITH alike AS MATERIALIZED (SELECT value->0 AS ids, value->>1 AS content_hash, value->>2 AS iccid,
        value->>3 AS rejection FROM json_each(${JSON.stringify(alike)}))
      INSERT OR REPLACE INTO device_stage (tenant_id, sync_run_id, carrier_device_id, content_hash, iccid, rejection, staged_at)
      SELECT ${key.tenantId}, ${key.id}, d.value, a.content_hash, a.iccid, a.rejection, ${askedAt}
      FROM alike a CROSS JOIN json_each(a.ids) d`,
  ]
}

/**
 * Stages usage rows, added up by device. A page read again replaces what it said before of a device's parts and adds
 * nothing.
 */
export function stageUsage(key: RunKey, rows: readonly ListedUsage[]): Statement {
  const values = rows.map(({ carrierDeviceId, part, bytes, smsCount }) => [carrierDeviceId, part, bytes, smsCount])
  const merged = sql`json_patch(usage_stage.parts, excluded.parts)`
  const sumOf = (at: 0 | 1): SQL => sql`(SELECT sum(value->>${sql.raw(String(at))}) FROM json_each(${merged}))`
  return sql`
    INSERT INTO usage_stage (tenant_id, sync_run_id, carrier_device_id, bytes, sms_count, parts)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>2, value->>3,
      json_object(value->>1, json_array(value->>2, value->>3))
    FROM json_each(${JSON.stringify(values)}) WHERE true
    ON CONFLICT (tenant_id, sync_run_id, carrier_device_id) DO UPDATE SET bytes = ${sumOf(0)}, sms_count = ${sumOf(1)},
      parts = ${merged}`
}

/** How many of the run's staged devices come next after one of them, `size` at most, and the last of their identifiers. */
export function countStaged(key: RunKey, after: string, size: number): Statement {
  return sql`
    SELECT count(*) AS count, max(id) AS "last" FROM (SELECT carrier_device_id AS id FROM device_stage
      WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id} AND carrier_device_id > ${after}
      ORDER BY carrier_device_id LIMIT ${size})`
}

export function saveScanProgress(
  run: SeenRun,
  progress: { checkpoint: string; pages: number; pagesExpected: number },
): Statement {
  return sql`
    UPDATE sync_run SET checkpoint = ${progress.checkpoint}, pages = ${progress.pages}, pages_expected = ${progress.pagesExpected}
    WHERE ${isInPhase(run, "devices")}`
}

export function saveUsageProgress(run: SeenRun, progress: { checkpoint: string; usagePages: number }): Statement {
  return sql`
    UPDATE sync_run SET checkpoint = ${progress.checkpoint}, usage_pages = ${progress.usagePages} WHERE ${isInPhase(run, "usage")}`
}

/** Begins the list anew. What was staged goes when the next job begins: see `discardScan`. */
export function restartScan(run: SeenRun): Statement {
  return sql`UPDATE sync_run SET checkpoint = NULL, pages = 0, restarts = restarts + 1 WHERE ${isInPhase(run, "devices")}`
}

/** Takes up to `size` devices away that a scan staged which was begun anew, and returns a row for each. */
export function discardScan(key: RunKey, size: number): Statement {
  return sql`DELETE FROM device_stage WHERE (tenant_id, sync_run_id, carrier_device_id) IN (
    SELECT tenant_id, sync_run_id, carrier_device_id FROM device_stage
    WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id} LIMIT ${size}) RETURNING 1`
}

/** Stores what the scan proved, how many devices it found, and how many of those are refused for what they say themselves. */
export function saveCertificate(run: SeenRun, certificate: string, staged: number): Statement {
  return sql`
    UPDATE sync_run SET certificate = ${certificate},
      staged = ${staged},
      rejected = (SELECT count(*) FROM device_stage s INDEXED BY device_stage_rejected
        WHERE s.tenant_id = ${run.tenantId} AND s.sync_run_id = ${run.id} AND s.rejection IS NOT NULL)
    WHERE ${isInPhase(run, "devices")}`
}

/** Where rows of ended runs are left over: staging, and what was promoted and never published. */
const LEFTOVERS = ["device_stage", "content_stage", "usage_stage", "device_next", "device_usage_next"] as const

const leftovers = (table: string, tenantId: string, serviceProviderId: string): SQL => sql`
  tenant_id = ${tenantId} AND sync_run_id IN (SELECT id FROM sync_run WHERE tenant_id = ${tenantId}
    AND service_provider_id = ${serviceProviderId} AND status <> 'active')
  ${
    table.endsWith("_next")
      ? sql`AND service_provider_id = ${serviceProviderId} AND sync_run_id NOT IN (
    SELECT unsettled_run_id FROM inventory_publication WHERE tenant_id = ${tenantId}
      AND service_provider_id = ${serviceProviderId} AND unsettled_run_id IS NOT NULL)`
      : sql``
  }`

/** Whether ended runs of the provider left rows. An active run keeps its own, and a published one what is unsettled. */
export function hasLeftovers(tenantId: string, serviceProviderId: string): Statement {
  const any = LEFTOVERS.map(
    (table) => sql`EXISTS (SELECT 1 FROM ${sql.raw(table)} WHERE ${leftovers(table, tenantId, serviceProviderId)})`,
  )
  return sql`SELECT ${sql.join(any, sql` OR `)} AS found`
}

/** Takes up to `size` such rows away from each table. */
export function discardLeftovers(tenantId: string, serviceProviderId: string, size: number): readonly Statement[] {
  return LEFTOVERS.map((name) => {
    const table = sql.raw(name)
    const provider = name.endsWith("_next") ? ", service_provider_id" : ""
    const own = name === "content_stage" ? "content_hash" : "carrier_device_id"
    const key = sql.raw(`tenant_id, sync_run_id, ${own}${provider}`)
    return sql`DELETE FROM ${table} WHERE (${key}) IN (
      SELECT ${key} FROM ${table} WHERE ${leftovers(name, tenantId, serviceProviderId)} LIMIT ${size})`
  })
}
