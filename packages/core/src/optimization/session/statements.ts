import { and, desc, eq, isNull, type SQL, sql } from "drizzle-orm"
import { type ReadDatabase, type Statement, unitGuard } from "../../store/mod.ts"
import type { DroppedRatePlan } from "../load/usable-rate-plans.ts"
import { optimizationSession } from "./schema.ts"
import type { BeforeAndAfter, CandidateCosts, OptimizationStatus, SessionRequest } from "./session.ts"
import { statesBefore } from "./transitions.ts"

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

export const costColumns = ({ current, base, perSimCheapest, sequences }: CandidateCosts): SQL => sql`
  current_cost = ${String(current)}, base_cost = ${String(base)}, per_sim_cheapest_cost = ${String(perSimCheapest)},
  sequences_cost = ${String(sequences)}`

/** The session is ready to be solved. */
export function markPrepared(
  key: SessionKey,
  prepared: {
    readonly expectedDeviceCount: number
    readonly deviceCount: number
    readonly groupCount: number
    readonly problemCount: number
    readonly dropped: readonly DroppedRatePlan[]
  },
): Statement {
  return sql`
    UPDATE optimization_session SET status = 'RunningPermutations', device_count = ${prepared.deviceCount},
      expected_device_count = ${prepared.expectedDeviceCount}, group_count = ${prepared.groupCount},
      problem_count = ${prepared.problemCount}, dropped_rate_plans = ${JSON.stringify(prepared.dropped)}
    WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND status = 'CommGroupSetup'`
}

export function completeSession(
  key: SessionKey,
  totals: {
    readonly moveCount: number
    readonly costs: CandidateCosts
    readonly cost: bigint
    readonly lowerBound: bigint
    readonly components: BeforeAndAfter
  },
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

/** Takes the progress further, or fails the unit where it is further already. */
export function advanceProgress(key: SessionKey, progress: number): readonly Statement[] {
  const ofSession = sql`tenant_id = ${key.tenantId} AND id = ${key.id}`
  return [
    unitGuard(sql`EXISTS (SELECT 1 FROM optimization_session WHERE ${ofSession} AND progress <= ${progress})`),
    sql`UPDATE optimization_session SET progress = ${progress} WHERE ${ofSession}`,
  ]
}
