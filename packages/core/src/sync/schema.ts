import { sql } from "drizzle-orm"
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

export const syncRun = sqliteTable(
  "sync_run",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    serviceProviderId: text().notNull(),
    billingPeriodId: text().notNull(),
    mode: text().notNull(),
    lookback: text().notNull(),
    /** What the device list is asked from, epoch milliseconds; null for all. */
    modifiedSince: integer(),
    /** `active`, `succeeded`, `failed` or `cancelled`. */
    status: text().notNull(),
    /** `devices`, `usage`, `promotion`, perhaps `confirmation`, `settlement`, then `done`. */
    phase: text().notNull(),
    /** Where the current phase goes on, in its own words. */
    checkpoint: text(),
    /** Jobs that read a part of the device list and handed over to the next. */
    slices: integer().notNull().default(0),
    pages: integer().notNull().default(0),
    pagesExpected: integer().notNull().default(0),
    usagePages: integer().notNull().default(0),
    /** How often a page could not be read, over all slices. */
    pageFailures: integer().notNull().default(0),
    /** How often the device list was read anew because a scan could not be certified. */
    restarts: integer().notNull().default(0),
    staged: integer().notNull().default(0),
    rejected: integer().notNull().default(0),
    inserted: integer().notNull().default(0),
    updated: integer().notNull().default(0),
    unchanged: integer().notNull().default(0),
    missing: integer().notNull().default(0),
    /** When somebody said that as many devices as this run misses are really gone; null before that. */
    missingConfirmedAt: integer(),
    certificate: text(),
    errorCode: text(),
    errorMessage: text(),
    optimizeAfter: integer({ mode: "boolean" }).notNull(),
    optimizationSessionId: text(),
    startedAt: integer().notNull(),
    /** When readers began to see what the run brought; null before that. */
    publishedAt: integer(),
    finishedAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    // One active run for each provider, held by the database and not by a check before the insert.
    uniqueIndex("sync_run_active").on(table.tenantId, table.serviceProviderId).where(sql`status = 'active'`),
  ],
)

export const deviceStage = sqliteTable(
  "device_stage",
  {
    tenantId: text().notNull(),
    syncRunId: text().notNull(),
    carrierDeviceId: text().notNull(),
    contentHash: text().notNull(),
    /** Null where it is what the carrier names the device by. */
    iccid: text(),
    /** Why the row is not promoted; null where it is. */
    rejection: text(),
    stagedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.syncRunId, table.carrierDeviceId] }),
    // Where the carrier names a device by its ICCID, the key finds it: an index over all rows would double what staging costs.
    index("device_stage_iccid").on(table.tenantId, table.syncRunId, table.iccid).where(sql`iccid IS NOT NULL`),
    index("device_stage_rejected").on(table.tenantId, table.syncRunId).where(sql`rejection IS NOT NULL`),
  ],
)

/** What staged devices have in common: a fleet has a few hundred different ones. */
export const contentStage = sqliteTable(
  "content_stage",
  {
    tenantId: text().notNull(),
    syncRunId: text().notNull(),
    /** Of the shared part alone. */
    contentHash: text().notNull(),
    status: text().notNull(),
    carrierStatus: text().notNull(),
    ratePlan: text(),
    communicationPlan: text(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.syncRunId, table.contentHash] })],
)

export const usageStage = sqliteTable(
  "usage_stage",
  {
    tenantId: text().notNull(),
    syncRunId: text().notNull(),
    carrierDeviceId: text().notNull(),
    /** Sums over the parts. */
    bytes: integer().notNull(),
    smsCount: integer().notNull(),
    /** JSON: bytes and messages by rate plan, version and zone. */
    parts: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.syncRunId, table.carrierDeviceId] })],
)

/** From where the next incremental run of a provider goes on: all that changed before is in the inventory. */
export const syncWatermark = sqliteTable(
  "sync_watermark",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    /** Epoch milliseconds. Only moves forward. */
    at: integer().notNull(),
    /** The run that set it. */
    syncRunId: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.serviceProviderId] })],
)
