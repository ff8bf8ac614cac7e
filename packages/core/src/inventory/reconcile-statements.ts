import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"

/** Some devices of a provider: after one identifier, up to and with another. */
export interface DeviceRange {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly after: string
  readonly last: string
}

const inRange = (alias: string, range: DeviceRange): SQL => {
  const of = sql.raw(alias)
  return sql`${of}.tenant_id = ${range.tenantId} AND ${of}.service_provider_id = ${range.serviceProviderId}
    AND ${of}.carrier_device_id > ${range.after} AND ${of}.carrier_device_id <= ${range.last}`
}

/** A row where the provider has archived devices, or none. */
export function anyArchived(tenantId: string, serviceProviderId: string): Statement {
  return sql`
    SELECT 1 FROM device_assignment WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId}
      AND archived_at IS NOT NULL LIMIT 1`
}

/** The last identifier of the next chunk of a provider's devices, or null. */
export function nextDevices(range: Omit<DeviceRange, "last">, size: number): Statement {
  return sql`
    SELECT max(id) AS last FROM (SELECT carrier_device_id AS id FROM device WHERE tenant_id = ${range.tenantId}
      AND service_provider_id = ${range.serviceProviderId} AND carrier_device_id > ${range.after}
      ORDER BY carrier_device_id LIMIT ${size})`
}

/** Gives listed devices without a site the default one, and returns them. A site that a device has stays. */
export function giveDefaultSite(range: DeviceRange, siteId: string, now: number): Statement {
  return sql`
    INSERT INTO device_assignment (tenant_id, service_provider_id, carrier_device_id, customer_id, site_id, updated_at)
    SELECT d.tenant_id, d.service_provider_id, d.carrier_device_id, s.customer_id, s.id, ${now}
    FROM device d JOIN site s ON s.tenant_id = d.tenant_id AND s.id = ${siteId}
    WHERE ${inRange("d", range)} AND d.missing_since IS NULL
      AND NOT EXISTS (SELECT 1 FROM device_assignment a WHERE a.tenant_id = d.tenant_id
        AND a.service_provider_id = d.service_provider_id AND a.carrier_device_id = d.carrier_device_id
        AND (a.site_id IS NOT NULL OR a.customer_id IS NOT NULL))
    ON CONFLICT (tenant_id, service_provider_id, carrier_device_id) DO UPDATE SET customer_id = excluded.customer_id,
      site_id = excluded.site_id, updated_at = excluded.updated_at
    RETURNING 1`
}

/** Restores archived devices that are listed and used anything since they were archived, and returns them. */
export function restoreActive(range: DeviceRange, billingPeriodId: string, now: number): Statement {
  return sql`
    UPDATE device_assignment SET archived_at = NULL, updated_at = ${now}
    WHERE ${inRange("device_assignment", range)} AND archived_at IS NOT NULL
      AND EXISTS (SELECT 1 FROM device d WHERE d.tenant_id = device_assignment.tenant_id
        AND d.service_provider_id = device_assignment.service_provider_id
        AND d.carrier_device_id = device_assignment.carrier_device_id AND d.missing_since IS NULL)
      AND EXISTS (SELECT 1 FROM device_usage u WHERE u.tenant_id = device_assignment.tenant_id
        AND u.service_provider_id = device_assignment.service_provider_id AND u.billing_period_id = ${billingPeriodId}
        AND u.carrier_device_id = device_assignment.carrier_device_id AND (u.bytes > 0 OR u.sms_count > 0)
        AND u.updated_at > device_assignment.archived_at)
    RETURNING 1`
}
