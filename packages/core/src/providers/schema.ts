import { integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

export const serviceProvider = sqliteTable(
  "service_provider",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    name: text().notNull(),
    /** Which connector speaks to it, for example `Jasper`. */
    integrationType: text().notNull(),
    baseUrl: text().notNull(),
    username: text().notNull(),
    /** Sealed with the platform's key; opened only to connect. */
    sealedApiKey: text().notNull(),
    billingPeriodEndDay: integer().notNull(),
    billingPeriodEndHour: integer().notNull(),
    timeZone: text().notNull(),
    usesProration: integer({ mode: "boolean" }).notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    uniqueIndex("service_provider_name").on(table.tenantId, table.name),
  ],
)
