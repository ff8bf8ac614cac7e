import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"

// What is asked of single devices, next to what lists of them say.

interface ProviderScope {
  readonly tenantId: string
  readonly serviceProviderId: string
}

/** A number that may name a device. Of an ICCID the first 19 digits. */
export interface DeviceIdentifier {
  readonly kind: "iccid" | "eid" | "imei" | "msisdn"
  readonly value: string
}

const COLUMNS: Readonly<Record<DeviceIdentifier["kind"], string>> = {
  iccid: "iccid_key",
  eid: "eid",
  imei: "imei",
  msisdn: "msisdn",
}

/**
 * Which devices have one of some numbers of a kind: at most a handful for each. The index is named, because SQLite would
 * rather walk all of the tenant's devices.
 */
export function devicesByIdentifier(filter: {
  readonly tenantId: string
  readonly serviceProviderIds: readonly string[]
  readonly kind: DeviceIdentifier["kind"]
  readonly values: readonly string[]
}): Statement {
  const { tenantId, kind } = filter
  const values = sql`(SELECT value FROM json_each(${JSON.stringify(filter.values)}))`
  const providers = sql`(SELECT value FROM json_each(${JSON.stringify(filter.serviceProviderIds)}))`
  const column = sql.raw(COLUMNS[kind])
  // Rows of a published run that is not settled yet tell an ICCID and none of the other numbers.
  const unsettled = sql`
    UNION SELECT n.iccid_key, n.service_provider_id, n.carrier_device_id
    FROM inventory_publication p CROSS JOIN device_next n INDEXED BY device_next_iccid ON n.tenant_id = p.tenant_id
      AND n.service_provider_id = p.service_provider_id AND n.sync_run_id = p.unsettled_run_id
    WHERE p.tenant_id = ${tenantId} AND p.service_provider_id IN ${providers} AND n.iccid_key IN ${values}`
  return sql`
    SELECT d.${column} AS value, d.service_provider_id AS "serviceProviderId", d.carrier_device_id AS "carrierDeviceId"
    FROM device d INDEXED BY ${sql.raw(`device_${kind}`)}
    WHERE d.tenant_id = ${tenantId} AND d.${column} IN ${values} AND d.service_provider_id IN ${providers}
    ${kind === "iccid" ? unsettled : sql.raw("")}`
}

/** What single reads told of devices; those never read alone are left out. */
export function deviceDetails(scope: ProviderScope, carrierDeviceIds: readonly string[]): Statement {
  return sql`
    SELECT carrier_device_id AS "carrierDeviceId", msisdn, imei, eid, fields FROM device
    WHERE tenant_id = ${scope.tenantId} AND service_provider_id = ${scope.serviceProviderId} AND fields IS NOT NULL
      AND carrier_device_id IN (SELECT value FROM json_each(${JSON.stringify(carrierDeviceIds)}))`
}

/**
 * What devices used in the billing period that holds `now`, and up to when they may have used anything: for each period
 * with usage its end, or when it was read where that is earlier. Devices without any usage are left out.
 */
export function usageFacts(scope: ProviderScope, carrierDeviceIds: readonly string[], now: number): Statement {
  const { tenantId, serviceProviderId } = scope
  const listed = sql`(SELECT value FROM json_each(${JSON.stringify(carrierDeviceIds)}))`
  const arm = (from: SQL): SQL => sql`
    SELECT u.carrier_device_id, iif(p.starts_at <= ${now} AND p.ends_at > ${now}, u.bytes, 0) AS bytes,
      iif(u.bytes > 0 OR u.sms_count > 0, min(u.updated_at, p.ends_at - 1), NULL) AS used_until ${from}
    JOIN billing_period p ON p.tenant_id = u.tenant_id AND p.id = u.billing_period_id
    WHERE u.tenant_id = ${tenantId} AND u.service_provider_id = ${serviceProviderId} AND u.carrier_device_id IN ${listed}`
  // The primary key leads with the billing period: it is walked period by period.
  const stored = sql`
    SELECT u.carrier_device_id, iif(p.starts_at <= ${now} AND p.ends_at > ${now}, u.bytes, 0) AS bytes,
      iif(u.bytes > 0 OR u.sms_count > 0, min(u.updated_at, p.ends_at - 1), NULL) AS used_until
    FROM billing_period p CROSS JOIN device_usage u ON u.tenant_id = p.tenant_id
      AND u.service_provider_id = p.service_provider_id AND u.billing_period_id = p.id
    WHERE p.tenant_id = ${tenantId} AND p.service_provider_id = ${serviceProviderId} AND u.carrier_device_id IN ${listed}`
  const unsettled = arm(sql`
    FROM inventory_publication r JOIN device_usage_next u ON u.tenant_id = r.tenant_id
      AND u.service_provider_id = r.service_provider_id AND u.sync_run_id = r.unsettled_run_id`)
  return sql`
    SELECT carrier_device_id AS "carrierDeviceId", max(bytes) AS "currentBytes", max(used_until) AS "usedUntil"
    FROM (${stored} UNION ALL ${unsettled}) GROUP BY carrier_device_id`
}

/** A SIM or equipment number that a device had before. */
export interface ReplacedIdentifier {
  readonly kind: "iccid" | "imei"
  readonly value: string
  readonly replacedBy: string
  readonly replacedAt: number
}

/**
 * Gives a device its new SIM, its new equipment, or both, and keeps the old numbers. Written again it changes nothing. Where
 * a sync listed the new SIM first, that row is the device now, and the old one says that it was replaced.
 */
export function swapIdentifiers(
  scope: ProviderScope,
  swap: {
    readonly carrierDeviceId: string
    /** What the carrier calls it from now on. */
    readonly newCarrierDeviceId: string
    readonly iccid: string | null
    readonly imei: string | null
  },
  now: number,
): readonly Statement[] {
  const { tenantId, serviceProviderId } = scope
  const { iccid, imei } = swap
  const device = (id: string): SQL =>
    sql`tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId} AND carrier_device_id = ${id}`
  const keep = (kind: "iccid" | "imei", value: string): Statement => sql`
    INSERT INTO replaced_identifier (tenant_id, service_provider_id, kind, value, device_id, replaced_by, replaced_at)
    SELECT tenant_id, service_provider_id, ${kind}, ${sql.raw(kind)}, id, ${value}, ${now} FROM device
    WHERE ${device(swap.carrierDeviceId)} AND ${sql.raw(kind)} IS NOT NULL AND ${sql.raw(kind)} <> ${value}
    ON CONFLICT DO NOTHING`
  const isRenamed = swap.newCarrierDeviceId !== swap.carrierDeviceId
  const moved = isRenamed
    ? [
        sql`UPDATE OR IGNORE device SET carrier_device_id = ${swap.newCarrierDeviceId} WHERE ${device(swap.carrierDeviceId)}`,
        sql`UPDATE device SET status = 'replaced', changed_at = ${now} WHERE ${device(swap.carrierDeviceId)}`,
        sql`UPDATE OR IGNORE device_usage SET carrier_device_id = ${swap.newCarrierDeviceId}
          WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId}
            AND billing_period_id IN (SELECT id FROM billing_period WHERE tenant_id = ${tenantId}
              AND service_provider_id = ${serviceProviderId})
            AND carrier_device_id = ${swap.carrierDeviceId}`,
        sql`UPDATE OR IGNORE device_assignment SET carrier_device_id = ${swap.newCarrierDeviceId}
          WHERE ${device(swap.carrierDeviceId)}`,
      ]
    : []
  return [
    ...(iccid === null ? [] : [keep("iccid", iccid)]),
    ...(imei === null ? [] : [keep("imei", imei)]),
    ...moved,
    sql`UPDATE device SET iccid = coalesce(${iccid}, iccid), iccid_key = coalesce(substr(${iccid}, 1, 19), iccid_key),
      imei = coalesce(${imei}, imei), changed_at = ${now} WHERE ${device(swap.newCarrierDeviceId)}`,
  ]
}

/** Numbers that a device had before, newest first. */
export function selectReplacedIdentifiers(tenantId: string, deviceId: string): Statement {
  return sql`
    SELECT kind, value, replaced_by AS "replacedBy", replaced_at AS "replacedAt" FROM replaced_identifier
    WHERE tenant_id = ${tenantId} AND device_id = ${deviceId} ORDER BY replaced_at DESC, kind`
}
