import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core"

/** How a tenant is told, where it differs from the platform's own settings. */
export const notificationSetting = sqliteTable(
  "notification_setting",
  {
    tenantId: text().notNull(),
    deliverer: text().notNull(),
    /** JSON, sealed whole: addresses and recipients are nobody else's business either. */
    sealed: text().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.deliverer] })],
)

/** How far AMOP 2.0 was told that a session is. */
export const notifiedProgress = sqliteTable(
  "notified_progress",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    progress: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sessionId] })],
)

/** Where a tenant wants its events posted. */
export const webhookEndpoint = sqliteTable(
  "webhook_endpoint",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    /** Sealed: an address can hold a token. */
    sealedUrl: text().notNull(),
    /** JSON array of event types; empty = all. */
    types: text().notNull(),
    /** Sealed. */
    secret: text().notNull(),
    /** The secret before, with which deliveries are signed too until `previousUntil`. Sealed. */
    previousSecret: text(),
    previousUntil: integer(),
    createdAt: integer().notNull(),
    disabledAt: integer(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.id] })],
)
