import { sql } from "drizzle-orm"
import { integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

export const optimizationSession = sqliteTable(
  "optimization_session",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    serviceProviderId: text().notNull(),
    billingPeriodId: text().notNull(),
    syncRunId: text(),
    /** JSON: what was asked for, see `SessionRequest`. */
    request: text().notNull(),
    /** `NotStarted`, `CommGroupSetup`, `RunningPermutations`, `CleaningUp`, `CompleteWithSuccess`, `CompleteWithErrors`. */
    status: text().notNull(),
    /** The job that prepares it: another delivery of the same request leaves it alone. */
    preparedBy: text(),
    /** Percent, as it was last told; only grows. */
    progress: integer().notNull().default(-1),
    /** SIMs that are billed, and so should be priced. */
    expectedDeviceCount: integer().notNull().default(0),
    deviceCount: integer().notNull().default(0),
    groupCount: integer().notNull().default(0),
    problemCount: integer().notNull().default(0),
    moveCount: integer().notNull().default(0),
    /** Fleet sums are micro-units as decimal strings: they may pass 2^53. */
    currentCost: text(),
    baseCost: text(),
    perSimCheapestCost: text(),
    sequencesCost: text(),
    cost: text(),
    lowerBound: text(),
    /** JSON: `cost` and `currentCost` by component, see `CostComponents`. */
    components: text(),
    /** JSON: rate plans that could not be priced, each with its reason. */
    droppedRatePlans: text().notNull().default("[]"),
    errorCode: text(),
    errorMessage: text(),
    startedAt: integer().notNull(),
    finishedAt: integer(),
    /** `explained` or `unexplained`: whether what its changes brought is what was predicted; null before they ended. */
    reconciliation: text(),
    /** The session that took its place on the last day of the period. */
    supersededBy: text(),
    deletedAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    // One running session for each tenant, held by the database.
    uniqueIndex("optimization_session_running")
      .on(table.tenantId)
      .where(sql`status NOT IN ('CompleteWithSuccess', 'CompleteWithErrors')`),
  ],
)
