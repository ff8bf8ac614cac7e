import { sql } from "drizzle-orm"
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

export const bulkChange = sqliteTable(
  "bulk_change",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    serviceProviderId: text().notNull(),
    changeType: text().notNull(),
    /** `received`, `planned`, `approved`, `processing`, `cancelling`, `done` or `cancelled`. */
    state: text().notNull(),
    portalType: text().notNull().default("M2M"),
    optimizationSessionId: text(),
    /** The bulk change that this one takes back. */
    inverseOf: text(),
    /** The asking side's own name of the request: asking again finds this bulk change. */
    requestId: text(),
    /** Nothing is begun before; null = at once. */
    effectiveAt: integer(),
    /** Nothing more is begun from here on; null = no such instant. */
    notAfter: integer(),
    /** How many rows go before the others; null = all go together. */
    canarySize: integer(),
    canaryMostUnverified: real(),
    /** `passed`, `failed` or `waived`; null until it ended. */
    canaryVerdict: text(),
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
    round: integer().notNull().default(0),
    processedAt: integer(),
    /** Put away: nothing more is done with it. */
    archivedAt: integer(),
    /** Nobody finds it any more; its rows go later. */
    deletedAt: integer(),
    /** When its rows and its log went for good; what is left says where the log was cut. */
    removedAt: integer(),
    /** Where its log was cut off for good, with the signature that says so; 0 while it is whole. */
    logCutSeq: integer().notNull().default(0),
    logCutHash: text(),
    logCutSignature: text(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    index("bulk_change_ended").on(table.tenantId, table.processedAt).where(sql`processed_at IS NOT NULL`),
    // Planning the same session again finds its bulk change; a cancelled one makes way for a new one.
    uniqueIndex("bulk_change_session")
      .on(table.tenantId, table.serviceProviderId, table.optimizationSessionId)
      .where(sql`optimization_session_id IS NOT NULL AND state <> 'cancelled' AND deleted_at IS NULL`),
    uniqueIndex("bulk_change_inverse")
      .on(table.tenantId, table.inverseOf)
      .where(sql`inverse_of IS NOT NULL AND state <> 'cancelled' AND deleted_at IS NULL`),
    uniqueIndex("bulk_change_request")
      .on(table.tenantId, table.requestId)
      .where(sql`request_id IS NOT NULL AND deleted_at IS NULL`),
  ],
)

/** One account's part of a bulk change: processed by jobs of its own, at its own pace. */
export const bulkChangeLane = sqliteTable(
  "bulk_change_lane",
  {
    tenantId: text().notNull(),
    bulkChangeId: text().notNull(),
    serviceProviderId: text().notNull(),
    /** Number of the slice whose job may run: a job delivered twice finds another number here. */
    slice: integer().notNull().default(0),
    /** Why processing stands still, where its job was given up. */
    errorCode: text(),
    errorText: text(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.bulkChangeId, table.serviceProviderId] })],
)

export const bulkChangeDevice = sqliteTable(
  "bulk_change_device",
  {
    tenantId: text().notNull(),
    bulkChangeId: text().notNull(),
    /** Order of processing, from 0. */
    position: integer().notNull(),
    serviceProviderId: text().notNull(),
    /** The device as it was asked for. */
    identifier: text().notNull(),
    carrierDeviceId: text(),
    /** JSON objects of what changes, before and after. */
    fromValues: text().notNull(),
    toValues: text().notNull(),
    /** JSON array of the calls that make the change, each with what takes it back. */
    steps: text().notNull(),
    /** Micro-units for the billing period, as the plan was made; null where it is not known. */
    saving: integer(),
    isIrreversible: integer().notNull(),
    /** JSON array of texts. */
    sideEffects: text().notNull(),
    /** Why the plan refused it; stays when `code` and `text` change. */
    refusalCode: text(),
    refusalText: text(),
    /** `NEW`, `PENDING`, `PROCESSING`, `PROCESSED`, `API_FAILED`, `ERROR`, `CANCELLED` or `UNKNOWN`. */
    status: text().notNull(),
    code: text(),
    text: text(),
    /** The step that is under way, or next. */
    step: integer().notNull().default(0),
    /** 1 while made steps are taken back. */
    isUndoing: integer().notNull().default(0),
    round: integer().notNull().default(0),
    /** From when its next step may be sent; null while one is under way, and in the end. */
    readyAt: integer(),
    processedAt: integer(),
    /** When a read showed the change; null while none did. */
    verifiedAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.bulkChangeId, table.position] }),
    index("bulk_change_device_ready")
      .on(table.tenantId, table.bulkChangeId, table.serviceProviderId, table.readyAt, table.position)
      .where(sql`ready_at IS NOT NULL`),
    index("bulk_change_device_carrier_id").on(table.tenantId, table.bulkChangeId, table.carrierDeviceId),
    index("bulk_change_device_waiting").on(table.tenantId, table.carrierDeviceId).where(sql`ready_at IS NOT NULL`),
  ],
)

/** Written before the other side hears of a change and settled after its answer: what a crash cannot make us forget. */
export const changeIntent = sqliteTable(
  "change_intent",
  {
    tenantId: text().notNull(),
    bulkChangeId: text().notNull(),
    position: integer().notNull(),
    round: integer().notNull(),
    step: integer().notNull(),
    /** 1 for what takes the step back. */
    isUndo: integer().notNull(),
    id: text().notNull(),
    serviceProviderId: text().notNull(),
    carrierDeviceId: text().notNull(),
    /** `carrier` or `customerSystem`. */
    via: text().notNull(),
    /** JSON of what is asked for. */
    change: text().notNull(),
    /** What a callback will name it by. */
    requestId: text(),
    /** The answer: `applied`, `pending`, `refused` or `unknown`; null while none is on record. */
    outcome: text(),
    code: text(),
    text: text(),
    createdAt: integer().notNull(),
    /** When to look next; null before the answer. */
    readDueAt: integer(),
    /** From when a look that does not show the change is the last one. */
    deadlineAt: integer(),
    /** Looks so far: each waits longer for the next. */
    looks: integer().notNull().default(0),
    /** 1 once somebody asked to look again at what ended unknown. */
    isRecheck: integer().notNull().default(0),
    settledAt: integer(),
  },
  (table) => [
    primaryKey({
      columns: [table.tenantId, table.bulkChangeId, table.position, table.round, table.step, table.isUndo],
    }),
    index("change_intent_open")
      .on(table.tenantId, table.bulkChangeId, table.serviceProviderId, table.readDueAt)
      .where(sql`settled_at IS NULL`),
    index("change_intent_device").on(table.tenantId, table.carrierDeviceId).where(sql`settled_at IS NULL`),
    index("change_intent_request")
      .on(table.tenantId, table.serviceProviderId, table.requestId)
      .where(sql`settled_at IS NULL AND request_id IS NOT NULL`),
  ],
)

/** What happened, in order. Rows are added with what they tell of, and sealed into a hash chain soon after. */
export const bulkChangeLog = sqliteTable(
  "bulk_change_log",
  {
    tenantId: text().notNull(),
    bulkChangeId: text().notNull(),
    /** From 1. */
    seq: integer().notNull(),
    /** What it tells of: a unit that is written twice adds its entries once. */
    entryKey: text().notNull(),
    /** Null for what concerns the bulk change as a whole. */
    position: integer(),
    /** JSON of the state it led to, from which the whole bulk change can be rebuilt. */
    event: text().notNull(),
    logEntryDescription: text().notNull(),
    processBy: text().notNull(),
    requestText: text(),
    responseText: text(),
    hasErrors: integer().notNull(),
    responseStatus: text().notNull(),
    createdDate: integer().notNull(),
    previousHash: text(),
    /** Null until it is sealed. */
    hash: text(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.bulkChangeId, table.seq] }),
    uniqueIndex("bulk_change_log_entry").on(table.tenantId, table.bulkChangeId, table.entryKey),
    index("bulk_change_log_unsealed").on(table.tenantId, table.bulkChangeId, table.seq).where(sql`hash IS NULL`),
  ],
)

/** The file that a bulk change was handed in as: what its header said. */
export const bulkChangeFile = sqliteTable(
  "bulk_change_file",
  {
    tenantId: text().notNull(),
    bulkChangeId: text().notNull(),
    /** JSON. */
    header: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.bulkChangeId] })],
)

/** Its lines as they were, to be given back where they fail. */
export const bulkChangeFileLine = sqliteTable(
  "bulk_change_file_line",
  {
    tenantId: text().notNull(),
    bulkChangeId: text().notNull(),
    /** Of the row that the line became. */
    position: integer().notNull(),
    /** In the file, from 1. */
    line: integer().notNull(),
    text: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.bulkChangeId, table.position] })],
)

/** Devices of a request that is still being read: what does not fit in memory. */
export const bulkChangeSpool = sqliteTable(
  "bulk_change_spool",
  {
    tenantId: text().notNull(),
    /** Of the reading, not of a bulk change: there is none yet. */
    id: text().notNull(),
    page: integer().notNull(),
    /** JSON array of devices as they were given. */
    devices: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.id, table.page] })],
)

/** How long a tenant's bulk changes are kept, where it differs from the defaults. */
export const bulkChangeRetention = sqliteTable("bulk_change_retention", {
  tenantId: text().primaryKey(),
  /** JSON; what is not in it is the default. */
  settings: text().notNull(),
  updatedAt: integer().notNull(),
})
