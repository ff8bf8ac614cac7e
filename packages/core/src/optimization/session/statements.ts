import { and, asc, desc, eq, isNull, type SQL, sql } from "drizzle-orm"
import { type ReadDatabase, type Statement, unitGuard } from "../../store/mod.ts"
import type { Placement, ProblemDefinition } from "../group/joint-problems.ts"
import { optimizationCohort, optimizationProblem, optimizationSession } from "./schema.ts"
import type {
  Candidate,
  ComponentsByRatePlan,
  CostComponents,
  ExclusionReason,
  OptimizationStatus,
  SessionRequest,
} from "./session.ts"
import { statesBefore } from "./transitions.ts"
import type { DroppedRatePlan } from "../load/usable-rate-plans.ts"

/** A session's key; first argument of every statement here. */
export interface SessionKey {
  readonly tenantId: string
  readonly id: string
}

export const ofSession = ({ tenantId, id }: SessionKey): SQL => sql`tenant_id = ${tenantId} AND session_id = ${id}`

/** What a session is about, as it is stored. */
export interface SessionRow {
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly syncRunId: string | null
  readonly request: SessionRequest
}

/** Adds a session once. Breaks `optimization_session_running` where another one of the tenant is not complete. */
export function insertSession(key: SessionKey, row: SessionRow & { readonly startedAt: number }): Statement {
  return sql`
    INSERT INTO optimization_session (tenant_id, id, service_provider_id, billing_period_id, sync_run_id, request, status,
      started_at)
    VALUES (${key.tenantId}, ${key.id}, ${row.serviceProviderId}, ${row.billingPeriodId}, ${row.syncRunId},
      ${JSON.stringify(row.request)}, 'NotStarted', ${row.startedAt})
    ON CONFLICT (tenant_id, id) DO NOTHING`
}

/** Lets a session take the place of those that are complete for the same provider, period and request. */
export function supersedeSessions(key: SessionKey, row: SessionRow): Statement {
  return sql`
    UPDATE optimization_session SET superseded_by = ${key.id}
    WHERE tenant_id = ${key.tenantId} AND service_provider_id = ${row.serviceProviderId}
      AND billing_period_id = ${row.billingPeriodId} AND status IN ('CompleteWithSuccess', 'CompleteWithErrors')
      AND id <> ${key.id} AND superseded_by IS NULL
      AND coalesce(request->>'customerId', '') = ${row.request.customerId ?? ""}
      AND EXISTS (SELECT 1 FROM optimization_session n WHERE n.tenant_id = ${key.tenantId} AND n.id = ${key.id}
        AND n.status = 'NotStarted')`
}

/** Ends a session with its reason, unless it ended before. One that was refused before it had a row gets its row now. */
export function failSession(
  key: SessionKey,
  row: SessionRow,
  failure: { readonly code: string; readonly message: string; readonly now: number },
): Statement {
  return sql`
    INSERT INTO optimization_session (tenant_id, id, service_provider_id, billing_period_id, sync_run_id, request, status,
      error_code, error_message, started_at, finished_at)
    VALUES (${key.tenantId}, ${key.id}, ${row.serviceProviderId}, ${row.billingPeriodId}, ${row.syncRunId},
      ${JSON.stringify(row.request)}, 'CompleteWithErrors', ${failure.code}, ${failure.message}, ${failure.now}, ${failure.now})
    ON CONFLICT (tenant_id, id) DO UPDATE SET status = excluded.status, error_code = excluded.error_code,
      error_message = excluded.error_message, finished_at = excluded.finished_at
    WHERE status IN ${sourcesOf("CompleteWithErrors")}`
}

/** Ends a session that has a row, unless it ended before. */
export function endSession(key: SessionKey, code: string, message: string, now: number): Statement {
  return sql`
    UPDATE optimization_session SET status = 'CompleteWithErrors', error_code = ${code}, error_message = ${message},
      finished_at = ${now}
    WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND status IN ${sourcesOf("CompleteWithErrors")}`
}

/** Hides a complete session; its rows stay. */
export function hideSession(key: SessionKey, now: number): Statement {
  return sql`
    UPDATE optimization_session SET deleted_at = ${now}
    WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND deleted_at IS NULL
      AND status IN ('CompleteWithSuccess', 'CompleteWithErrors')`
}

/** Remembers which sync a session waits for. */
export function waitForSync(key: SessionKey, syncRunId: string): Statement {
  return sql`
    UPDATE optimization_session SET sync_run_id = ${syncRunId}
    WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND status = 'NotStarted'`
}

/** The session of the tenant that is not complete, or none. */
export function runningSession(tenantId: string): Statement {
  return sql`
    SELECT id FROM optimization_session
    WHERE tenant_id = ${tenantId} AND status NOT IN ('CompleteWithSuccess', 'CompleteWithErrors')`
}

/** Moves a session on; nothing happens where its state does not lead there. */
export function advanceSession(key: SessionKey, to: OptimizationStatus): Statement {
  return sql`
    UPDATE optimization_session SET status = ${to}
    WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND status IN ${sourcesOf(to)}`
}

/** Gives a session to the job that prepares it, once. */
export function claimSession(key: SessionKey, jobId: string, syncRunId: string | null): Statement {
  return sql`
    UPDATE optimization_session SET status = 'CommGroupSetup', prepared_by = ${jobId},
      sync_run_id = coalesce(${syncRunId}, sync_run_id)
    WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND status IN ${sourcesOf("CommGroupSetup")}`
}

/** Fails the unit unless the session is being prepared, by this job. */
export function guardPreparation(key: SessionKey, jobId: string): Statement {
  return unitGuard(sql`EXISTS (SELECT 1 FROM optimization_session WHERE tenant_id = ${key.tenantId} AND id = ${key.id}
    AND status = 'CommGroupSetup' AND prepared_by = ${jobId})`)
}

/** Fails the unit unless the session is in this state. */
export function guardState(key: SessionKey, status: OptimizationStatus): Statement {
  return unitGuard(sql`EXISTS (${isIn(key, status)})`)
}

/** A row where the session is in this state, or none. */
function isIn(key: SessionKey, status: OptimizationStatus): SQL {
  return sql`SELECT 1 FROM optimization_session WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND status = ${status}`
}

function sourcesOf(to: OptimizationStatus): SQL {
  return sql`(SELECT value FROM json_each(${JSON.stringify(statesBefore(to))}))`
}

/** Stores what was prepared; the session is ready to be solved. */
export function storePreparation(
  key: SessionKey,
  prepared: {
    readonly expectedDeviceCount: number
    readonly deviceCount: number
    readonly groupCount: number
    readonly dropped: readonly DroppedRatePlan[]
    readonly problems: readonly ProblemDefinition[]
    readonly deviceCounts: readonly number[]
    readonly cohorts: readonly (Placement & {
      readonly communicationPlan: string | null
      readonly ratePlan: string | null
      readonly serviceProviderId: string
      readonly portalType: string
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
    cohort.serviceProviderId,
    cohort.portalType,
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
          eligibility, exclusion, device_count, service_provider_id, portal_type)
        SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6,
          value->>7, value->>8
        FROM json_each(${JSON.stringify(rows)})`,
    ),
    sql`UPDATE optimization_session SET status = 'RunningPermutations', device_count = ${prepared.deviceCount},
        expected_device_count = ${prepared.expectedDeviceCount},
        group_count = ${prepared.groupCount}, problem_count = ${problems.length},
        dropped_rate_plans = ${JSON.stringify(prepared.dropped)}
      WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND status = 'CommGroupSetup'`,
  ]
}

export function chunks<T>(rows: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(rows.length / 2_000) }, (_, at) => rows.slice(at * 2_000, (at + 1) * 2_000))
}

/** What solving one problem found. */
export interface ProblemOutcome {
  readonly winner: Candidate
  readonly proof: "optimal" | "bounded"
  readonly moveCount: number
  readonly costs: CandidateCosts
  readonly cost: bigint
  readonly lowerBound: bigint
  readonly components: BeforeAndAfter & { readonly ratePlans: ComponentsByRatePlan }
  readonly multipliers: unknown
  readonly solveMs: number
}

/** What the candidates cost that others are compared with. */
export interface CandidateCosts {
  readonly current: bigint
  readonly base: bigint
  readonly perSimCheapest: bigint
  readonly sequences: bigint
}

/** The current cost and the cost in their parts. */
export interface BeforeAndAfter {
  readonly before: CostComponents
  readonly after: CostComponents
}

const costColumns = ({ current, base, perSimCheapest, sequences }: CandidateCosts): SQL => sql`
  current_cost = ${String(current)}, base_cost = ${String(base)}, per_sim_cheapest_cost = ${String(perSimCheapest)},
  sequences_cost = ${String(sequences)}`

export function completeProblem(key: SessionKey, position: number, outcome: ProblemOutcome): Statement {
  return sql`
    UPDATE optimization_problem SET status = 'CompleteWithSuccess', winner = ${outcome.winner}, proof = ${outcome.proof},
      move_count = ${outcome.moveCount}, ${costColumns(outcome.costs)}, cost = ${String(outcome.cost)},
      lower_bound = ${String(outcome.lowerBound)}, components = ${JSON.stringify(outcome.components)}, multipliers = ${JSON.stringify(outcome.multipliers)},
      solve_ms = ${outcome.solveMs}
    WHERE ${ofSession(key)} AND position = ${position} AND status = 'NotStarted'`
}

export function completeSession(
  key: SessionKey,
  totals: Pick<ProblemOutcome, "moveCount" | "costs" | "cost" | "lowerBound"> & { readonly components: BeforeAndAfter },
  now: number,
): Statement {
  return sql`
    UPDATE optimization_session SET status = 'CompleteWithSuccess', move_count = ${totals.moveCount},
      ${costColumns(totals.costs)}, cost = ${String(totals.cost)}, lower_bound = ${String(totals.lowerBound)},
      components = ${JSON.stringify(totals.components)}, finished_at = ${now}
    WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND status IN ${sourcesOf("CompleteWithSuccess")}`
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
        isNull(table.deletedAt),
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
  readonly serviceProviderId: string
  readonly portalType: string
  readonly deviceCount: number
}

export function selectCohorts(db: ReadDatabase, { tenantId, id }: SessionKey): Promise<StoredCohort[]> {
  const { position, communicationPlan, ratePlan, problem, eligibility, exclusion, deviceCount } = optimizationCohort
  const { serviceProviderId, portalType } = optimizationCohort
  return db
    .select({
      position,
      communicationPlan,
      ratePlan,
      serviceProviderId,
      portalType,
      problem,
      eligibility,
      exclusion: sql<ExclusionReason | null>`${exclusion}`,
      deviceCount,
    })
    .from(optimizationCohort)
    .where(and(eq(optimizationCohort.tenantId, tenantId), eq(optimizationCohort.sessionId, id)))
    .orderBy(asc(position))
}
