import { sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"
import { isRun, type RunKey } from "./run-statements.ts"

/** How many of the provider's devices come next after one of them, `size` at most, that are not missing; and the last of them. */
export function countPresent(tenantId: string, serviceProviderId: string, after: string, size: number): Statement {
  return sql`
    SELECT count(*) FILTER (WHERE c.missing_since IS NULL) AS count, max(c.id) AS "last"
    FROM (SELECT carrier_device_id AS id, missing_since FROM device
      WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId} AND carrier_device_id > ${after}
      ORDER BY carrier_device_id LIMIT ${size}) c`
}

/**
 * Marks devices whose absence the carrier confirmed, unseen like all of the run. Written twice, it counts once. The first
 * statement returns how many the run misses by then.
 */
export function markMissing(
  key: RunKey,
  serviceProviderId: string,
  absent: readonly { readonly carrierDeviceId: string; readonly askedAt: number }[],
  now: number,
): readonly Statement[] {
  const values = JSON.stringify(absent.map(({ carrierDeviceId, askedAt }) => [carrierDeviceId, askedAt]))
  const found = sql`FROM json_each(${values}) CROSS JOIN device d ON d.tenant_id = ${key.tenantId}
      AND d.service_provider_id = ${serviceProviderId} AND d.carrier_device_id = value->>0
    WHERE d.missing_since IS NULL AND coalesce(d.read_at, -1) < value->>1`
  return [
    sql`UPDATE sync_run SET missing = missing + (SELECT count(*) ${found}
        AND NOT EXISTS (SELECT 1 FROM device_next n WHERE n.tenant_id = d.tenant_id
          AND n.service_provider_id = d.service_provider_id AND n.sync_run_id = ${key.id}
          AND n.carrier_device_id = d.carrier_device_id))
      WHERE ${isRun(key)} RETURNING missing`,
    sql`INSERT INTO device_next (tenant_id, service_provider_id, sync_run_id, carrier_device_id, id, iccid, iccid_key, status,
        carrier_status, carrier_rate_plan, communication_plan, content_hash, missing_since, created_at, changed_at, staged_at)
      SELECT d.tenant_id, d.service_provider_id, ${key.id}, d.carrier_device_id, d.id, d.iccid, d.iccid_key, d.status,
        d.carrier_status, d.carrier_rate_plan, d.communication_plan, d.content_hash, ${now}, d.created_at, ${now}, value->>1
      ${found}
      ON CONFLICT DO NOTHING`,
  ]
}
