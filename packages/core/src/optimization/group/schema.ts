import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core"

/** Groups of communication plans that share pools: what has to be solved together, and one queue item. */
export const optimizationProblem = sqliteTable(
  "optimization_problem",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    /** From 0, in the order of the groups' names. */
    position: integer().notNull(),
    /** `NotStarted`, then `CompleteWithSuccess`. */
    status: text().notNull(),
    /** JSON: the groups, and the optimizer's problem document without its SIMs: plans, pools, eligibility. */
    definition: text().notNull(),
    deviceCount: integer().notNull(),
    moveCount: integer().notNull().default(0),
    currentCost: text(),
    baseCost: text(),
    perSimCheapestCost: text(),
    sequencesCost: text(),
    cost: text(),
    lowerBound: text(),
    /** JSON, as on the session, and the same of each rate plan. */
    components: text(),
    /** `optimal` or `bounded`. */
    proof: text(),
    /** JSON: the certificate that anyone can check. */
    multipliers: text(),
    /** Which candidate won: `current`, `base`, `perSimCheapest`, `sequences` or `certified`. */
    winner: text(),
    solveMs: integer(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sessionId, table.position] })],
)

/** Communication plans that permit the same rate plans, and what the sequences strategy makes of them. */
export const optimizationGroup = sqliteTable(
  "optimization_group",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    /** From 0, in the order of problems and of the groups in them. */
    position: integer().notNull(),
    problem: integer().notNull(),
    /** Position among the problem's groups. */
    eligibility: integer().notNull(),
    /** JSON array of names. */
    communicationPlans: text().notNull(),
    deviceCount: integer().notNull(),
    /** Why it has no sequences; null where it has. */
    directReason: text(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sessionId, table.position] })],
)

/** The rate plans of a group, by allowance and price. */
export const optimizationGroupRatePlan = sqliteTable(
  "optimization_group_rate_plan",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    group: integer().notNull(),
    position: integer().notNull(),
    ratePlan: text().notNull(),
    /** KB of mean usage above which the next plan is cheaper; null where that never happens. */
    maxAvgUsage: integer(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sessionId, table.group, table.position] })],
)

/** One sequence of a group's rate plans, to be filled and priced. */
export const optimizationQueueItem = sqliteTable(
  "optimization_queue_item",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    group: integer().notNull(),
    /** Number of the sequence among all orders of the group's plans. */
    position: integer().notNull(),
    /** JSON array of rate plan names, in their order. */
    sequence: text().notNull(),
    /** `NotStarted`, then `CompleteWithSuccess`. */
    status: text().notNull(),
    /** Micro-units of the group alone, as a decimal string; null until it was filled. */
    cost: text(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    finishedAt: integer(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sessionId, table.group, table.position] })],
)
