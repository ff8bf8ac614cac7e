import { sql } from "drizzle-orm"
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

const jobColumns = {
  tenantId: text().notNull(),
  id: text().notNull(),
  queue: text().notNull(),
  type: text().notNull(),
  payload: text().notNull(),
  /** 1 first to 10 last. */
  priority: integer().notNull().default(5),
  /** `ready`, `done` or `dead`. A ready one is leased while a claim lists it. */
  state: text().notNull().default("ready"),
  runAt: integer().notNull(),
  attempts: integer().notNull().default(0),
  maxAttempts: integer().notNull(),
  /** What the job works on, for example a carrier account; limits are kept for each. Empty for nothing. */
  target: text().notNull().default(""),
  /** While a job with this key is ready or leased, another is not added. */
  dedupeKey: text(),
  errorCode: text(),
  errorMessage: text(),
  createdAt: integer().notNull(),
  /** Begin of the attempt that completed it. */
  startedAt: integer(),
  finishedAt: integer(),
  /** Who completed it: worker and claim. */
  leaseToken: text(),
}

// Each index is paid for by every claim and completion: by what it holds, and by what the planner reads of it each time.
export const job = sqliteTable(
  "job",
  {
    /** In the order of adding. Indexes hold this, and not the long key. */
    seq: integer().primaryKey(),
    ...jobColumns,
    /** 1 once the run-at has come and no parent is open: the claim then walks claimable jobs only. */
    due: integer().notNull().default(1),
    /** 1 while a parent is not done, or the lane has an earlier job. */
    blocked: integer().notNull().default(0),
    /** Jobs of a lane run one after the other. */
    lane: text(),
    /** Place in the lane, from 1, among those that are not finished. */
    lanePosition: integer(),
    /** 1 where jobs wait for this one's end: its children, or the rest of its lane. 2 from its end until they were seen to. */
    heirs: integer().notNull().default(0),
  },
  (table) => [
    uniqueIndex("job_id").on(table.tenantId, table.id),
    // Partial indexes are used only where the query repeats their literal condition. A condition is looked at with each change
    // of state, for most jobs in vain, so what fails most often comes first.
    index("job_ready")
      .on(table.queue, table.tenantId, table.target, table.priority, table.runAt)
      .where(sql`state = 'ready' AND due = 1`),
    index("job_waiting").on(table.runAt).where(sql`due = 0 AND blocked = 0 AND state = 'ready'`),
    index("job_heirs").on(table.heirs).where(sql`heirs = 2`),
    index("job_dead").on(table.tenantId, table.id).where(sql`state = 'dead'`),
    index("job_lane")
      .on(table.tenantId, table.lane, table.lanePosition)
      .where(sql`lane IS NOT NULL AND state = 'ready'`),
    uniqueIndex("job_dedupe")
      .on(table.tenantId, table.dedupeKey)
      .where(sql`dedupe_key IS NOT NULL AND state = 'ready'`),
  ],
)

/** Jobs that a worker leased together: one row instead of a change of each. It is gone when the last of them ended. */
export const jobClaim = sqliteTable("job_claim", {
  /** Worker and claim. */
  token: text().primaryKey(),
  claimedAt: integer().notNull(),
  /** How long a renewal lasts: the longest lease of its jobs' types, milliseconds. */
  leaseMs: integer().notNull(),
  leaseUntil: integer().notNull(),
  /** JSON of the numbers of those it still holds. */
  seqs: text().notNull(),
})

/** Attempts that did not complete their job. The one that did is told by the job itself. */
export const jobAttempt = sqliteTable(
  "job_attempt",
  {
    seq: integer().primaryKey(),
    tenantId: text().notNull(),
    jobId: text().notNull(),
    attempt: integer().notNull(),
    startedAt: integer().notNull(),
    endedAt: integer().notNull(),
    /** `retried`, `returned`, `lapsed` or `dead`. */
    outcome: text().notNull(),
    errorCode: text(),
    leaseToken: text().notNull(),
  },
  (table) => [index("job_attempt_job").on(table.tenantId, table.jobId)],
)

/** Which jobs wait for which. */
export const jobParent = sqliteTable(
  "job_parent",
  {
    tenantId: text().notNull(),
    jobId: text().notNull(),
    parentId: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.jobId, table.parentId] }),
    index("job_parent_parent").on(table.tenantId, table.parentId),
  ],
)

/** Finished jobs, out of the way of the others. */
export const jobArchive = sqliteTable("job_archive", jobColumns, (table) => [
  primaryKey({ columns: [table.tenantId, table.id] }),
  index("job_archive_finished").on(table.finishedAt),
])

/** How many jobs of a scope may run at once and start in a time, or that none may. */
export const jobLimit = sqliteTable(
  "job_limit",
  {
    /** `*` for all tenants. */
    tenantId: text().notNull(),
    /** Empty for all queues. */
    queue: text().notNull(),
    /** Empty for all targets, and for jobs without one. */
    target: text().notNull(),
    maxInFlight: integer(),
    /** Milliseconds between two starts, at a steady pace. */
    intervalMs: integer(),
    /** Starts that may come at once after a rest. */
    burst: integer().notNull().default(1),
    /** Theoretical arrival time of the next start (GCRA), epoch milliseconds. */
    arrivalAt: integer().notNull().default(0),
    /** No start before: the other side asked for a pause. */
    blockedUntil: integer().notNull().default(0),
    /** Since when the scope is paused. */
    pausedAt: integer(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.queue, table.target] })],
)

/** When each recurring job fires next. */
export const jobSchedule = sqliteTable(
  "job_schedule",
  {
    tenantId: text().notNull(),
    name: text().notNull(),
    /** The rule that `nextAt` was computed by; a changed rule is computed anew. */
    rule: text().notNull(),
    nextAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.name] })],
)

/** Messages that came in: accepted ones, so that none makes its jobs twice, and dead ones with the reason. */
export const jobMessage = sqliteTable(
  "job_message",
  {
    /** `*` for the platform's own door. */
    tenantId: text().notNull(),
    id: text().notNull(),
    source: text().notNull(),
    /** The queue's own id. */
    messageId: text().notNull(),
    /** `accepted` or `dead`. */
    state: text().notNull(),
    /** JSON, as delivered. */
    message: text().notNull(),
    errorCode: text(),
    errorField: text(),
    errorMessage: text(),
    attempts: integer().notNull(),
    receivedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    uniqueIndex("job_message_delivered").on(table.tenantId, table.source, table.messageId),
    index("job_message_dead").on(table.tenantId, table.id).where(sql`state = 'dead'`),
    index("job_message_accepted").on(table.receivedAt).where(sql`state = 'accepted'`),
  ],
)
