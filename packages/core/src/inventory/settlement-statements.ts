import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"

/** A published run whose rows are not all settled yet. */
export interface UnsettledRun {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly syncRunId: string
}

/** The unsettled run of a provider, and the last identifiers of its next chunks; null where nothing is left. */
export function nextSettlement(tenantId: string, serviceProviderId: string, size: number): Statement {
  const last = (table: string): SQL => sql`(SELECT max(id) FROM (
    SELECT n.carrier_device_id AS id FROM ${sql.raw(table)} n WHERE n.tenant_id = p.tenant_id
      AND n.service_provider_id = p.service_provider_id AND n.sync_run_id = p.unsettled_run_id
    ORDER BY n.carrier_device_id LIMIT ${size}))`
  return sql`
    SELECT p.unsettled_run_id AS "syncRunId", ${last("device_next")} AS "lastDevice",
      ${last("device_usage_next")} AS "lastUsage"
    FROM inventory_publication p WHERE p.tenant_id = ${tenantId} AND p.service_provider_id = ${serviceProviderId}
      AND p.unsettled_run_id IS NOT NULL`
}

const rowsUpTo = (run: UnsettledRun, last: string): SQL => sql`tenant_id = ${run.tenantId}
  AND service_provider_id = ${run.serviceProviderId} AND sync_run_id = ${run.syncRunId} AND carrier_device_id <= ${last}`

/** Moves a chunk of an unsettled run into `device`, and what it replaces into the history. Readers see no difference. */
export function settleDevices(run: UnsettledRun, last: string): readonly Statement[] {
  const chunk = sql`SELECT * FROM device_next WHERE ${rowsUpTo(run, last)}`
  return [
    sql`INSERT INTO device_version (tenant_id, service_provider_id, carrier_device_id, sync_run_id, id, iccid, status,
        carrier_status, carrier_rate_plan, communication_plan, missing_since, changed_at)
      SELECT d.tenant_id, d.service_provider_id, d.carrier_device_id, n.sync_run_id, d.id, d.iccid, d.status,
        d.carrier_status, d.carrier_rate_plan, d.communication_plan, d.missing_since, d.changed_at
      FROM (${chunk}) n JOIN device d ON d.tenant_id = n.tenant_id AND d.service_provider_id = n.service_provider_id
        AND d.carrier_device_id = n.carrier_device_id
      WHERE n.staged_at > coalesce(d.read_at, -1)
      ON CONFLICT DO NOTHING`,
    sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status,
        carrier_status, carrier_rate_plan, communication_plan, content_hash, missing_since, created_at, changed_at)
      SELECT tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status,
        carrier_rate_plan, communication_plan, content_hash, missing_since, created_at, changed_at
      FROM (${chunk}) n WHERE NOT EXISTS (SELECT 1 FROM device d WHERE d.tenant_id = n.tenant_id
        AND d.service_provider_id = n.service_provider_id AND d.carrier_device_id = n.carrier_device_id
        AND d.read_at >= n.staged_at)
      ON CONFLICT (tenant_id, service_provider_id, carrier_device_id) DO UPDATE SET iccid = excluded.iccid,
        iccid_key = excluded.iccid_key, status = excluded.status, carrier_status = excluded.carrier_status,
        carrier_rate_plan = excluded.carrier_rate_plan, communication_plan = excluded.communication_plan,
        content_hash = excluded.content_hash, missing_since = excluded.missing_since, changed_at = excluded.changed_at`,
    sql`DELETE FROM device_next WHERE ${rowsUpTo(run, last)}`,
  ]
}

export function settleUsage(run: UnsettledRun, last: string): readonly Statement[] {
  return [
    sql`INSERT INTO device_usage (tenant_id, service_provider_id, billing_period_id, carrier_device_id, bytes, sms_count, updated_at)
      SELECT tenant_id, service_provider_id, billing_period_id, carrier_device_id, bytes, sms_count, updated_at
      FROM device_usage_next WHERE ${rowsUpTo(run, last)}
      ON CONFLICT (tenant_id, service_provider_id, billing_period_id, carrier_device_id) DO UPDATE SET
        bytes = excluded.bytes, sms_count = excluded.sms_count, updated_at = excluded.updated_at`,
    sql`DELETE FROM device_usage_next WHERE ${rowsUpTo(run, last)}`,
  ]
}

export function endSettlement(run: UnsettledRun): Statement {
  return sql`UPDATE inventory_publication SET unsettled_run_id = NULL WHERE tenant_id = ${run.tenantId}
    AND service_provider_id = ${run.serviceProviderId} AND unsettled_run_id = ${run.syncRunId}`
}
