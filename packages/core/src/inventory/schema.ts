import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

export const device = sqliteTable(
  "device",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    carrierDeviceId: text().notNull(),
    id: text().notNull(),
    iccid: text().notNull(),
    /** First 19 digits: what identifies the SIM. */
    iccidKey: text().notNull(),
    msisdn: text(),
    imei: text(),
    eid: text(),
    status: text().notNull(),
    carrierStatus: text().notNull(),
    carrierRatePlan: text(),
    communicationPlan: text(),
    /** Hash of what the carrier said; equal hashes are unchanged devices. */
    contentHash: text().notNull(),
    missingSince: integer(),
    createdAt: integer().notNull(),
    changedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.carrierDeviceId] }),
    uniqueIndex("device_id").on(table.tenantId, table.id),
    index("device_iccid").on(table.tenantId, table.iccidKey),
    index("device_msisdn").on(table.tenantId, table.msisdn),
    index("device_imei").on(table.tenantId, table.imei),
    index("device_eid").on(table.tenantId, table.eid),
  ],
)

export const billingPeriod = sqliteTable(
  "billing_period",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    startsAt: integer().notNull(),
    id: text().notNull(),
    endsAt: integer().notNull(),
    timeZone: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.startsAt] }),
    uniqueIndex("billing_period_id").on(table.tenantId, table.id),
  ],
)

export const deviceUsage = sqliteTable(
  "device_usage",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    billingPeriodId: text().notNull(),
    carrierDeviceId: text().notNull(),
    bytes: integer().notNull(),
    smsCount: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.billingPeriodId, table.carrierDeviceId] }),
  ],
)

export const ratePlan = sqliteTable(
  "rate_plan",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    name: text().notNull(),
    id: text().notNull(),
    /** Micro-units; null until the carrier or an operator gave it. */
    monthly: integer(),
    includedBytes: integer(),
    pool: text(),
    overageCost: integer(),
    overageBlockBytes: integer(),
    overageRounding: text().notNull(),
    smsIncluded: integer().notNull(),
    smsCost: integer().notNull(),
    version: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.name] }),
    uniqueIndex("rate_plan_id").on(table.tenantId, table.id),
  ],
)

export const communicationPlan = sqliteTable(
  "communication_plan",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    name: text().notNull(),
    id: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.name] }),
    uniqueIndex("communication_plan_id").on(table.tenantId, table.id),
  ],
)

/** Which rate plans the SIMs of a communication plan may be on. The carrier's API has no such list. */
export const permittedRatePlan = sqliteTable(
  "permitted_rate_plan",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    communicationPlan: text().notNull(),
    ratePlan: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.communicationPlan, table.ratePlan] }),
  ],
)
