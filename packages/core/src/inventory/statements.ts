import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm"
import type { BillingPeriod, CommunicationPlan, Device, DeviceStatus, RatePlan } from "../domain/mod.ts"
import type { ListedDevice } from "../ports/mod.ts"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import { billingPeriod, communicationPlan, device, permittedRatePlan, ratePlan } from "./schema.ts"

const deviceColumns = {
  id: device.id,
  serviceProviderId: device.serviceProviderId,
  carrierDeviceId: device.carrierDeviceId,
  iccid: device.iccid,
  status: sql<DeviceStatus>`${device.status}`,
  carrierRatePlan: device.carrierRatePlan,
  communicationPlan: device.communicationPlan,
  missingSince: device.missingSince,
  changedAt: device.changedAt,
}

/** Devices of a tenant in the order of their ids, after one of them. Uses `device_id`. */
export function selectDevices(
  db: ReadDatabase,
  filter: {
    readonly tenantId: string
    readonly serviceProviderId?: string
    readonly id?: string
    readonly after: string
    readonly limit: number
  },
): Promise<Device[]> {
  return db
    .select(deviceColumns)
    .from(device)
    .where(
      and(
        eq(device.tenantId, filter.tenantId),
        gt(device.id, filter.after),
        filter.serviceProviderId === undefined ? undefined : eq(device.serviceProviderId, filter.serviceProviderId),
        filter.id === undefined ? undefined : eq(device.id, filter.id),
      ),
    )
    .orderBy(asc(device.id))
    .limit(filter.limit)
}

/**
 * Devices of a tenant by the first 19 digits of their ICCID: a handful at most. The index is named, because SQLite would
 * rather walk all of the tenant's devices.
 */
export function devicesByIccid(filter: {
  readonly tenantId: string
  readonly iccidKey: string
  readonly serviceProviderId: string | null
  readonly after: string
  readonly limit: number
}): Statement {
  return sql`
    SELECT id, service_provider_id AS "serviceProviderId", carrier_device_id AS "carrierDeviceId", iccid, status,
      carrier_rate_plan AS "carrierRatePlan", communication_plan AS "communicationPlan",
      missing_since AS "missingSince", changed_at AS "changedAt"
    FROM device INDEXED BY device_iccid
    WHERE tenant_id = ${filter.tenantId} AND iccid_key = ${filter.iccidKey} AND id > ${filter.after}
      AND service_provider_id = coalesce(${filter.serviceProviderId}, service_provider_id)
    ORDER BY id LIMIT ${filter.limit}`
}

export function selectDevicesByCarrierId(
  db: ReadDatabase,
  filter: {
    readonly tenantId: string
    readonly serviceProviderId: string
    readonly carrierDeviceIds: readonly string[]
  },
): Promise<Device[]> {
  return db
    .select(deviceColumns)
    .from(device)
    .where(
      and(
        eq(device.tenantId, filter.tenantId),
        eq(device.serviceProviderId, filter.serviceProviderId),
        sql`${device.carrierDeviceId} IN (SELECT value FROM json_each(${JSON.stringify(filter.carrierDeviceIds)}))`,
      ),
    )
}

/** A device with what it used in one billing period. */
export interface DeviceWithUsage {
  readonly carrierDeviceId: string
  readonly status: DeviceStatus
  readonly carrierRatePlan: string | null
  readonly communicationPlan: string | null
  readonly bytes: number
  readonly smsCount: number
}

/** Listed devices of a provider with their usage, in the order of the carrier's identifiers. Uses the primary keys. */
export function devicesWithUsage(filter: {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly after: string
  readonly limit: number
}): Statement {
  return sql`
    SELECT d.carrier_device_id AS "carrierDeviceId", d.status, d.carrier_rate_plan AS "carrierRatePlan",
      d.communication_plan AS "communicationPlan", coalesce(u.bytes, 0) AS bytes, coalesce(u.sms_count, 0) AS "smsCount"
    FROM device d LEFT JOIN device_usage u
      ON u.tenant_id = d.tenant_id AND u.service_provider_id = d.service_provider_id
        AND u.billing_period_id = ${filter.billingPeriodId} AND u.carrier_device_id = d.carrier_device_id
    WHERE d.tenant_id = ${filter.tenantId} AND d.service_provider_id = ${filter.serviceProviderId}
      AND d.carrier_device_id > ${filter.after} AND d.missing_since IS NULL
    ORDER BY d.carrier_device_id LIMIT ${filter.limit}`
}

export function countDevices(tenantId: string, serviceProviderId: string): Statement {
  return sql`
    SELECT count(*) AS count FROM device
    WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId} AND missing_since IS NULL`
}

export function countUsage(tenantId: string, serviceProviderId: string, billingPeriodId: string): Statement {
  return sql`
    SELECT count(*) AS count FROM device_usage WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId}
      AND billing_period_id = ${billingPeriodId} AND (bytes > 0 OR sms_count > 0)`
}

/** What a read of the carrier said of one device: everything that its content hash covers. */
export function updateDevice(read: {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly device: ListedDevice
  readonly contentHash: string
  readonly now: number
}): Statement {
  const { device: row } = read
  return sql`
    UPDATE device SET iccid = ${row.iccid}, iccid_key = ${row.iccid.slice(0, 19)}, status = ${row.status},
      carrier_status = ${row.carrierStatus}, carrier_rate_plan = ${row.ratePlan},
      communication_plan = ${row.communicationPlan}, content_hash = ${read.contentHash}, changed_at = ${read.now}
    WHERE tenant_id = ${read.tenantId} AND service_provider_id = ${read.serviceProviderId}
      AND carrier_device_id = ${row.carrierDeviceId} AND content_hash <> ${read.contentHash}`
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
  return sql`
    SELECT DISTINCT d.communication_plan AS name FROM device d
    WHERE d.tenant_id = ${tenantId} AND d.service_provider_id = ${serviceProviderId} AND d.communication_plan IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM communication_plan c WHERE c.tenant_id = d.tenant_id
        AND c.service_provider_id = d.service_provider_id AND c.name = d.communication_plan)
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
