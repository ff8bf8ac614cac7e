import { sql } from "drizzle-orm"
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

/** Who a tenant bills for devices. */
export const customer = sqliteTable(
  "customer",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    name: text().notNull(),
    /** What an external customer system calls it; null where there is none. */
    externalId: text(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    uniqueIndex("customer_external_id").on(table.tenantId, table.externalId).where(sql`external_id IS NOT NULL`),
  ],
)

/** A place of a customer that devices belong to. */
export const site = sqliteTable(
  "site",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    customerId: text().notNull(),
    name: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    uniqueIndex("site_name").on(table.tenantId, table.customerId, table.name),
  ],
)

/** What the tenant sells, as against the carrier's rate plans, which it buys. Money in micro-units, volume in bytes. */
export const customerRatePlan = sqliteTable(
  "customer_rate_plan",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    code: text().notNull(),
    name: text().notNull(),
    baseRate: integer().notNull(),
    rateCharge: integer().notNull(),
    includedBytes: integer().notNull(),
    overageCost: integer().notNull(),
    overageBlockBytes: integer().notNull(),
    smsCost: integer().notNull(),
    allowsSimPooling: integer({ mode: "boolean" }).notNull(),
    billInAdvance: integer({ mode: "boolean" }).notNull(),
    autoChangeRatePlan: integer({ mode: "boolean" }).notNull(),
    /** JSON array of service provider ids; empty = all of the tenant's. */
    serviceProviderIds: text().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    uniqueIndex("customer_rate_plan_code").on(table.tenantId, table.code),
  ],
)

/** Devices that share their customer rate plans' data. */
export const customerRatePool = sqliteTable(
  "customer_rate_pool",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    name: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    uniqueIndex("customer_rate_pool_name").on(table.tenantId, table.name),
  ],
)

/** What the tenant knows of a device and the carrier does not. A table of its own, so that no sync touches it. */
export const deviceAssignment = sqliteTable(
  "device_assignment",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    carrierDeviceId: text().notNull(),
    customerId: text(),
    siteId: text(),
    customerRatePlanId: text(),
    customerRatePoolId: text(),
    dataAllocationBytes: integer(),
    /** When the device was archived; null while it is not. */
    archivedAt: integer(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.carrierDeviceId] }),
    index("device_assignment_customer").on(table.tenantId, table.customerId).where(sql`customer_id IS NOT NULL`),
    index("device_assignment_pool")
      .on(table.tenantId, table.customerRatePoolId)
      .where(sql`customer_rate_pool_id IS NOT NULL`),
  ],
)
