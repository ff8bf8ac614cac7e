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
    /** When the carrier activated it; null where nobody asked. No list tells it: finalize asks for it where it is needed. */
    activatedAt: integer(),
    /** Of a Mobility line: which lines it is optimized with. The tenant's word: no sync reads it, and none writes over it. */
    optimizationGroup: text(),
    /** Hash of what the carrier said; equal hashes are unchanged devices. */
    contentHash: text().notNull(),
    missingSince: integer(),
    createdAt: integer().notNull(),
    changedAt: integer().notNull(),
    /** When the carrier was last asked about this device alone; null before that. What was listed earlier is older news. */
    readAt: integer(),
    /** JSON of user name and free fields, by name; null until it was read alone. */
    fields: text(),
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

/** What a sync run changes of the devices: unseen until the run is published, then in the place of `device`'s rows. */
export const deviceNext = sqliteTable(
  "device_next",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    syncRunId: text().notNull(),
    carrierDeviceId: text().notNull(),
    id: text().notNull(),
    iccid: text().notNull(),
    iccidKey: text().notNull(),
    status: text().notNull(),
    carrierStatus: text().notNull(),
    carrierRatePlan: text(),
    communicationPlan: text(),
    contentHash: text().notNull(),
    missingSince: integer(),
    createdAt: integer().notNull(),
    changedAt: integer().notNull(),
    /** When the carrier was asked for what this row says. */
    stagedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.syncRunId, table.carrierDeviceId] }),
    index("device_next_id").on(table.tenantId, table.serviceProviderId, table.syncRunId, table.id),
    index("device_next_iccid").on(table.tenantId, table.serviceProviderId, table.syncRunId, table.iccidKey),
  ],
)

/** The same for usage. */
export const deviceUsageNext = sqliteTable(
  "device_usage_next",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    syncRunId: text().notNull(),
    carrierDeviceId: text().notNull(),
    billingPeriodId: text().notNull(),
    bytes: integer().notNull(),
    smsCount: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.syncRunId, table.carrierDeviceId] }),
  ],
)

/** Which sync run of a provider readers see. One row decides for the whole fleet, so it changes at one instant. */
export const inventoryPublication = sqliteTable(
  "inventory_publication",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    /** Counts the publications. */
    generation: integer().notNull(),
    syncRunId: text().notNull(),
    /** The published run while its rows are still moved from `device_next` to `device`; null once all are. */
    unsettledRunId: text(),
    publishedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.serviceProviderId] })],
)

/** What a device was before a sync run changed it. */
export const deviceVersion = sqliteTable(
  "device_version",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    carrierDeviceId: text().notNull(),
    /** The run that changed it. */
    syncRunId: text().notNull(),
    id: text().notNull(),
    iccid: text().notNull(),
    status: text().notNull(),
    carrierStatus: text().notNull(),
    carrierRatePlan: text(),
    communicationPlan: text(),
    missingSince: integer(),
    /** The version held from here on, until the next one's. */
    changedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.carrierDeviceId, table.syncRunId] }),
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
    /** When a sync last read what every device used in it; null before that. A device's row says when its usage changed. */
    usageReadAt: integer(),
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
    /** Part of `monthly` that is the rate charge; the rest is the base rate. An operator's word. */
    rateCharge: integer().notNull().default(0),
    /** Mobility: SIMs stay within the plans of their plan's type. An operator's word; null where there is none. */
    planType: text(),
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

/** SIM and equipment numbers that devices had before they were swapped. */
export const replacedIdentifier = sqliteTable(
  "replaced_identifier",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    /** `iccid` or `imei`. */
    kind: text().notNull(),
    value: text().notNull(),
    deviceId: text().notNull(),
    replacedBy: text().notNull(),
    replacedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.tenantId, table.serviceProviderId, table.kind, table.value, table.deviceId, table.replacedBy],
    }),
    index("replaced_identifier_device").on(table.tenantId, table.deviceId),
  ],
)

/** Which rate plans the Mobility lines of an optimization group may be on. An operator's word. */
export const mobilityGroupRatePlan = sqliteTable(
  "mobility_group_rate_plan",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    optimizationGroup: text().notNull(),
    ratePlan: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.optimizationGroup, table.ratePlan] }),
  ],
)
