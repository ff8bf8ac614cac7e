import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core"

/** What a finished sync did: the seven values of the documents, and the communication plans that need an operator. */
export const syncSummary = sqliteTable(
  "sync_summary",
  {
    tenantId: text().notNull(),
    syncRunId: text().notNull(),
    serviceProviderId: text().notNull(),
    detailLastSyncDate: integer().notNull(),
    detailQueueCount: integer().notNull(),
    detailUpdatedCount: integer().notNull(),
    usageLastSyncDate: integer().notNull(),
    usageQueueCount: integer().notNull(),
    usageUpdatedCount: integer().notNull(),
    deviceCount: integer().notNull(),
    /** Devices whose rows were still open when the wait was over. */
    notRefreshedCount: integer().notNull().default(0),
    /** What reconciling changed. */
    defaultSiteCount: integer().notNull().default(0),
    restoredCount: integer().notNull().default(0),
    /** JSON arrays of names. */
    newCommunicationPlans: text().notNull(),
    communicationPlansWithoutRatePlans: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.syncRunId] })],
)

/** Devices of a provider that something is still read for, one by one: what finalize waits for. */
export const rowToProcess = sqliteTable(
  "row_to_process",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    carrierDeviceId: text().notNull(),
    addedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.carrierDeviceId] })],
)
