import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core"

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
