import { and, desc, eq, type SQL, sql } from "drizzle-orm"
import { type ReadDatabase, type Statement, unitGuard } from "../store/mod.ts"
import { syncRun } from "./schema.ts"
import type { SyncPhase, SyncRun } from "./sync-run.ts"

/** A run's row by its key; first argument of most statements of this room. */
export interface RunKey {
  readonly tenantId: string
  readonly id: string
}

// A run that ended stays as it ended, whatever a late worker has to say.
export const isRun = (key: RunKey): SQL => sql`tenant_id = ${key.tenantId} AND id = ${key.id} AND status = 'active'`

/** A run as a job found it. */
export interface SeenRun extends RunKey {
  readonly restarts: number
}

// A job that was delivered twice may come late: what it has to say of its phase counts only while the run is in it, and
// what it has to say of a scan only while the list was not begun anew.
export const isInPhase = (run: SeenRun, phase: SyncPhase): SQL =>
  sql`${isRun(run)} AND phase = ${phase} AND restarts = ${run.restarts}`

/** Fails where another run of the provider is active. Written twice, as after a lost answer, it does nothing more. */
export function insertRun(run: {
  readonly tenantId: string
  readonly id: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly mode: string
  readonly lookback: string
  readonly modifiedSince: number | null
  readonly optimizeAfter: boolean
  readonly optimizationSessionId: string | null
  readonly startedAt: number
}): Statement {
  return sql`
    INSERT INTO sync_run (tenant_id, id, service_provider_id, billing_period_id, mode, lookback, modified_since, status, phase,
      optimize_after, optimization_session_id, started_at)
    SELECT ${run.tenantId}, ${run.id}, ${run.serviceProviderId}, ${run.billingPeriodId}, ${run.mode}, ${run.lookback},
      ${run.modifiedSince}, 'active', 'devices', ${run.optimizeAfter ? 1 : 0}, ${run.optimizationSessionId}, ${run.startedAt}
    WHERE NOT EXISTS (SELECT 1 FROM sync_run WHERE tenant_id = ${run.tenantId} AND id = ${run.id})`
}

function toRun(row: typeof syncRun.$inferSelect): SyncRun {
  return { ...row, certificate: row.certificate === null ? null : JSON.parse(row.certificate) } as SyncRun
}

export async function selectRun(db: ReadDatabase, key: RunKey): Promise<SyncRun | undefined> {
  const [row] = await db
    .select()
    .from(syncRun)
    .where(and(eq(syncRun.tenantId, key.tenantId), eq(syncRun.id, key.id)))
  return row && toRun(row)
}

export async function selectLatestRun(
  db: ReadDatabase,
  tenantId: string,
  serviceProviderId: string,
): Promise<SyncRun | undefined> {
  const [row] = await db
    .select()
    .from(syncRun)
    .where(and(eq(syncRun.tenantId, tenantId), eq(syncRun.serviceProviderId, serviceProviderId)))
    .orderBy(desc(syncRun.id))
    .limit(1)
  return row && toRun(row)
}

/** Fails its unit unless the run is active and in one of the phases, and its list was not begun anew. */
export function whileIn(run: SeenRun, phases: readonly SyncPhase[]): Statement {
  const inOne = sql.join(
    phases.map((phase) => isInPhase(run, phase)),
    sql` OR `,
  )
  return unitGuard(sql`EXISTS (SELECT 1 FROM sync_run WHERE ${inOne})`)
}

/**
 * Fails its unit unless the run is in the phase and has come as far as this job left it, or, where the unit was written
 * before, as far as it goes: of two jobs of a run that is delivered twice, one goes on.
 */
export function whileAt(run: SeenRun, phase: SyncPhase, from: string | null, to: string): Statement {
  return unitGuard(sql`EXISTS (SELECT 1 FROM sync_run WHERE ${isInPhase(run, phase)}
    AND coalesce(checkpoint, '') IN (${from ?? ""}, ${to}))`)
}

/** Hands the device list over to the next job; written twice it counts once. */
export function endSlice(run: SeenRun & { readonly slices: number }): Statement {
  return sql`UPDATE sync_run SET slices = ${run.slices + 1} WHERE ${isInPhase(run, "devices")} AND slices = ${run.slices}`
}

export function countPageFailure(key: RunKey): Statement {
  return sql`UPDATE sync_run SET page_failures = page_failures + 1 WHERE ${isRun(key)} RETURNING page_failures AS "pageFailures"`
}

/** Ends a phase and opens the next one, from its start; nothing happens where the run is past it. */
export function enterPhase(run: SeenRun, from: SyncPhase, to: SyncPhase): Statement {
  return sql`UPDATE sync_run SET phase = ${to}, checkpoint = NULL WHERE ${isInPhase(run, from)}`
}

/** Shows the run to readers, all of it at once, and opens its settlement. */
export function publishRun(run: RunKey & { readonly serviceProviderId: string }, now: number): readonly Statement[] {
  return [
    sql`INSERT INTO inventory_publication (tenant_id, service_provider_id, generation, sync_run_id, unsettled_run_id, published_at)
      SELECT tenant_id, service_provider_id, 1, id, id, ${now} FROM sync_run WHERE ${isRun(run)} AND phase = 'promotion'
      ON CONFLICT (tenant_id, service_provider_id) DO UPDATE SET generation = generation + 1,
        sync_run_id = excluded.sync_run_id, unsettled_run_id = excluded.unsettled_run_id, published_at = excluded.published_at`,
    sql`UPDATE sync_run SET phase = 'settlement', checkpoint = NULL, published_at = ${now},
      unchanged = staged - rejected - inserted - updated
      WHERE ${isRun(run)} AND phase = 'promotion'`,
  ]
}

/** Stops the run until somebody confirms what it misses. */
export function askForConfirmation(key: RunKey): Statement {
  return sql`UPDATE sync_run SET phase = 'confirmation' WHERE ${isRun(key)} AND phase = 'promotion'`
}

/** Lets a run go on that waits. */
export function confirmRun(key: RunKey, now: number): Statement {
  return sql`UPDATE sync_run SET phase = 'promotion', missing_confirmed_at = ${now}
    WHERE ${isRun(key)} AND phase = 'confirmation'`
}

/** Ends an unpublished run. */
export function cancelRun(key: RunKey, now: number): Statement {
  return sql`UPDATE sync_run SET status = 'cancelled', phase = 'done', checkpoint = NULL, finished_at = ${now}
    WHERE ${isRun(key)} AND published_at IS NULL`
}

export function endRun(
  key: RunKey,
  end: {
    readonly status: "succeeded" | "failed"
    readonly now: number
    readonly code?: string
    readonly message?: string
  },
): Statement {
  return sql`
    UPDATE sync_run SET status = ${end.status}, phase = 'done', checkpoint = NULL, error_code = ${end.code ?? null},
      error_message = ${end.message ?? null}, finished_at = ${end.now}
    WHERE ${isRun(key)}`
}
