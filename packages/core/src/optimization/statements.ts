import { and, asc, desc, eq, type SQL, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import type { Placement, ProblemDefinition } from "./joint-problems.ts"
import { optimizationCohort, optimizationProblem, optimizationSession } from "./schema.ts"
import type { Candidate, ExclusionReason, OptimizationStatus } from "./session.ts"
import type { DroppedRatePlan } from "./usable-rate-plans.ts"

/** A session's key; first argument of every statement here. */
export interface SessionKey {
  readonly tenantId: string
  readonly id: string
}

const ofSession = ({ tenantId, id }: SessionKey): SQL => sql`tenant_id = ${tenantId} AND session_id = ${id}`

/** Adds a session once. Breaks `optimization_session_running` where another one of the tenant is not complete. */
export function insertSession(
  key: SessionKey,
  row: {
    readonly serviceProviderId: string
    readonly billingPeriodId: string
    readonly syncRunId: string | null
    readonly startedAt: number
  },
): Statement {
  return sql`
    INSERT INTO optimization_session (tenant_id, id, service_provider_id, billing_period_id, sync_run_id, status, started_at)
    VALUES (${key.tenantId}, ${key.id}, ${row.serviceProviderId}, ${row.billingPeriodId}, ${row.syncRunId}, 'NotStarted', ${row.startedAt})
    ON CONFLICT (tenant_id, id) DO NOTHING`
}

/** Ends a session with its reason, unless it ended before. One that was refused before it had a row gets its row now. */
export function failSession(
  key: SessionKey,
  row: { readonly serviceProviderId: string; readonly billingPeriodId: string; readonly syncRunId: string | null },
  failure: { readonly code: string; readonly message: string; readonly now: number },
): Statement {
  return sql`
    INSERT INTO optimization_session (tenant_id, id, service_provider_id, billing_period_id, sync_run_id, status,
      error_code, error_message, started_at, finished_at)
    VALUES (${key.tenantId}, ${key.id}, ${row.serviceProviderId}, ${row.billingPeriodId}, ${row.syncRunId},
      'CompleteWithErrors', ${failure.code}, ${failure.message}, ${failure.now}, ${failure.now})
    ON CONFLICT (tenant_id, id) DO UPDATE SET status = excluded.status, error_code = excluded.error_code,
      error_message = excluded.error_message, finished_at = excluded.finished_at
    WHERE status NOT IN ('CompleteWithSuccess', 'CompleteWithErrors')`
}

/** Moves a session from one state to the next; nothing happens where it is in another one. */
export function advanceSession(key: SessionKey, from: OptimizationStatus, to: OptimizationStatus): Statement {
  return sql`
    UPDATE optimization_session SET status = ${to}
    WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND status = ${from}`
}

/** Stores what was prepared; the session is ready to be solved. */
export function storePreparation(
  key: SessionKey,
  prepared: {
    readonly deviceCount: number
    readonly groupCount: number
    readonly dropped: readonly DroppedRatePlan[]
    readonly problems: readonly ProblemDefinition[]
    readonly deviceCounts: readonly number[]
    readonly cohorts: readonly (Placement & {
      readonly communicationPlan: string | null
      readonly ratePlan: string | null
      readonly deviceCount: number
    })[]
  },
): readonly Statement[] {
  const problems = prepared.problems.map((problem, at) => [at, JSON.stringify(problem), prepared.deviceCounts[at]])
  const cohorts = prepared.cohorts.map((cohort, at) => [
    at,
    cohort.communicationPlan,
    cohort.ratePlan,
    cohort.problem,
    cohort.eligibility,
    cohort.exclusion,
    cohort.deviceCount,
  ])
  return [
    sql`DELETE FROM optimization_problem WHERE ${ofSession(key)}`,
    sql`INSERT INTO optimization_problem (tenant_id, session_id, position, status, definition, device_count)
      SELECT ${key.tenantId}, ${key.id}, value->>0, 'NotStarted', value->>1, value->>2
      FROM json_each(${JSON.stringify(problems)})`,
    sql`DELETE FROM optimization_cohort WHERE ${ofSession(key)}`,
    ...chunks(cohorts).map(
      (rows) => sql`
        INSERT INTO optimization_cohort (tenant_id, session_id, position, communication_plan, rate_plan, problem,
          eligibility, exclusion, device_count)
        SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6
        FROM json_each(${JSON.stringify(rows)})`,
    ),
    sql`UPDATE optimization_session SET status = 'RunningPermutations', device_count = ${prepared.deviceCount},
        group_count = ${prepared.groupCount}, problem_count = ${problems.length},
        dropped_rate_plans = ${JSON.stringify(prepared.dropped)}
      WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND status = 'CommGroupSetup'`,
  ]
}

function chunks<T>(rows: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(rows.length / 2_000) }, (_, at) => rows.slice(at * 2_000, (at + 1) * 2_000))
}

/** Removes some SIMs of a session; repeated until {@link countSims} is 0. */
export function discardSims(key: SessionKey, limit: number): Statement {
  return sql`
    DELETE FROM optimization_result WHERE (tenant_id, session_id, cohort, carrier_device_id) IN (
      SELECT tenant_id, session_id, cohort, carrier_device_id FROM optimization_result WHERE ${ofSession(key)} LIMIT ${limit})`
}

export function countSims(key: SessionKey): Statement {
  return sql`SELECT count(*) AS count FROM optimization_result WHERE ${ofSession(key)}`
}

/** A SIM as it was loaded: cohort, device, usage in bytes, SMS. */
export type LoadedSim = readonly [cohort: number, carrierDeviceId: string, usageBytes: number, smsCount: number]

export function insertSims(key: SessionKey, sims: readonly LoadedSim[]): Statement {
  return sql`
    INSERT INTO optimization_result (tenant_id, session_id, cohort, carrier_device_id, usage_bytes, sms_count)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3
    FROM json_each(${JSON.stringify(sims)})
    WHERE true ON CONFLICT DO NOTHING`
}

/** SIMs of one cohort in the order of the carrier's identifiers. Uses the primary key. */
export function simsOfCohort(
  key: SessionKey,
  page: { readonly cohort: number; readonly after: string; readonly limit: number },
): Statement {
  return sql`
    SELECT carrier_device_id AS "carrierDeviceId", usage_bytes AS "usageBytes", sms_count AS "smsCount"
    FROM optimization_result
    WHERE ${ofSession(key)} AND cohort = ${page.cohort} AND carrier_device_id > ${page.after}
    ORDER BY carrier_device_id LIMIT ${page.limit}`
}

/** What was found for a SIM, after what was loaded: new plan if it moves, charges, next best plan and its margin. */
export type SolvedSim = readonly [
  ...loaded: LoadedSim,
  toRatePlan: string | null,
  chargeBefore: number,
  chargeAfter: number,
  nextRatePlan: string | null,
  marginToNext: number | null,
]

/**
 * Stores what was found for SIMs that are there. Written as an upsert, because an UPDATE joined with the list looks
 * through the whole list for each row of the cohort: 24 seconds for 2,000 rows of 7,000.
 */
export function storeResults(key: SessionKey, sims: readonly SolvedSim[]): Statement {
  return sql`
    INSERT INTO optimization_result (tenant_id, session_id, cohort, carrier_device_id, usage_bytes, sms_count,
      to_rate_plan, charge_before, charge_after, next_rate_plan, margin_to_next)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6,
      value->>7, value->>8
    FROM json_each(${JSON.stringify(sims)})
    WHERE true ON CONFLICT (tenant_id, session_id, cohort, carrier_device_id) DO UPDATE SET
      to_rate_plan = excluded.to_rate_plan, charge_before = excluded.charge_before, charge_after = excluded.charge_after,
      next_rate_plan = excluded.next_rate_plan, margin_to_next = excluded.margin_to_next`
}

/** What solving one problem found. */
export interface ProblemOutcome {
  readonly winner: Candidate
  readonly proof: "optimal" | "bounded"
  readonly moveCount: number
  readonly currentCost: bigint
  readonly perSimCheapestCost: bigint
  readonly cost: bigint
  readonly lowerBound: bigint
  readonly multipliers: unknown
  readonly solveMs: number
}

export function completeProblem(key: SessionKey, position: number, outcome: ProblemOutcome): Statement {
  return sql`
    UPDATE optimization_problem SET status = 'CompleteWithSuccess', winner = ${outcome.winner}, proof = ${outcome.proof},
      move_count = ${outcome.moveCount}, current_cost = ${String(outcome.currentCost)},
      per_sim_cheapest_cost = ${String(outcome.perSimCheapestCost)}, cost = ${String(outcome.cost)},
      lower_bound = ${String(outcome.lowerBound)}, multipliers = ${JSON.stringify(outcome.multipliers)},
      solve_ms = ${outcome.solveMs}
    WHERE ${ofSession(key)} AND position = ${position} AND status = 'NotStarted'`
}

export function completeSession(
  key: SessionKey,
  totals: Pick<ProblemOutcome, "moveCount" | "currentCost" | "perSimCheapestCost" | "cost" | "lowerBound">,
  now: number,
): Statement {
  return sql`
    UPDATE optimization_session SET status = 'CompleteWithSuccess', move_count = ${totals.moveCount},
      current_cost = ${String(totals.currentCost)}, per_sim_cheapest_cost = ${String(totals.perSimCheapestCost)},
      cost = ${String(totals.cost)}, lower_bound = ${String(totals.lowerBound)}, finished_at = ${now}
    WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND status = 'CleaningUp'`
}

export function selectSessions(
  db: ReadDatabase,
  filter: {
    readonly tenantId: string
    readonly id?: string
    readonly syncRunId?: string
    readonly serviceProviderId?: string
    readonly limit: number
  },
): Promise<(typeof optimizationSession.$inferSelect)[]> {
  const table = optimizationSession
  return db
    .select()
    .from(table)
    .where(
      and(
        eq(table.tenantId, filter.tenantId),
        filter.id === undefined ? undefined : eq(table.id, filter.id),
        filter.syncRunId === undefined ? undefined : eq(table.syncRunId, filter.syncRunId),
        filter.serviceProviderId === undefined ? undefined : eq(table.serviceProviderId, filter.serviceProviderId),
      ),
    )
    .orderBy(desc(table.id))
    .limit(filter.limit)
}

export function selectProblems(
  db: ReadDatabase,
  { tenantId, id }: SessionKey,
): Promise<(typeof optimizationProblem.$inferSelect)[]> {
  return db
    .select()
    .from(optimizationProblem)
    .where(and(eq(optimizationProblem.tenantId, tenantId), eq(optimizationProblem.sessionId, id)))
    .orderBy(asc(optimizationProblem.position))
}

/** States of a session's problems, without their documents. */
export function selectProblemStates(db: ReadDatabase, { tenantId, id }: SessionKey): Promise<{ status: string }[]> {
  return db
    .select({ status: optimizationProblem.status })
    .from(optimizationProblem)
    .where(and(eq(optimizationProblem.tenantId, tenantId), eq(optimizationProblem.sessionId, id)))
}

export interface StoredCohort extends Placement {
  readonly position: number
  readonly communicationPlan: string | null
  readonly ratePlan: string | null
  readonly deviceCount: number
}

export function selectCohorts(db: ReadDatabase, { tenantId, id }: SessionKey): Promise<StoredCohort[]> {
  const { position, communicationPlan, ratePlan, problem, eligibility, exclusion, deviceCount } = optimizationCohort
  return db
    .select({
      position,
      communicationPlan,
      ratePlan,
      problem,
      eligibility,
      exclusion: sql<ExclusionReason | null>`${exclusion}`,
      deviceCount,
    })
    .from(optimizationCohort)
    .where(and(eq(optimizationCohort.tenantId, tenantId), eq(optimizationCohort.sessionId, id)))
    .orderBy(asc(position))
}

/** A priced SIM, with its place in the order of the list. */
export interface StoredResult {
  readonly cohort: number
  readonly carrierDeviceId: string
  readonly usageBytes: number
  readonly smsCount: number
  readonly toRatePlan: string | null
  readonly chargeBefore: number
  readonly chargeAfter: number
  readonly nextRatePlan: string | null
  readonly marginToNext: number | null
}

const resultColumns = sql`cohort, carrier_device_id AS "carrierDeviceId", usage_bytes AS "usageBytes",
  sms_count AS "smsCount", to_rate_plan AS "toRatePlan", charge_before AS "chargeBefore", charge_after AS "chargeAfter",
  next_rate_plan AS "nextRatePlan", margin_to_next AS "marginToNext"`

/** Priced SIMs after one of them, in the order of cohort and device. Uses the primary key. */
export function resultsAfter(
  key: SessionKey,
  page: {
    readonly cohort: number
    readonly carrierDeviceId: string
    readonly movesOnly: boolean
    readonly limit: number
  },
): Statement {
  return sql`
    SELECT ${resultColumns} FROM optimization_result
    WHERE ${ofSession(key)} AND (cohort, carrier_device_id) > (${page.cohort}, ${page.carrierDeviceId})
      AND charge_after IS NOT NULL ${page.movesOnly ? sql`AND to_rate_plan IS NOT NULL` : sql``}
    ORDER BY cohort, carrier_device_id LIMIT ${page.limit}`
}

/** The moves of a window that save most. */
export function largestMoves(
  key: SessionKey,
  window: { readonly cohort: number; readonly after: string; readonly last: string; readonly limit: number },
): Statement {
  return sql`
    SELECT ${resultColumns} FROM optimization_result
    WHERE ${ofSession(key)} AND cohort = ${window.cohort} AND carrier_device_id > ${window.after}
      AND carrier_device_id <= ${window.last} AND to_rate_plan IS NOT NULL
    ORDER BY charge_before - charge_after DESC, carrier_device_id LIMIT ${window.limit}`
}

/** SIMs of one cohort that end on one plan with about the same usage. Sums are decimal strings. */
export interface WindowSum {
  /** 0 used nothing, `n` less than `2 ** (n + 9)` bytes and not less than half of that. */
  readonly bin: number
  /** Null where they stay. */
  readonly toRatePlan: string | null
  readonly deviceCount: number
  readonly chargeBefore: string
  readonly chargeAfter: string
  readonly leastUsageBytes: number
  readonly mostUsageBytes: number
  readonly last: string
}

/** What some priced SIMs of a cohort add up to, by usage and new plan. Uses the primary key. */
export function sumWindow(
  key: SessionKey,
  window: { readonly cohort: number; readonly after: string; readonly limit: number },
): Statement {
  // Powers of two from 1 KB to 8 PB, above which a byte count is no safe integer.
  const bins = Array.from({ length: 44 }, (_, at) => `WHEN usage_bytes < ${2 ** (at + 10)} THEN ${at + 1}`)
  return sql`
    SELECT CASE WHEN usage_bytes = 0 THEN 0 ${sql.raw(bins.join(" "))} END AS bin, to_rate_plan AS "toRatePlan",
      count(*) AS "deviceCount", CAST(sum(charge_before) AS TEXT) AS "chargeBefore",
      CAST(sum(charge_after) AS TEXT) AS "chargeAfter", min(usage_bytes) AS "leastUsageBytes",
      max(usage_bytes) AS "mostUsageBytes", max(carrier_device_id) AS last
    FROM (SELECT carrier_device_id, usage_bytes, to_rate_plan, charge_before, charge_after FROM optimization_result
      WHERE ${ofSession(key)} AND cohort = ${window.cohort} AND carrier_device_id > ${window.after}
        AND charge_after IS NOT NULL
      ORDER BY carrier_device_id LIMIT ${window.limit})
    GROUP BY 1, 2 ORDER BY 1, 2`
}
