import { integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core"

/** What is to be made of a session's moves, within guard rails, and what became of it. */
export const optimizationApply = sqliteTable(
  "optimization_apply",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    /** JSON, see `GuardRails`. */
    guardRails: text().notNull(),
    /** Nothing is begun from here on; null = no such instant. */
    notAfter: integer(),
    /** Moves a second that the account is good for, as measured, and how many fit into the time left; null = not asked. */
    movesPerSecond: real(),
    movesInTime: integer(),
    /** Micro-units as decimal strings: with no move, as the session found it, and with the planned moves. */
    currentCost: text().notNull(),
    sessionCost: text().notNull(),
    plannedCost: text().notNull(),
    moveCount: integer().notNull(),
    /** JSON: how many SIMs each rail held back. */
    heldBack: text().notNull(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    /** JSON, see `Reconciliation`; null before the changes ended. */
    reconciliation: text(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sessionId] })],
)

/** The SIMs that are to move, in order, then those that are held back. */
export const optimizationApplyMove = sqliteTable(
  "optimization_apply_move",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    position: integer().notNull(),
    carrierDeviceId: text().notNull(),
    fromRatePlan: text().notNull(),
    toRatePlan: text().notNull(),
    /** Micro-units: made after all those before it; of one that is held back, on top of all that are made. */
    saving: integer().notNull(),
    /** The rail that holds it back; null where it is to move. */
    heldBackBy: text(),
    /** The same for people. */
    reason: text(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sessionId, table.position] })],
)
