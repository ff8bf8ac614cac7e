import { and, eq, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../../store/mod.ts"
import { ofSession, type SessionKey } from "../session/statements.ts"
import { optimizationApply } from "./schema.ts"

/** A row of a plan: SIM, from, to, saving, and where it is held back by which rail and why. */
export type ApplyMoveRow = readonly [
  position: number,
  carrierDeviceId: string,
  fromRatePlan: string,
  toRatePlan: string,
  saving: number,
  heldBackBy: string | null,
  reason: string | null,
]

/** Removes a plan that is made anew, and some of its moves; repeated until {@link countMoves} is 0. */
export function discardApply(key: SessionKey, limit: number): readonly Statement[] {
  return [
    sql`DELETE FROM optimization_apply WHERE ${ofSession(key)}`,
    sql`DELETE FROM optimization_apply_move WHERE (tenant_id, session_id, position) IN (
      SELECT tenant_id, session_id, position FROM optimization_apply_move WHERE ${ofSession(key)} LIMIT ${limit})`,
    sql`UPDATE optimization_session SET reconciliation = NULL WHERE tenant_id = ${key.tenantId} AND id = ${key.id}`,
  ]
}

export function countMoves(key: SessionKey): Statement {
  return sql`SELECT count(*) AS count FROM optimization_apply_move WHERE ${ofSession(key)}`
}

export function storeMoves(key: SessionKey, rows: readonly ApplyMoveRow[]): Statement {
  return sql`
    INSERT INTO optimization_apply_move (tenant_id, session_id, position, carrier_device_id, from_rate_plan, to_rate_plan,
      saving, held_back_by, reason)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6
    FROM json_each(${JSON.stringify(rows)})
    WHERE true ON CONFLICT (tenant_id, session_id, position) DO UPDATE SET carrier_device_id = excluded.carrier_device_id,
      from_rate_plan = excluded.from_rate_plan, to_rate_plan = excluded.to_rate_plan, saving = excluded.saving,
      held_back_by = excluded.held_back_by, reason = excluded.reason`
}

/** A plan as it is stored, all but what became of it. */
export type ApplyRow = Omit<typeof optimizationApply.$inferSelect, "tenantId" | "sessionId" | "reconciliation">

/** Completes a plan whose moves are stored. */
export function storeApply(key: SessionKey, row: ApplyRow): Statement {
  return sql`
    INSERT INTO optimization_apply (tenant_id, session_id, guard_rails, not_after, moves_per_second, moves_in_time,
      current_cost, session_cost, planned_cost, move_count, held_back, created_by, created_at)
    VALUES (${key.tenantId}, ${key.id}, ${row.guardRails}, ${row.notAfter}, ${row.movesPerSecond}, ${row.movesInTime},
      ${row.currentCost}, ${row.sessionCost}, ${row.plannedCost}, ${row.moveCount}, ${row.heldBack}, ${row.createdBy},
      ${row.createdAt})
    ON CONFLICT (tenant_id, session_id) DO UPDATE SET guard_rails = excluded.guard_rails, not_after = excluded.not_after,
      moves_per_second = excluded.moves_per_second, moves_in_time = excluded.moves_in_time,
      current_cost = excluded.current_cost, session_cost = excluded.session_cost, planned_cost = excluded.planned_cost,
      move_count = excluded.move_count, held_back = excluded.held_back, created_by = excluded.created_by,
      created_at = excluded.created_at`
}

export async function selectApply(
  db: ReadDatabase,
  { tenantId, id }: SessionKey,
): Promise<typeof optimizationApply.$inferSelect | undefined> {
  const [row] = await db
    .select()
    .from(optimizationApply)
    .where(and(eq(optimizationApply.tenantId, tenantId), eq(optimizationApply.sessionId, id)))
  return row
}

/** Moves after a position, in order. Uses the primary key. */
export function movesAfter(
  key: SessionKey,
  page: { readonly after: number; readonly before: number; readonly limit: number },
): Statement {
  return sql`
    SELECT position, carrier_device_id AS "carrierDeviceId", from_rate_plan AS "fromRatePlan", to_rate_plan AS "toRatePlan",
      saving, held_back_by AS "heldBackBy", reason FROM optimization_apply_move
    WHERE ${ofSession(key)} AND position > ${page.after} AND position < ${page.before} ORDER BY position LIMIT ${page.limit}`
}

/** Stores what became of the changes; the session shows whether it is explained. */
export function storeReconciliation(
  key: SessionKey,
  state: "explained" | "unexplained",
  reconciliation: unknown,
): readonly Statement[] {
  return [
    sql`UPDATE optimization_apply SET reconciliation = ${JSON.stringify(reconciliation)} WHERE ${ofSession(key)}`,
    sql`UPDATE optimization_session SET reconciliation = ${state} WHERE tenant_id = ${key.tenantId} AND id = ${key.id}
      AND EXISTS (SELECT 1 FROM optimization_apply WHERE ${ofSession(key)})`,
  ]
}
