import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../../store/mod.ts"
import type { BulkChange, BulkChangeKey } from "../bulk-change.ts"
import { inState } from "../change-statements.ts"
import { PROCESSOR } from "../log/log-entry.ts"
import { appendLog, logDevices } from "../log/log-statements.ts"

const rowsOf = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND bulk_change_id = ${key.id}`

/** A row of a plan as it is stored and hashed: objects as the JSON text that is in the database, byte by byte. */
export interface PlanRow {
  readonly position: number
  readonly serviceProviderId: string
  readonly identifier: string
  readonly carrierDeviceId: string | null
  readonly fromValues: string
  readonly toValues: string
  readonly steps: string
  readonly saving: number | null
  readonly isIrreversible: number
  readonly sideEffects: string
  readonly refusalCode: string | null
  readonly refusalText: string | null
}

/** The same with where the row stands. */
export type StoredPlanRow = PlanRow & {
  readonly status: string
  readonly code: string | null
  readonly text: string | null
  readonly round: number
}

/** The values of a row in their one order. A plan's hash is made of them: another order makes every stored plan a changed one. */
export function plannedValues(row: PlanRow): readonly unknown[] {
  return [
    row.position,
    row.serviceProviderId,
    row.identifier,
    row.carrierDeviceId,
    row.fromValues,
    row.toValues,
    row.steps,
    row.saving,
    row.isIrreversible,
    row.sideEffects,
    row.refusalCode,
    row.refusalText,
  ]
}

/** Writes rows of a plan in the making; what an interrupted attempt left at their positions is replaced. */
export function upsertPlannedDevices(key: BulkChangeKey, rows: readonly PlanRow[]): Statement {
  return sql`
    INSERT INTO bulk_change_device (tenant_id, bulk_change_id, position, service_provider_id, identifier,
      carrier_device_id, from_values, to_values, steps, saving, is_irreversible, side_effects, refusal_code, refusal_text,
      status, code, text, ready_at)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6,
      value->>7, value->>8, value->>9, value->>10, value->>11, iif(value->>10 IS NULL, 'NEW', 'ERROR'), value->>10,
      value->>11, iif(value->>10 IS NULL, 0, NULL)
    FROM json_each(${JSON.stringify(rows.map(plannedValues))}) WHERE ${inState(key, "received")}
    ON CONFLICT (tenant_id, bulk_change_id, position) DO UPDATE SET service_provider_id = excluded.service_provider_id,
      identifier = excluded.identifier, carrier_device_id = excluded.carrier_device_id,
      from_values = excluded.from_values, to_values = excluded.to_values, steps = excluded.steps,
      saving = excluded.saving, is_irreversible = excluded.is_irreversible, side_effects = excluded.side_effects,
      refusal_code = excluded.refusal_code, refusal_text = excluded.refusal_text, status = excluded.status,
      code = excluded.code, text = excluded.text, ready_at = excluded.ready_at`
}

/** Which of the devices have a row before `position`. Uses `bulk_change_device_carrier_id`. */
export function plannedBefore(key: BulkChangeKey, position: number, carrierDeviceIds: readonly string[]): Statement {
  return sql`
    SELECT DISTINCT service_provider_id AS "serviceProviderId", carrier_device_id AS "carrierDeviceId"
    FROM bulk_change_device WHERE ${rowsOf(key)} AND position < ${position}
      AND carrier_device_id IN (SELECT value FROM json_each(${JSON.stringify(carrierDeviceIds)}))`
}

/** Completes a plan: rows that an interrupted, longer attempt left behind go, the accounts get their lanes. */
export function finishPlan(
  change: BulkChange,
  plan: {
    readonly hash: string
    readonly deviceCount: number
    readonly refusedCount: number
    readonly saving: bigint
    readonly serviceProviderIds: readonly string[]
  },
  now: number,
): readonly Statement[] {
  const { hash, deviceCount, refusedCount } = plan
  const isOpen = inState(change, "received")
  return [
    sql`DELETE FROM bulk_change_device WHERE ${rowsOf(change)} AND position >= ${deviceCount} AND ${isOpen}`,
    sql`INSERT INTO bulk_change_lane (tenant_id, bulk_change_id, service_provider_id)
      SELECT ${change.tenantId}, ${change.id}, value FROM json_each(${JSON.stringify(plan.serviceProviderIds)})
      WHERE ${isOpen} ON CONFLICT DO NOTHING`,
    appendLog(
      change,
      [
        {
          entryKey: "change/planned/0",
          position: null,
          event: { kind: "change", state: "planned", planHash: hash, deviceCount },
          description: `${deviceCount} devices are planned, ${refusedCount} of them refused`,
          processBy: change.createdBy,
          responseStatus: "planned",
        },
      ],
      now,
      isOpen,
    ),
    logDevices(
      change,
      {
        what: "plan",
        status: "ERROR",
        code: sql.raw("chosen.refusal_code"),
        description: sql.raw("chosen.refusal_text"),
        processBy: PROCESSOR,
        hasErrors: true,
      },
      sql`SELECT * FROM bulk_change_device WHERE ${rowsOf(change)} AND refusal_code IS NOT NULL AND ${isOpen}`,
      now,
    ),
    sql`UPDATE bulk_change SET state = 'planned', plan_hash = ${hash}, device_count = ${deviceCount},
      refused_count = ${refusedCount}, saving = ${String(plan.saving)}
      WHERE tenant_id = ${change.tenantId} AND id = ${change.id} AND state = 'received'`,
  ]
}

/** Rows after a position as they are hashed. Uses the primary key. */
export function selectPlanRows(key: BulkChangeKey, after: number, limit: number): Statement {
  return sql`
    SELECT position, service_provider_id AS "serviceProviderId", identifier, carrier_device_id AS "carrierDeviceId",
      from_values AS "fromValues", to_values AS "toValues", steps, saving, is_irreversible AS "isIrreversible",
      side_effects AS "sideEffects", refusal_code AS "refusalCode", refusal_text AS "refusalText", status, code, text, round
    FROM bulk_change_device WHERE ${rowsOf(key)} AND position > ${after} ORDER BY position LIMIT ${limit}`
}
