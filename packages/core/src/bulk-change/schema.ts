import { sql } from "drizzle-orm"
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

export const bulkChange = sqliteTable(
  "bulk_change",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    serviceProviderId: text().notNull(),
    changeType: text().notNull(),
    /** `received`, `planned`, `approved`, `processing`, `cancelling`, `done` or `cancelled`. */
    state: text().notNull(),
    optimizationSessionId: text(),
    /** The bulk change that this one takes back. */
    inverseOf: text(),
    /** Hash of the planned rows: what is approved is what runs. */
    planHash: text(),
    deviceCount: integer().notNull().default(0),
    /** Rows that the plan itself refused. */
    refusedCount: integer().notNull().default(0),
    /** Micro-units over the rows that are to be done; a decimal string, because a fleet's sum may pass 2^53. */
    saving: text().notNull().default("0"),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    approvedBy: text(),
    approvedAt: integer(),
    cancelledBy: text(),
    cancelledAt: integer(),
    /** Number of the slice whose job may run: a job delivered twice finds another number here. */
    slice: integer().notNull().default(0),
    processedAt: integer(),
    /** Why processing stands still, where its job was given up. */
    errorCode: text(),
    errorText: text(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    // Planning the same session again finds its bulk change; a cancelled one makes way for a new one.
    uniqueIndex("bulk_change_session")
      .on(table.tenantId, table.serviceProviderId, table.optimizationSessionId)
      .where(sql`optimization_session_id IS NOT NULL AND state <> 'cancelled'`),
    uniqueIndex("bulk_change_inverse")
      .on(table.tenantId, table.inverseOf)
      .where(sql`inverse_of IS NOT NULL AND state <> 'cancelled'`),
  ],
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
    index("bulk_change_device_new").on(table.tenantId, table.bulkChangeId, table.position).where(sql`status = 'NEW'`),
    index("bulk_change_device_carrier_id").on(table.tenantId, table.bulkChangeId, table.carrierDeviceId),
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
    /** The carrier's answer: `applied`, `pending`, `refused` or `unknown`; null while none is on record. */
    outcome: text(),
    code: text(),
    text: text(),
    createdAt: integer().notNull(),
    /** When to look at the carrier next; null before the answer. */
    readDueAt: integer(),
    /** From when a look that does not show the change is the last one. */
    deadlineAt: integer(),
    /** Looks so far: each waits longer for the next. */
    looks: integer().notNull().default(0),
    settledAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.bulkChangeId, table.position] }),
    index("change_intent_open").on(table.tenantId, table.bulkChangeId, table.readDueAt).where(sql`settled_at IS NULL`),
    index("change_intent_device").on(table.tenantId, table.carrierDeviceId).where(sql`settled_at IS NULL`),
  ],
)
