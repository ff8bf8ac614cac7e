import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

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
    /** One of `ROLES`. */
    role: text().notNull(),
    /** What may be shown of the key, and what it is looked up by. */
    prefix: text().notNull(),
    /** SHA-256 of the key; the key itself is shown once and never stored. */
    keyHash: text().notNull(),
    createdAt: integer().notNull(),
    expiresAt: integer(),
    revokedAt: integer(),
    /** Not to the second: written once in a while. */
    lastUsedAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    uniqueIndex("api_key_hash").on(table.keyHash),
    index("api_key_prefix").on(table.prefix),
  ],
)

/** Where each tenant's audit log stands: its last entry, and the signed checkpoint that removed entries left behind. */
export const auditLog = sqliteTable("audit_log", {
  tenantId: text().primaryKey(),
  seq: integer().notNull(),
  hash: text().notNull(),
  checkpointSeq: integer().notNull().default(0),
  checkpointHash: text(),
  checkpointSignature: text(),
})

/** Entries are added and, from the oldest on, removed; never changed. */
export const auditEntry = sqliteTable(
  "audit_entry",
  {
    tenantId: text().notNull(),
    seq: integer().notNull(),
    id: text().notNull(),
    at: integer().notNull(),
    actor: text().notNull(),
    action: text().notNull(),
    subject: text().notNull(),
    outcome: text().notNull(),
    /** JSON, or nothing. */
    detail: text(),
    previousHash: text().notNull(),
    hash: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.seq] }),
    uniqueIndex("audit_entry_id").on(table.tenantId, table.id),
    index("audit_entry_at").on(table.tenantId, table.at),
  ],
)
