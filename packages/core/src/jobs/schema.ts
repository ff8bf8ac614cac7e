import { sql } from "drizzle-orm"
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

export const job = sqliteTable(
  "job",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    queue: text().notNull(),
    type: text().notNull(),
    payload: text().notNull(),
    /** 1 first to 10 last. */
    priority: integer().notNull().default(5),
    /** `ready`, `leased`, `done` or `dead`. */
    state: text().notNull().default("ready"),
    runAt: integer().notNull(),
    attempts: integer().notNull().default(0),
    maxAttempts: integer().notNull(),
    leaseToken: text(),
    leaseUntil: integer(),
    /** While a job with this key is ready or leased, another is not added. */
    dedupeKey: text(),
    errorCode: text(),
    errorMessage: text(),
    createdAt: integer().notNull(),
    finishedAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    // Partial indexes are used only where the query repeats their literal condition.
    index("job_ready").on(table.queue, table.priority, table.runAt, table.id).where(sql`state = 'ready'`),
    index("job_leased").on(table.leaseUntil).where(sql`state = 'leased'`),
    uniqueIndex("job_dedupe")
      .on(table.tenantId, table.dedupeKey)
      .where(sql`state IN ('ready', 'leased') AND dedupe_key IS NOT NULL`),
  ],
)
