import { and, asc, eq, gt, inArray, type SQL, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../../store/mod.ts"
import type { Customer, CustomerRatePlan, CustomerRatePool, Site } from "./customer.ts"
import type { DeviceAssignmentChange } from "./device-assignment.ts"
import { customer, customerRatePlan, customerRatePool, site } from "./schema.ts"

/** One page, in the order of ids. */
export interface Page {
  readonly tenantId: string
  readonly after: string
  readonly limit: number
}

/** Adds a customer or replaces its name and external id. */
export function upsertCustomer(row: Customer): Statement {
  return sql`
    INSERT INTO customer (tenant_id, id, name, external_id, created_at, updated_at)
    VALUES (${row.tenantId}, ${row.id}, ${row.name}, ${row.externalId}, ${row.createdAt}, ${row.updatedAt})
    ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, external_id = excluded.external_id,
      updated_at = excluded.updated_at`
}

export function selectCustomers(db: ReadDatabase, page: Page & { readonly id?: string }): Promise<Customer[]> {
  const only = page.id === undefined ? gt(customer.id, page.after) : eq(customer.id, page.id)
  return db
    .select()
    .from(customer)
    .where(and(eq(customer.tenantId, page.tenantId), only))
    .orderBy(asc(customer.id))
    .limit(page.limit)
}

/** Adds a site where its customer exists. */
export function insertSite(row: Site): Statement {
  return sql`
    INSERT INTO site (tenant_id, id, customer_id, name, created_at)
    SELECT tenant_id, ${row.id}, id, ${row.name}, ${row.createdAt} FROM customer
    WHERE tenant_id = ${row.tenantId} AND id = ${row.customerId}
    ON CONFLICT DO NOTHING`
}

export function selectSites(
  db: ReadDatabase,
  page: Page & { readonly customerId?: string; readonly id?: string },
): Promise<Site[]> {
  const only = page.id === undefined ? gt(site.id, page.after) : eq(site.id, page.id)
  const ofCustomer = page.customerId === undefined ? undefined : eq(site.customerId, page.customerId)
  return db
    .select()
    .from(site)
    .where(and(eq(site.tenantId, page.tenantId), only, ofCustomer))
    .orderBy(asc(site.id))
    .limit(page.limit)
}

/** Adds a customer rate plan or replaces what the one of its code says; the id of the first stays. */
export function upsertCustomerRatePlan(row: CustomerRatePlan): Statement {
  const flag = (value: boolean): number => (value ? 1 : 0)
  return sql`
    INSERT INTO customer_rate_plan (tenant_id, id, code, name, base_rate, rate_charge, included_bytes, overage_cost,
      overage_block_bytes, sms_cost, allows_sim_pooling, bill_in_advance, auto_change_rate_plan, service_provider_ids,
      updated_at)
    VALUES (${row.tenantId}, ${row.id}, ${row.code}, ${row.name}, ${row.baseRate}, ${row.rateCharge},
      ${row.includedBytes}, ${row.overageCost}, ${row.overageBlockBytes}, ${row.smsCost}, ${flag(row.allowsSimPooling)},
      ${flag(row.billInAdvance)}, ${flag(row.autoChangeRatePlan)}, ${JSON.stringify(row.serviceProviderIds)},
      ${row.updatedAt})
    ON CONFLICT (tenant_id, code) DO UPDATE SET name = excluded.name, base_rate = excluded.base_rate,
      rate_charge = excluded.rate_charge, included_bytes = excluded.included_bytes, overage_cost = excluded.overage_cost,
      overage_block_bytes = excluded.overage_block_bytes, sms_cost = excluded.sms_cost,
      allows_sim_pooling = excluded.allows_sim_pooling, bill_in_advance = excluded.bill_in_advance,
      auto_change_rate_plan = excluded.auto_change_rate_plan, service_provider_ids = excluded.service_provider_ids,
      updated_at = excluded.updated_at`
}

export async function selectCustomerRatePlans(
  db: ReadDatabase,
  filter: { readonly tenantId: string; readonly id?: string; readonly code?: string },
): Promise<CustomerRatePlan[]> {
  const rows = await db
    .select()
    .from(customerRatePlan)
    .where(
      and(
        eq(customerRatePlan.tenantId, filter.tenantId),
        filter.id === undefined ? undefined : eq(customerRatePlan.id, filter.id),
        filter.code === undefined ? undefined : eq(customerRatePlan.code, filter.code),
      ),
    )
    .orderBy(asc(customerRatePlan.code))
  return rows.map((row) => ({ ...row, serviceProviderIds: JSON.parse(row.serviceProviderIds) as string[] }))
}

export function insertCustomerRatePool(row: CustomerRatePool): Statement {
  return sql`
    INSERT INTO customer_rate_pool (tenant_id, id, name, created_at)
    VALUES (${row.tenantId}, ${row.id}, ${row.name}, ${row.createdAt})
    ON CONFLICT DO NOTHING`
}

export function selectCustomerRatePools(
  db: ReadDatabase,
  filter: { readonly tenantId: string; readonly id?: string; readonly name?: string },
): Promise<CustomerRatePool[]> {
  return db
    .select()
    .from(customerRatePool)
    .where(
      and(
        eq(customerRatePool.tenantId, filter.tenantId),
        filter.id === undefined ? undefined : eq(customerRatePool.id, filter.id),
        filter.name === undefined ? undefined : eq(customerRatePool.name, filter.name),
      ),
    )
    .orderBy(asc(customerRatePool.name))
}

/** Which of these ids the tenant has, by table: what a change names must exist before it is planned. */
export async function selectExistingIds(
  db: ReadDatabase,
  table: "customer" | "site" | "customerRatePlan" | "customerRatePool",
  tenantId: string,
  ids: readonly string[],
): Promise<string[]> {
  const source = { customer, site, customerRatePlan, customerRatePool }[table]
  const rows = await db
    .select({ id: source.id })
    .from(source)
    .where(and(eq(source.tenantId, tenantId), inArray(source.id, [...ids])))
  return rows.map(({ id }) => id)
}

const FIELDS = {
  customerId: "customer_id",
  siteId: "site_id",
  customerRatePlanId: "customer_rate_plan_id",
  customerRatePoolId: "customer_rate_pool_id",
  dataAllocationBytes: "data_allocation_bytes",
  archivedAt: "archived_at",
} as const satisfies Record<keyof Omit<DeviceAssignmentChange, "carrierDeviceId">, string>

/** Applies changes of one provider's devices: a field left out stays, null clears it. */
export function upsertDeviceAssignments(
  scope: { readonly tenantId: string; readonly serviceProviderId: string },
  changes: readonly DeviceAssignmentChange[],
  now: number,
): Statement {
  const columns = Object.values(FIELDS)
  // `json_type` tells a null from a field left out.
  const values = Object.entries(FIELDS).map(
    ([field, column]) =>
      `CASE WHEN json_type(j.value, '$.${field}') IS NULL THEN a.${column} ELSE j.value->>'$.${field}' END`,
  )
  return sql`
    INSERT INTO device_assignment (tenant_id, service_provider_id, carrier_device_id, ${sql.raw(columns.join(", "))}, updated_at)
    SELECT ${scope.tenantId}, ${scope.serviceProviderId}, j.value->>'$.carrierDeviceId', ${sql.raw(values.join(", "))}, ${now}
    FROM json_each(${JSON.stringify(changes)}) j LEFT JOIN device_assignment a ON a.tenant_id = ${scope.tenantId}
      AND a.service_provider_id = ${scope.serviceProviderId} AND a.carrier_device_id = j.value->>'$.carrierDeviceId'
    WHERE true
    ON CONFLICT (tenant_id, service_provider_id, carrier_device_id) DO UPDATE SET
      ${sql.raw(columns.map((column) => `${column} = excluded.${column}`).join(", "))}, updated_at = excluded.updated_at`
}

/** What the tenant knows of these devices of one provider; those it never said anything of are left out. */
export function selectDeviceAssignments(filter: {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly carrierDeviceIds: readonly string[]
}): Statement {
  return sql`
    SELECT ${ASSIGNMENT} FROM device_assignment WHERE tenant_id = ${filter.tenantId}
      AND service_provider_id = ${filter.serviceProviderId}
      AND carrier_device_id IN (SELECT value FROM json_each(${JSON.stringify(filter.carrierDeviceIds)}))`
}

/** Assignments of a customer or of a pool, in the order of provider and carrier identifier, after one of them. */
export function selectAssignmentsOf(filter: {
  readonly tenantId: string
  readonly by: "customerId" | "customerRatePoolId"
  readonly id: string
  readonly after: { readonly serviceProviderId: string; readonly carrierDeviceId: string }
  readonly limit: number
}): Statement {
  return sql`
    SELECT ${ASSIGNMENT} FROM device_assignment WHERE tenant_id = ${filter.tenantId}
      AND ${sql.raw(FIELDS[filter.by])} = ${filter.id}
      AND (service_provider_id, carrier_device_id) > (${filter.after.serviceProviderId}, ${filter.after.carrierDeviceId})
    ORDER BY service_provider_id, carrier_device_id LIMIT ${filter.limit}`
}

const ASSIGNMENT: SQL = sql.raw(
  `service_provider_id AS "serviceProviderId", carrier_device_id AS "carrierDeviceId", updated_at AS "updatedAt", ${Object.entries(
    FIELDS,
  )
    .map(([field, column]) => `${column} AS "${field}"`)
    .join(", ")}`,
)
