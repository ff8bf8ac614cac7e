import { type SQL, sql } from "drizzle-orm"
import type { DeviceStatus } from "../domain/mod.ts"
import type { ListedDevice } from "../ports/mod.ts"
import type { Statement } from "../store/mod.ts"
import { isCurrent, ofProvider, unsettledDevices } from "./reader-statements.ts"

const deviceColumns = (alias: "d" | "n"): SQL =>
  sql.raw(`${alias}.id AS id, ${alias}.service_provider_id AS "serviceProviderId",
    ${alias}.carrier_device_id AS "carrierDeviceId", ${alias}.iccid AS iccid, ${alias}.status AS status,
    ${alias}.carrier_rate_plan AS "carrierRatePlan", ${alias}.communication_plan AS "communicationPlan",
    ${alias}.missing_since AS "missingSince", ${alias}.changed_at AS "changedAt"`)

/** Devices of a tenant in the order of their ids, after one of them. Uses `device_id` and `device_next_id`. */
export function selectDevices(filter: {
  readonly tenantId: string
  readonly serviceProviderId?: string
  readonly id?: string
  readonly after: string
  readonly limit: number
}): Statement {
  const { tenantId, serviceProviderId, id } = filter
  const page = (alias: string): SQL =>
    id === undefined
      ? sql`AND ${sql.raw(alias)}.id > ${filter.after}`
      : sql`AND ${sql.raw(alias)}.id = ${id} AND ${id} > ${filter.after}`
  return sql`
    SELECT ${deviceColumns("d")} FROM device d INDEXED BY device_id
    WHERE d.tenant_id = ${tenantId} ${ofProvider("d", serviceProviderId)} ${page("d")} AND ${isCurrent}
    UNION ALL
    SELECT ${deviceColumns("n")} ${unsettledDevices(tenantId, serviceProviderId, sql.raw("INDEXED BY device_next_id"))} ${page("n")}
    ORDER BY id LIMIT ${filter.limit}`
}

/**
 * Devices of a tenant by the first 19 digits of their ICCID: a handful at most. The index is named, because SQLite would
 * rather walk all of the tenant's devices.
 */
export function devicesByIccid(filter: {
  readonly tenantId: string
  readonly iccidKey: string
  readonly serviceProviderId?: string
  readonly after: string
  readonly limit: number
}): Statement {
  const { tenantId, serviceProviderId, iccidKey, after } = filter
  return sql`
    SELECT ${deviceColumns("d")} FROM device d INDEXED BY device_iccid
    WHERE d.tenant_id = ${tenantId} AND d.iccid_key = ${iccidKey} AND d.id > ${after} ${ofProvider("d", serviceProviderId)}
      AND ${isCurrent}
    UNION ALL
    SELECT ${deviceColumns("n")} ${unsettledDevices(tenantId, serviceProviderId, sql.raw("INDEXED BY device_next_iccid"))}
      AND n.iccid_key = ${iccidKey} AND n.id > ${after}
    ORDER BY id LIMIT ${filter.limit}`
}

export function devicesByCarrierId(filter: {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly carrierDeviceIds: readonly string[]
}): Statement {
  const { tenantId, serviceProviderId } = filter
  const listed = sql`(SELECT value FROM json_each(${JSON.stringify(filter.carrierDeviceIds)}))`
  return sql`
    SELECT ${deviceColumns("d")} FROM device d WHERE d.tenant_id = ${tenantId}
      AND d.service_provider_id = ${serviceProviderId} AND d.carrier_device_id IN ${listed} AND ${isCurrent}
    UNION ALL
    SELECT ${deviceColumns("n")} ${unsettledDevices(tenantId, serviceProviderId)} AND n.carrier_device_id IN ${listed}`
}

/** A device with what it used in one billing period. */
export interface DeviceWithUsage {
  readonly carrierDeviceId: string
  readonly status: DeviceStatus
  readonly carrierRatePlan: string | null
  readonly communicationPlan: string | null
  readonly activatedAt: number | null
  readonly optimizationGroup: string | null
  readonly bytes: number
  readonly smsCount: number
  /** When the usage was read; null where there is none. */
  readonly usageAt: number | null
}

/**
 * Listed devices of a provider with their usage, in the order of the carrier's identifiers, as one JSON array of arrays in
 * the order of `DeviceWithUsage`: the client takes ten times as long over as many rows. Uses the primary keys.
 */
export function devicesWithUsage(filter: {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly after: string
  readonly limit: number
}): Statement {
  const { tenantId, serviceProviderId, billingPeriodId, after } = filter
  const arm = (alias: "d" | "n", rows: SQL): SQL => {
    const of = sql.raw(alias)
    // The unsettled run's usage in the place of the device's own.
    const used = (column: string, absent: SQL): SQL => sql`coalesce((
      SELECT ${sql.raw(`v.${column}`)} FROM device_usage_next v WHERE v.tenant_id = ${tenantId}
        AND v.service_provider_id = ${serviceProviderId} AND v.sync_run_id = (
          SELECT p.unsettled_run_id FROM inventory_publication p WHERE p.tenant_id = ${tenantId}
            AND p.service_provider_id = ${serviceProviderId})
        AND v.carrier_device_id = ${of}.carrier_device_id AND v.billing_period_id = ${billingPeriodId}
    ), ${sql.raw(`u.${column}`)}, ${absent})`
    return sql`
      SELECT ${of}.carrier_device_id AS "carrierDeviceId", ${of}.status, ${of}.carrier_rate_plan AS "carrierRatePlan",
        ${of}.communication_plan AS "communicationPlan", d.activated_at AS "activatedAt",
        d.optimization_group AS "optimizationGroup", ${used("bytes", sql`0`)} AS bytes,
        ${used("sms_count", sql`0`)} AS "smsCount", ${used("updated_at", sql`NULL`)} AS "usageAt"
      ${rows} AND ${of}.carrier_device_id > ${after} AND ${of}.missing_since IS NULL`
  }
  const usage = (alias: "d" | "n"): SQL => sql`LEFT JOIN device_usage u ON u.tenant_id = ${tenantId}
    AND u.service_provider_id = ${serviceProviderId} AND u.billing_period_id = ${billingPeriodId}
    AND u.carrier_device_id = ${sql.raw(alias)}.carrier_device_id`
  return sql`
    SELECT json_group_array(json_array("carrierDeviceId", status, "carrierRatePlan", "communicationPlan", "activatedAt",
      "optimizationGroup", bytes, "smsCount", "usageAt")) AS page FROM (
    ${arm(
      "d",
      sql`FROM device d ${usage("d")} WHERE d.tenant_id = ${tenantId} AND d.service_provider_id = ${serviceProviderId}
        AND ${isCurrent}`,
    )}
    UNION ALL
    ${arm("n", unsettledDevices(tenantId, serviceProviderId, sql.raw(""), usage("n")))}
    ORDER BY 1 LIMIT ${filter.limit})`
}

/** Counts the rows of `device`, then what the unsettled rows add and take away: they are few or none. */
export function countDevices(tenantId: string, serviceProviderId: string): Statement {
  return sql`
    SELECT (SELECT count(*) FROM device
      WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId} AND missing_since IS NULL)
      + (SELECT coalesce(sum((n.missing_since IS NULL) - (d.id IS NOT NULL AND d.missing_since IS NULL)), 0)
        ${unsettledDevices(tenantId, serviceProviderId)}) AS count`
}

/** Whether a provider lists any device: stops at the first. */
export function anyListedDevice(tenantId: string, serviceProviderId: string): Statement {
  return sql`
    SELECT EXISTS (SELECT 1 FROM device WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId}
        AND missing_since IS NULL)
      OR EXISTS (SELECT 1 ${unsettledDevices(tenantId, serviceProviderId)} AND n.missing_since IS NULL) AS found`
}

export function countUsage(tenantId: string, serviceProviderId: string, billingPeriodId: string): Statement {
  const used = (alias: string): SQL =>
    sql.raw(`(coalesce(${alias}.bytes, 0) > 0 OR coalesce(${alias}.sms_count, 0) > 0)`)
  return sql`
    SELECT (SELECT count(*) FROM device_usage u WHERE u.tenant_id = ${tenantId}
        AND u.service_provider_id = ${serviceProviderId} AND u.billing_period_id = ${billingPeriodId} AND ${used("u")})
      + (SELECT coalesce(sum(${used("v")} - ${used("u")}), 0) FROM inventory_publication p CROSS JOIN device_usage_next v
          ON v.tenant_id = p.tenant_id AND v.service_provider_id = p.service_provider_id AND v.sync_run_id = p.unsettled_run_id
        LEFT JOIN device_usage u ON u.tenant_id = v.tenant_id AND u.service_provider_id = v.service_provider_id
          AND u.billing_period_id = v.billing_period_id AND u.carrier_device_id = v.carrier_device_id
        WHERE p.tenant_id = ${tenantId} AND p.service_provider_id = ${serviceProviderId}
          AND v.billing_period_id = ${billingPeriodId}) AS count`
}

export function selectGeneration(tenantId: string, serviceProviderId: string): Statement {
  return sql`SELECT generation FROM inventory_publication
    WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId}`
}

/** What a read of the carrier said of one device. */
export interface DeviceRead {
  readonly device: ListedDevice
  readonly contentHash: string
  /** The id it gets where nobody knows it; without one it is left out then. */
  readonly newId: string | null
}

/**
 * What reads of the carrier said of some devices of a provider: everything that their content hashes cover, and when. A
 * device that only an unsettled run knows gets its row here, before the run's own.
 */
export function recordReads(
  scope: { readonly tenantId: string; readonly serviceProviderId: string },
  reads: readonly DeviceRead[],
  now: number,
): Statement {
  const { tenantId, serviceProviderId } = scope
  const values = reads.map(({ device, contentHash, newId }) => [
    device.carrierDeviceId,
    device.iccid,
    device.iccid.slice(0, 19),
    device.status,
    device.carrierStatus,
    device.ratePlan,
    device.communicationPlan,
    contentHash,
    newId,
    device.details?.msisdn ?? null,
    device.details?.imei ?? null,
    device.details?.eid ?? null,
    device.details ? JSON.stringify(device.details.fields) : null,
  ])
  const known = (column: "id" | "created_at", otherwise: SQL) => sql`coalesce(
    (SELECT ${sql.raw(column)} FROM device WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId}
      AND carrier_device_id = v.value->>0),
    (SELECT n.${sql.raw(column)} ${unsettledDevices(tenantId, serviceProviderId)} AND n.carrier_device_id = v.value->>0),
    ${otherwise})`
  return sql`
    INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status,
      carrier_rate_plan, communication_plan, content_hash, created_at, changed_at, read_at, msisdn, imei, eid, fields)
    SELECT ${tenantId}, ${serviceProviderId}, v.value->>0, ${known("id", sql.raw("v.value->>8"))} AS known_id, v.value->>1,
      v.value->>2, v.value->>3, v.value->>4, v.value->>5, v.value->>6, v.value->>7, ${known("created_at", sql`${now}`)},
      ${now}, ${now}, v.value->>9, v.value->>10, v.value->>11, v.value->>12
    FROM json_each(${JSON.stringify(values)}) v
    WHERE known_id IS NOT NULL
    ON CONFLICT (tenant_id, service_provider_id, carrier_device_id) DO UPDATE SET
      changed_at = CASE WHEN content_hash <> excluded.content_hash OR missing_since IS NOT NULL THEN excluded.changed_at
        ELSE changed_at END,
      iccid = excluded.iccid, iccid_key = excluded.iccid_key, status = excluded.status,
      carrier_status = excluded.carrier_status, carrier_rate_plan = excluded.carrier_rate_plan,
      communication_plan = excluded.communication_plan, content_hash = excluded.content_hash, missing_since = NULL,
      read_at = excluded.read_at, msisdn = coalesce(excluded.msisdn, msisdn), imei = coalesce(excluded.imei, imei),
      eid = coalesce(excluded.eid, eid), fields = coalesce(excluded.fields, fields)`
}
