import { sql } from "drizzle-orm"
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

export const optimizationSession = sqliteTable(
  "optimization_session",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    serviceProviderId: text().notNull(),
    billingPeriodId: text().notNull(),
    syncRunId: text(),
    /** `NotStarted`, `CommGroupSetup`, `RunningPermutations`, `CleaningUp`, `CompleteWithSuccess`, `CompleteWithErrors`. */
    status: text().notNull(),
    deviceCount: integer().notNull().default(0),
    groupCount: integer().notNull().default(0),
    problemCount: integer().notNull().default(0),
    moveCount: integer().notNull().default(0),
    /** Fleet sums are micro-units as decimal strings: they may pass 2^53. */
    currentCost: text(),
    perSimCheapestCost: text(),
    cost: text(),
    lowerBound: text(),
    errorMessage: text(),
    startedAt: integer().notNull(),
    finishedAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    // One running session for each tenant, held by the database.
    uniqueIndex("optimization_session_running")
      .on(table.tenantId)
      .where(sql`status NOT IN ('CompleteWithSuccess', 'CompleteWithErrors')`),
  ],
)

/** A set of communication plans that share pools: what has to be solved together, and one queue item. */
export const optimizationProblem = sqliteTable(
  "optimization_problem",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    /** From 0, in the order of the groups' names. */
    position: integer().notNull(),
    status: text().notNull(),
    /** JSON: communication plans with their permitted rate plans. */
    communicationPlans: text().notNull(),
    ratePlans: text().notNull(),
    deviceCount: integer().notNull(),
    currentCost: text(),
    perSimCheapestCost: text(),
    cost: text(),
    lowerBound: text(),
    /** JSON: the certificate that anyone can check. */
    multipliers: text(),
    /** Which candidate won: `current`, `perSimCheapest`, `certified`, … */
    winner: text(),
    solveMs: integer(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sessionId, table.position] })],
)

/** Where each SIM is, where it should be, and why. Rows of a session sum exactly to its saving. */
export const optimizationResult = sqliteTable(
  "optimization_result",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    carrierDeviceId: text().notNull(),
    problem: integer().notNull(),
    communicationPlan: text().notNull(),
    usageBytes: integer().notNull(),
    fromRatePlan: text(),
    toRatePlan: text().notNull(),
    /** Micro-units: own charge plus share of the pool's overage. */
    chargeBefore: integer().notNull(),
    chargeAfter: integer().notNull(),
    /** Micro-units; null where there is no other permitted plan. */
    marginToNext: integer(),
    /** Micro-units for one more KB in the pool it ends in, decimal string; null without a pool. */
    poolPrice: text(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.sessionId, table.carrierDeviceId] }),
    index("optimization_result_moves")
      .on(table.tenantId, table.sessionId, table.carrierDeviceId)
      .where(sql`from_rate_plan IS NOT NULL AND from_rate_plan <> to_rate_plan`),
  ],
)

/** SIMs that are in no problem, with the reason: they stay where they are and are never assumed free. */
export const optimizationExclusion = sqliteTable(
  "optimization_exclusion",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    reason: text().notNull(),
    communicationPlan: text().notNull(),
    deviceCount: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sessionId, table.reason, table.communicationPlan] })],
)
