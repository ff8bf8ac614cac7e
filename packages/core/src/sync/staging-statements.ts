import { type SQL, sql } from "drizzle-orm"
import type { ListedUsage } from "../ports/mod.ts"
import type { Statement } from "../store/mod.ts"
import { isInPhase, type RunKey, type SeenRun } from "./run-statements.ts"

/** Devices of which the list says the same. */
export interface AlikeDevices {
  /** Null where each device is named by its own. */
  readonly iccid: string | null
  readonly status: string
  readonly carrierStatus: string
  readonly ratePlan: string | null
  readonly communicationPlan: string | null
  readonly contentHash: string
  readonly rejection: string | null
  readonly carrierDeviceIds: readonly string[]
}

/**
 * Stages devices of the list. One read again replaces what was staged of it: the later answer is the truer one. What devices
 * have in common is handed over once: taking JSON apart is most of what a row costs.
 *
 * @param askedAt Before the carrier was asked for the first of them.
 */
export function stageDevices(key: RunKey, groups: readonly AlikeDevices[], askedAt: number): Statement {
  const values = groups.map((alike) => [
    alike.carrierDeviceIds,
    alike.iccid,
    alike.status,
    alike.carrierStatus,
    alike.ratePlan,
    alike.communicationPlan,
    alike.contentHash,
    alike.rejection,
  ])
  // Materialized, or each group would be taken apart for each of its devices.
  return sql`
    WITH alike AS MATERIALIZED (SELECT value->0 AS ids, value->>1 AS iccid, value->>2 AS status, value->>3 AS carrier_status,
      value->>4 AS rate_plan, value->>5 AS communication_plan, value->>6 AS content_hash, value->>7 AS rejection
      FROM json_each(${JSON.stringify(values)}))
    INSERT OR REPLACE INTO device_stage (tenant_id, sync_run_id, carrier_device_id, iccid, status, carrier_status, rate_plan,
      communication_plan, content_hash, rejection, staged_at)
    SELECT ${key.tenantId}, ${key.id}, d.value, coalesce(a.iccid, d.value), a.status, a.carrier_status, a.rate_plan,
      a.communication_plan, a.content_hash, a.rejection, ${askedAt}
    FROM alike a CROSS JOIN json_each(a.ids) d`
}

/** Stages usage rows; a page read again replaces what it said before and adds nothing. */
export function stageUsage(key: RunKey, rows: readonly ListedUsage[]): Statement {
  const values = rows.map(({ carrierDeviceId, part, bytes, smsCount }) => [carrierDeviceId, part, bytes, smsCount])
  return sql`
    INSERT OR REPLACE INTO usage_stage (tenant_id, sync_run_id, carrier_device_id, part, bytes, sms_count)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3
    FROM json_each(${JSON.stringify(values)})`
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

export function restartScan(run: SeenRun): readonly Statement[] {
  const isListing = sql`EXISTS (SELECT 1 FROM sync_run WHERE ${isInPhase(run, "devices")})`
  return [
    sql`DELETE FROM device_stage WHERE tenant_id = ${run.tenantId} AND sync_run_id = ${run.id} AND ${isListing}`,
    sql`UPDATE sync_run SET checkpoint = NULL, pages = 0, restarts = restarts + 1 WHERE ${isInPhase(run, "devices")}`,
  ]
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
const LEFTOVERS = ["device_stage", "usage_stage", "device_next", "device_usage_next"] as const

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
    const parts = name === "usage_stage" ? ", part" : name.endsWith("_next") ? ", service_provider_id" : ""
    const key = sql.raw(`tenant_id, sync_run_id, carrier_device_id${parts}`)
    return sql`DELETE FROM ${table} WHERE (${key}) IN (
      SELECT ${key} FROM ${table} WHERE ${leftovers(name, tenantId, serviceProviderId)} LIMIT ${size})`
  })
}
