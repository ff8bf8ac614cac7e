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
    /** JSON arrays of names. */
    newCommunicationPlans: text().notNull(),
    communicationPlansWithoutRatePlans: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.syncRunId] })],
)
