import { and, asc, eq, type SQL, sql } from "drizzle-orm"
import type { BillingPeriod, CommunicationPlan, DeviceStatus, RatePlan } from "../domain/mod.ts"
import type { ListedDevice } from "../ports/mod.ts"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import { billingPeriod, communicationPlan, permittedRatePlan, ratePlan } from "./schema.ts"

// Readers see a device as its row in `device`, or, while the published run is being settled, as that run's row in
// `device_next` where there is one and the carrier was not asked about the device since.

/** The published run of `d`'s provider, while it is unsettled. */
const unsettledRun = sql`(SELECT p.unsettled_run_id FROM inventory_publication p
  WHERE p.tenant_id = d.tenant_id AND p.service_provider_id = d.service_provider_id)`

/** Whether `d` itself is what readers see. */
const isCurrent = sql`NOT EXISTS (SELECT 1 FROM device_next n WHERE n.tenant_id = d.tenant_id
  AND n.service_provider_id = d.service_provider_id AND n.sync_run_id = ${unsettledRun}
  AND n.carrier_device_id = d.carrier_device_id AND n.staged_at > coalesce(d.read_at, -1))`

/** The rows `n` that readers see in the place of `d`, which is empty for new devices. Goes on with AND. */
const unsettledDevices = (
  tenantId: string,
  serviceProviderId: string | undefined,
  by = sql.raw(""),
  joined = sql.raw(""),
): SQL => sql`
  FROM inventory_publication p CROSS JOIN device_next n ${by} ON n.tenant_id = p.tenant_id
      AND n.service_provider_id = p.service_provider_id AND n.sync_run_id = p.unsettled_run_id
    LEFT JOIN device d ON d.tenant_id = n.tenant_id AND d.service_provider_id = n.service_provider_id
      AND d.carrier_device_id = n.carrier_device_id
    ${joined}
  WHERE p.tenant_id = ${tenantId} ${ofProvider("p", serviceProviderId)} AND n.staged_at > coalesce(d.read_at, -1)`

const ofProvider = (alias: "d" | "p", serviceProviderId: string | undefined): SQL =>
  serviceProviderId === undefined ? sql.raw("") : sql`AND ${sql.raw(alias)}.service_provider_id = ${serviceProviderId}`

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

/** Listed devices of a provider with their usage, in the order of the carrier's identifiers. Uses the primary keys. */
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
    ${arm(
      "d",
      sql`FROM device d ${usage("d")} WHERE d.tenant_id = ${tenantId} AND d.service_provider_id = ${serviceProviderId}
        AND ${isCurrent}`,
    )}
    UNION ALL
    ${arm("n", unsettledDevices(tenantId, serviceProviderId, sql.raw(""), usage("n")))}
    ORDER BY 1 LIMIT ${filter.limit}`
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

/**
 * What a read of the carrier said of one device: everything that its content hash covers, and when. A device that only an
 * unsettled run knows gets its row here, before the run's own; one that nobody knows only where it is given an id.
 */
export function recordRead(read: {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly device: ListedDevice
  readonly contentHash: string
  readonly now: number
  readonly newId?: string
}): Statement {
  const { tenantId, serviceProviderId, device: row, now } = read
  const details = row.details
  const ofNobody = read.newId === undefined ? sql.raw("") : sql`UNION ALL SELECT ${read.newId}, ${now}`
  return sql`
    INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status,
      carrier_rate_plan, communication_plan, content_hash, created_at, changed_at, read_at, msisdn, imei, eid, fields)
    SELECT ${tenantId}, ${serviceProviderId}, ${row.carrierDeviceId}, known.id, ${row.iccid}, ${row.iccid.slice(0, 19)},
      ${row.status}, ${row.carrierStatus}, ${row.ratePlan}, ${row.communicationPlan}, ${read.contentHash},
      known.created_at, ${now}, ${now}, ${details?.msisdn ?? null}, ${details?.imei ?? null}, ${details?.eid ?? null},
      ${details ? JSON.stringify(details.fields) : null}
    FROM (
      SELECT id, created_at FROM device WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId}
        AND carrier_device_id = ${row.carrierDeviceId}
      UNION ALL
      SELECT n.id, n.created_at ${unsettledDevices(tenantId, serviceProviderId)}
        AND n.carrier_device_id = ${row.carrierDeviceId}
      ${ofNobody}
      LIMIT 1) known
    WHERE true
    ON CONFLICT (tenant_id, service_provider_id, carrier_device_id) DO UPDATE SET
      changed_at = CASE WHEN content_hash <> excluded.content_hash OR missing_since IS NOT NULL THEN excluded.changed_at
        ELSE changed_at END,
      iccid = excluded.iccid, iccid_key = excluded.iccid_key, status = excluded.status,
      carrier_status = excluded.carrier_status, carrier_rate_plan = excluded.carrier_rate_plan,
      communication_plan = excluded.communication_plan, content_hash = excluded.content_hash, missing_since = NULL,
      read_at = excluded.read_at, msisdn = coalesce(excluded.msisdn, msisdn), imei = coalesce(excluded.imei, imei),
      eid = coalesce(excluded.eid, eid), fields = coalesce(excluded.fields, fields)`
}

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

export function insertBillingPeriod(
  row: BillingPeriod & { readonly tenantId: string; readonly serviceProviderId: string; readonly id: string },
): Statement {
  return sql`
    INSERT INTO billing_period (tenant_id, service_provider_id, starts_at, id, ends_at, time_zone)
    VALUES (${row.tenantId}, ${row.serviceProviderId}, ${row.startsAt}, ${row.id}, ${row.endsAt}, ${row.timeZone})
    ON CONFLICT DO NOTHING`
}

export interface StoredBillingPeriod extends BillingPeriod {
  readonly id: string
  readonly serviceProviderId: string
}

const periodColumns = {
  id: billingPeriod.id,
  serviceProviderId: billingPeriod.serviceProviderId,
  startsAt: billingPeriod.startsAt,
  endsAt: billingPeriod.endsAt,
  timeZone: billingPeriod.timeZone,
}

export function selectBillingPeriod(db: ReadDatabase, tenantId: string, id: string): Promise<StoredBillingPeriod[]> {
  return db
    .select(periodColumns)
    .from(billingPeriod)
    .where(and(eq(billingPeriod.tenantId, tenantId), eq(billingPeriod.id, id)))
}

export function selectBillingPeriodStarting(
  db: ReadDatabase,
  tenantId: string,
  serviceProviderId: string,
  startsAt: number,
): Promise<StoredBillingPeriod[]> {
  return db
    .select(periodColumns)
    .from(billingPeriod)
    .where(
      and(
        eq(billingPeriod.tenantId, tenantId),
        eq(billingPeriod.serviceProviderId, serviceProviderId),
        eq(billingPeriod.startsAt, startsAt),
      ),
    )
}

/** A rate plan to store. Prices that the carrier omits (`null`) leave what an operator entered. */
export interface RatePlanRow {
  readonly id: string
  readonly name: string
  readonly monthly: number | null
  readonly includedBytes: number | null
  readonly pool: string | null
  readonly overageCost: number | null
  readonly overageBlockBytes: number | null
  readonly overageRounding: string
  readonly smsIncluded: number
  readonly smsCost: number
  readonly version: number
}

export function upsertRatePlan(tenantId: string, serviceProviderId: string, row: RatePlanRow, now: number): Statement {
  return sql`
    INSERT INTO rate_plan (tenant_id, service_provider_id, name, id, monthly, included_bytes, pool, overage_cost,
      overage_block_bytes, overage_rounding, sms_included, sms_cost, version, updated_at)
    VALUES (${tenantId}, ${serviceProviderId}, ${row.name}, ${row.id}, ${row.monthly}, ${row.includedBytes}, ${row.pool},
      ${row.overageCost}, ${row.overageBlockBytes}, ${row.overageRounding}, ${row.smsIncluded}, ${row.smsCost}, ${row.version}, ${now})
    ON CONFLICT (tenant_id, service_provider_id, name) DO UPDATE SET
      monthly = coalesce(excluded.monthly, monthly), included_bytes = coalesce(excluded.included_bytes, included_bytes),
      pool = excluded.pool, overage_cost = coalesce(excluded.overage_cost, overage_cost),
      overage_block_bytes = coalesce(excluded.overage_block_bytes, overage_block_bytes),
      overage_rounding = excluded.overage_rounding, sms_included = excluded.sms_included, sms_cost = excluded.sms_cost,
      version = excluded.version, updated_at = excluded.updated_at`
}

/** A rate plan as stored: prices may still be unknown. */
export type StoredRatePlan = Omit<RatePlan, "monthly" | "includedBytes" | "overageCost" | "overageBlockBytes"> & {
  readonly monthly: number | null
  readonly includedBytes: number | null
  readonly overageCost: number | null
  readonly overageBlockBytes: number | null
  /** Part of `monthly` that is the rate charge. */
  readonly rateCharge: number
  readonly planType: string | null
  readonly version: number
}

export function selectRatePlans(
  db: ReadDatabase,
  tenantId: string,
  serviceProviderId: string,
): Promise<StoredRatePlan[]> {
  return db
    .select({
      id: ratePlan.id,
      serviceProviderId: ratePlan.serviceProviderId,
      name: ratePlan.name,
      monthly: ratePlan.monthly,
      rateCharge: ratePlan.rateCharge,
      planType: ratePlan.planType,
      includedBytes: ratePlan.includedBytes,
      pool: ratePlan.pool,
      overageCost: ratePlan.overageCost,
      overageBlockBytes: ratePlan.overageBlockBytes,
      overageRounding: sql<RatePlan["overageRounding"]>`${ratePlan.overageRounding}`,
      smsIncluded: ratePlan.smsIncluded,
      smsCost: ratePlan.smsCost,
      version: ratePlan.version,
    })
    .from(ratePlan)
    .where(and(eq(ratePlan.tenantId, tenantId), eq(ratePlan.serviceProviderId, serviceProviderId)))
    .orderBy(asc(ratePlan.name))
}

export async function selectCommunicationPlans(
  db: ReadDatabase,
  tenantId: string,
  serviceProviderId: string,
): Promise<CommunicationPlan[]> {
  const ofProvider = (table: typeof communicationPlan | typeof permittedRatePlan): SQL | undefined =>
    and(eq(table.tenantId, tenantId), eq(table.serviceProviderId, serviceProviderId))
  const plans = await db
    .select()
    .from(communicationPlan)
    .where(ofProvider(communicationPlan))
    .orderBy(asc(communicationPlan.name))
  const permitted = await db
    .select()
    .from(permittedRatePlan)
    .where(ofProvider(permittedRatePlan))
    .orderBy(asc(permittedRatePlan.ratePlan))
  return plans.map(({ id, name }) => ({
    id,
    serviceProviderId,
    name,
    permittedRatePlans: permitted.filter((row) => row.communicationPlan === name).map((row) => row.ratePlan),
  }))
}

export function insertCommunicationPlan(row: {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly name: string
  readonly id: string
  readonly now: number
}): Statement {
  return sql`
    INSERT INTO communication_plan (tenant_id, service_provider_id, name, id, created_at)
    VALUES (${row.tenantId}, ${row.serviceProviderId}, ${row.name}, ${row.id}, ${row.now})
    ON CONFLICT DO NOTHING`
}

/** Names of communication plans that devices carry and the list of plans does not. */
export function unknownCommunicationPlans(tenantId: string, serviceProviderId: string): Statement {
  const isUnknown = (
    alias: string,
  ): SQL => sql`NOT EXISTS (SELECT 1 FROM communication_plan c WHERE c.tenant_id = ${tenantId}
    AND c.service_provider_id = ${serviceProviderId} AND c.name = ${sql.raw(alias)}.communication_plan)`
  return sql`
    SELECT d.communication_plan AS name FROM device d
    WHERE d.tenant_id = ${tenantId} AND d.service_provider_id = ${serviceProviderId} AND d.communication_plan IS NOT NULL
      AND ${isUnknown("d")} AND ${isCurrent}
    UNION
    SELECT n.communication_plan AS name ${unsettledDevices(tenantId, serviceProviderId)}
      AND n.communication_plan IS NOT NULL AND ${isUnknown("n")}
    ORDER BY name`
}

export function replacePermittedRatePlans(
  tenantId: string,
  serviceProviderId: string,
  plan: string,
  ratePlans: readonly string[],
): readonly Statement[] {
  return [
    sql`DELETE FROM permitted_rate_plan WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId}
      AND communication_plan = ${plan}`,
    sql`INSERT INTO permitted_rate_plan (tenant_id, service_provider_id, communication_plan, rate_plan)
      SELECT ${tenantId}, ${serviceProviderId}, ${plan}, value FROM json_each(${JSON.stringify(ratePlans)})
      WHERE true ON CONFLICT DO NOTHING`,
  ]
}
