import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core"

/** The priced SIMs of a session: where each should be, and why. Rows sum exactly to the saving. */
export const optimizationResult = sqliteTable(
  "optimization_result",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    /** Position of its cohort, which has the communication plan and the current rate plan. */
    cohort: integer().notNull(),
    carrierDeviceId: text().notNull(),
    /** As it was read. */
    usageBytes: integer().notNull(),
    /** Carried to the end of the period: what was optimized. */
    projectedBytes: integer().notNull(),
    /** Band around `projectedBytes`. */
    lowBytes: integer().notNull(),
    highBytes: integer().notNull(),
    smsCount: integer().notNull(),
    /** Days of the period in which it is billed. */
    days: integer().notNull(),
    /** Null where it stays. */
    toRatePlan: text(),
    /** Micro-units: own charge plus share of the pool's overage. */
    chargeBefore: integer().notNull(),
    chargeAfter: integer().notNull(),
    /** The next best plan at the certificate's prices and how much dearer it is there; null where there is none. */
    nextRatePlan: text(),
    marginToNext: integer(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sessionId, table.cohort, table.carrierDeviceId] })],
)
