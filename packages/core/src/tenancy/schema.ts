import { integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

export const tenant = sqliteTable("tenant", {
  id: text().primaryKey(),
  name: text().notNull(),
  createdAt: integer().notNull(),
})

export const apiKey = sqliteTable(
  "api_key",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    name: text().notNull(),
    /** `owner`, `operator` or `viewer`. */
    role: text().notNull(),
    /** SHA-256 of the key; the key itself is shown once and never stored. */
    keyHash: text().notNull(),
    createdAt: integer().notNull(),
    revokedAt: integer(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.id] }), uniqueIndex("api_key_hash").on(table.keyHash)],
)
