import { sql } from "drizzle-orm"
import { integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

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

/** SIMs of a session that are alike before usage is looked at: same communication plan, same rate plan, same fate. */
export const optimizationCohort = sqliteTable(
  "optimization_cohort",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    /** From 0, in the order of appearance. */
    position: integer().notNull(),
    communicationPlan: text(),
    ratePlan: text(),
    /** The provider that its SIMs belong to, and the type of their line. */
    serviceProviderId: text().notNull(),
    portalType: text().notNull(),
    /** The problem that prices its SIMs; null where none does. */
    problem: integer(),
    /** Which of the problem's communication plans, by position, says what its SIMs may be on. */
    eligibility: integer(),
    /** Why its SIMs stay where they are whatever it costs; null where they may move. */
    exclusion: text(),
    deviceCount: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sessionId, table.position] })],
)

/** The SIMs of a session as they were when it began, some thousand of one cohort in a row: written once, read many times. */
export const optimizationSims = sqliteTable(
  "optimization_sims",
  {
    tenantId: text().notNull(),
    sessionId: text().notNull(),
    cohort: integer().notNull(),
    /** From 0; in it, and from one to the next, SIMs are in the order of the carrier's identifiers. */
    chunk: integer().notNull(),
    /** JSON: an array for each column, see `SimChunk`. */
    columns: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sessionId, table.cohort, table.chunk] })],
)

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
