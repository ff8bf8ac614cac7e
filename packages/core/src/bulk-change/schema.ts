import { sql } from "drizzle-orm"
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core"

export const bulkChange = sqliteTable(
  "bulk_change",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    serviceProviderId: text().notNull(),
    changeType: text().notNull(),
    /** `received`, `planned`, `approved`, `processing`, `done` or `cancelled`. */
    state: text().notNull(),
    optimizationSessionId: text(),
    /** Hash of the planned rows: what is approved is what runs. */
    planHash: text(),
    deviceCount: integer().notNull().default(0),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    approvedBy: text(),
    approvedAt: integer(),
    processedAt: integer(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.id] })],
)

export const bulkChangeDevice = sqliteTable(
  "bulk_change_device",
  {
    tenantId: text().notNull(),
    bulkChangeId: text().notNull(),
    /** Order of processing, from 0. */
    position: integer().notNull(),
    carrierDeviceId: text().notNull(),
    fromRatePlan: text().notNull(),
    toRatePlan: text().notNull(),
    /** Micro-units for the billing period, as the plan was made. */
    saving: integer().notNull(),
    /** `NEW`, `PENDING`, `PROCESSING`, `PROCESSED`, `API_FAILED`, `ERROR`, `CANCELLED` or `UNKNOWN`. */
    status: text().notNull(),
    code: text(),
    text: text(),
    processedAt: integer(),
    /** When a read of the carrier showed the change; null while none did. */
    verifiedAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.bulkChangeId, table.position] }),
    index("bulk_change_device_open")
      .on(table.tenantId, table.bulkChangeId, table.position)
      .where(sql`status IN ('NEW', 'PROCESSING', 'PENDING')`),
  ],
)

/** Written before the carrier hears of a change and settled after its answer: what a crash cannot make us forget. */
export const changeIntent = sqliteTable(
  "change_intent",
  {
    tenantId: text().notNull(),
    bulkChangeId: text().notNull(),
    position: integer().notNull(),
    id: text().notNull(),
    changeType: text().notNull(),
    carrierDeviceId: text().notNull(),
    ratePlan: text().notNull(),
    outcome: text(),
    code: text(),
    text: text(),
    createdAt: integer().notNull(),
    settledAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.bulkChangeId, table.position] }),
    index("change_intent_open").on(table.tenantId, table.bulkChangeId).where(sql`settled_at IS NULL`),
  ],
)
