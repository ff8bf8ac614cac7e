import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm"
import type { ChangeAnswer, ChangeIntent } from "../ports/mod.ts"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import type {
  BulkChange,
  BulkChangeDevice,
  BulkChangeDeviceStatus,
  BulkChangeKey,
  PlannedDevice,
} from "./bulk-change.ts"
import type { Postponement, Settlement } from "./intent.ts"
import type { Refusal } from "./refusals.ts"
import { bulkChange, bulkChangeDevice } from "./schema.ts"

const header = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND id = ${key.id}`
const rowsOf = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND bulk_change_id = ${key.id}`
const inState = (key: BulkChangeKey, state: string): SQL =>
  sql`EXISTS (SELECT 1 FROM bulk_change WHERE ${header(key)} AND state = ${state})`

/** Adds a bulk change; nothing happens where its session, or the one it takes back, has one already. */
export function insertBulkChange(row: {
  readonly tenantId: string
  readonly id: string
  readonly serviceProviderId: string
  readonly changeType: string
  readonly optimizationSessionId: string | null
  readonly inverseOf: string | null
  readonly createdBy: string
  readonly now: number
}): Statement {
  return sql`
    INSERT INTO bulk_change (tenant_id, id, service_provider_id, change_type, state, optimization_session_id, inverse_of,
      created_by, created_at)
    VALUES (${row.tenantId}, ${row.id}, ${row.serviceProviderId}, ${row.changeType}, 'received',
      ${row.optimizationSessionId}, ${row.inverseOf}, ${row.createdBy}, ${row.now})
    ON CONFLICT DO NOTHING`
}

function toBulkChange(row: typeof bulkChange.$inferSelect): BulkChange {
  return { ...row, saving: BigInt(row.saving) } as BulkChange
}

/** A bulk change by its id, or the one that is not cancelled of a session or of the change it takes back. */
export async function selectBulkChange(
  db: ReadDatabase,
  tenantId: string,
  by:
    | { readonly id: string }
    | { readonly serviceProviderId: string; readonly optimizationSessionId: string }
    | { readonly inverseOf: string },
): Promise<BulkChange | undefined> {
  // The literal conditions are those of the partial indexes.
  const found =
    "id" in by
      ? eq(bulkChange.id, by.id)
      : "inverseOf" in by
        ? sql`${eq(bulkChange.inverseOf, by.inverseOf)} AND inverse_of IS NOT NULL AND state <> 'cancelled'`
        : sql`${eq(bulkChange.serviceProviderId, by.serviceProviderId)}
            AND ${eq(bulkChange.optimizationSessionId, by.optimizationSessionId)}
            AND optimization_session_id IS NOT NULL AND state <> 'cancelled'`
  const [row] = await db
    .select()
    .from(bulkChange)
    .where(and(eq(bulkChange.tenantId, tenantId), found))
  return row && toBulkChange(row)
}

/** Writes rows of a plan in the making; what an interrupted attempt left at their positions is replaced. */
export function upsertPlannedDevices(key: BulkChangeKey, rows: readonly PlannedDevice[]): Statement {
  const values = rows.map((row) => [
    row.position,
    row.carrierDeviceId,
    row.fromRatePlan,
    row.toRatePlan,
    row.saving,
    row.status,
    row.code,
    row.text,
  ])
  return sql`
    INSERT INTO bulk_change_device (tenant_id, bulk_change_id, position, carrier_device_id, from_rate_plan, to_rate_plan,
      saving, status, code, text)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7
    FROM json_each(${JSON.stringify(values)}) WHERE ${inState(key, "received")}
    ON CONFLICT (tenant_id, bulk_change_id, position) DO UPDATE SET carrier_device_id = excluded.carrier_device_id,
      from_rate_plan = excluded.from_rate_plan, to_rate_plan = excluded.to_rate_plan, saving = excluded.saving,
      status = excluded.status, code = excluded.code, text = excluded.text`
}

/** Which of the devices have a row before `position`. Uses `bulk_change_device_carrier_id`. */
export function plannedBefore(key: BulkChangeKey, position: number, carrierDeviceIds: readonly string[]): Statement {
  return sql`
    SELECT DISTINCT carrier_device_id AS "carrierDeviceId" FROM bulk_change_device
    WHERE ${rowsOf(key)} AND position < ${position}
      AND carrier_device_id IN (SELECT value FROM json_each(${JSON.stringify(carrierDeviceIds)}))`
}

/** Completes a plan: rows that an interrupted, longer attempt left behind go. */
export function finishPlan(
  key: BulkChangeKey,
  plan: {
    readonly hash: string
    readonly deviceCount: number
    readonly refusedCount: number
    readonly saving: bigint
  },
): readonly Statement[] {
  return [
    sql`DELETE FROM bulk_change_device WHERE ${rowsOf(key)} AND position >= ${plan.deviceCount}
      AND ${inState(key, "received")}`,
    sql`UPDATE bulk_change SET state = 'planned', plan_hash = ${plan.hash}, device_count = ${plan.deviceCount},
      refused_count = ${plan.refusedCount}, saving = ${String(plan.saving)} WHERE ${header(key)} AND state = 'received'`,
  ]
}

const deviceColumns = {
  position: bulkChangeDevice.position,
  carrierDeviceId: bulkChangeDevice.carrierDeviceId,
  fromRatePlan: bulkChangeDevice.fromRatePlan,
  toRatePlan: bulkChangeDevice.toRatePlan,
  saving: bulkChangeDevice.saving,
  status: sql<BulkChangeDeviceStatus>`${bulkChangeDevice.status}`,
  code: bulkChangeDevice.code,
  text: bulkChangeDevice.text,
  processedAt: bulkChangeDevice.processedAt,
  verifiedAt: bulkChangeDevice.verifiedAt,
}

/** Rows after a position, in order. Uses the primary key. */
export function selectBulkChangeDevices(
  db: ReadDatabase,
  key: BulkChangeKey,
  page: {
    readonly after: number
    readonly limit: number
    readonly statuses?: readonly BulkChangeDeviceStatus[]
  },
): Promise<BulkChangeDevice[]> {
  return db
    .select(deviceColumns)
    .from(bulkChangeDevice)
    .where(
      and(
        eq(bulkChangeDevice.tenantId, key.tenantId),
        eq(bulkChangeDevice.bulkChangeId, key.id),
        gt(bulkChangeDevice.position, page.after),
        page.statuses &&
          sql`${bulkChangeDevice.status} IN (SELECT value FROM json_each(${JSON.stringify(page.statuses)}))`,
      ),
    )
    .orderBy(asc(bulkChangeDevice.position))
    .limit(page.limit)
}

/** The next rows to begin. Uses `bulk_change_device_new`. */
export function selectNewDevices(db: ReadDatabase, key: BulkChangeKey, limit: number): Promise<BulkChangeDevice[]> {
  return db
    .select(deviceColumns)
    .from(bulkChangeDevice)
    .where(
      and(eq(bulkChangeDevice.tenantId, key.tenantId), eq(bulkChangeDevice.bulkChangeId, key.id), sql`status = 'NEW'`),
    )
    .orderBy(asc(bulkChangeDevice.position))
    .limit(limit)
}

export function countByStatus(key: BulkChangeKey): Statement {
  return sql`
    SELECT status, count(*) AS count, count(verified_at) AS verified FROM bulk_change_device
    WHERE ${rowsOf(key)} GROUP BY status`
}

export function approvePlan(
  key: BulkChangeKey,
  approval: { readonly planHash: string; readonly approvedBy: string; readonly now: number },
): Statement {
  return sql`
    UPDATE bulk_change SET state = 'approved', approved_by = ${approval.approvedBy}, approved_at = ${approval.now}
    WHERE ${header(key)} AND state = 'planned' AND plan_hash = ${approval.planHash}`
}

export function startProcessing(key: BulkChangeKey): Statement {
  return sql`UPDATE bulk_change SET state = 'processing' WHERE ${header(key)} AND state = 'approved'`
}

/** From here on no device is begun, whoever holds the job. */
export function requestCancel(key: BulkChangeKey, cancelledBy: string, now: number): Statement {
  return sql`
    UPDATE bulk_change SET state = 'cancelling', cancelled_by = ${cancelledBy}, cancelled_at = ${now}
    WHERE ${header(key)} AND state IN ('received', 'planned', 'approved', 'processing')`
}

/** Cancels up to `limit` rows that were not begun and returns their positions. Uses `bulk_change_device_new`. */
export function cancelNewDevices(key: BulkChangeKey, now: number, limit: number): Statement {
  return sql`
    UPDATE bulk_change_device SET status = 'CANCELLED', code = 'cancelled', text = 'Cancelled before it was begun',
      processed_at = ${now}
    WHERE ${rowsOf(key)} AND position IN (
      SELECT position FROM bulk_change_device WHERE ${rowsOf(key)} AND status = 'NEW' ORDER BY position LIMIT ${limit})
    RETURNING position`
}

/** Ends a bulk change that has neither a row to begin nor an intent to settle. No row is touched. */
export function finishBulkChange(key: BulkChangeKey, now: number): Statement {
  return sql`
    UPDATE bulk_change SET state = CASE state WHEN 'cancelling' THEN 'cancelled' ELSE 'done' END, processed_at = ${now}
    WHERE ${header(key)} AND state IN ('processing', 'cancelling')
      AND NOT EXISTS (SELECT 1 FROM bulk_change_device WHERE ${rowsOf(key)} AND status = 'NEW')
      AND NOT EXISTS (SELECT 1 FROM change_intent INDEXED BY change_intent_open
        WHERE ${rowsOf(key)} AND settled_at IS NULL)`
}

/** The slice is done: the next one's job may run. */
export function advanceSlice(key: BulkChangeKey, slice: number): Statement {
  return sql`
    UPDATE bulk_change SET slice = ${slice + 1}, error_code = NULL, error_text = NULL
    WHERE ${header(key)} AND slice = ${slice}`
}

export function recordStandstill(
  key: BulkChangeKey,
  failure: { readonly code: string; readonly message: string },
): Statement {
  return sql`
    UPDATE bulk_change SET error_code = ${failure.code}, error_text = ${failure.message}
    WHERE ${header(key)} AND state IN ('approved', 'processing', 'cancelling')`
}

/** Ends a row that is not sent. */
export function refuseDevice(key: BulkChangeKey, position: number, refusal: Refusal, now: number): Statement {
  return sql`
    UPDATE bulk_change_device SET status = 'ERROR', code = ${refusal.code}, text = ${refusal.text}, processed_at = ${now}
    WHERE ${rowsOf(key)} AND position = ${position} AND status = 'NEW'`
}

/**
 * Begins a device: its intent is written and its row claimed, unless it was begun or cancelled meanwhile, or another
 * change of the device is not settled. The last statement gives a row only if this very intent is on record: then, and
 * only then, the carrier may hear of it. Uses `change_intent_device`.
 */
export function beginDevice(
  change: BulkChangeKey & { readonly serviceProviderId: string },
  position: number,
  intent: ChangeIntent,
  now: number,
): readonly Statement[] {
  const row = sql`${rowsOf(change)} AND position = ${position}`
  return [
    sql`INSERT INTO change_intent (tenant_id, bulk_change_id, position, id, change_type, carrier_device_id, rate_plan,
        created_at)
      SELECT tenant_id, bulk_change_id, position, ${intent.id}, ${intent.changeType}, ${intent.carrierDeviceId},
        ${intent.ratePlan}, ${now} FROM bulk_change_device
      WHERE ${row} AND status = 'NEW' AND ${inState(change, "processing")}
        AND NOT EXISTS (SELECT 1 FROM change_intent AS other INDEXED BY change_intent_device
          JOIN bulk_change AS owner
          ON owner.tenant_id = other.tenant_id AND owner.id = other.bulk_change_id
          WHERE other.tenant_id = ${change.tenantId} AND other.carrier_device_id = ${intent.carrierDeviceId}
            AND other.settled_at IS NULL AND owner.service_provider_id = ${change.serviceProviderId})
      ON CONFLICT DO NOTHING`,
    sql`UPDATE bulk_change_device SET status = 'PROCESSING' WHERE ${row} AND status = 'NEW'
      AND EXISTS (SELECT 1 FROM change_intent WHERE ${row})`,
    sql`SELECT id FROM change_intent WHERE ${row} AND id = ${intent.id}`,
  ]
}

/** Puts a device back in line whose change surely did not reach the carrier. */
export function returnDevice(key: BulkChangeKey, position: number, intentId: string): readonly Statement[] {
  return [
    sql`DELETE FROM change_intent WHERE ${rowsOf(key)} AND position = ${position} AND id = ${intentId}
      AND outcome IS NULL`,
    sql`UPDATE bulk_change_device SET status = 'NEW' WHERE ${rowsOf(key)} AND position = ${position}
      AND status = 'PROCESSING' AND NOT EXISTS (SELECT 1 FROM change_intent WHERE ${rowsOf(key)} AND position = ${position})`,
  ]
}

/** Stores the carrier's answer to a change: a refusal ends the row, anything else is to be seen at the carrier. */
export function recordAnswer(
  key: BulkChangeKey,
  position: number,
  answer: ChangeAnswer,
  times: { readonly now: number; readonly deadlineAt: number },
): readonly Statement[] {
  const isRefused = answer.outcome === "refused"
  return [
    sql`UPDATE change_intent SET outcome = ${answer.outcome}, code = ${answer.code}, text = ${answer.text},
        read_due_at = ${times.now}, deadline_at = ${times.deadlineAt}, settled_at = ${isRefused ? times.now : null}
      WHERE ${rowsOf(key)} AND position = ${position} AND outcome IS NULL`,
    sql`UPDATE bulk_change_device SET status = ${isRefused ? "API_FAILED" : "PENDING"}, code = ${answer.code},
        text = ${answer.text}, processed_at = ${isRefused ? times.now : null}
      WHERE ${rowsOf(key)} AND position = ${position} AND status = 'PROCESSING'`,
  ]
}

/** Whether an intent has no answer: it was being sent when its worker ended. Uses `change_intent_open`. */
export function unansweredIntents(key: BulkChangeKey): Statement {
  return sql`
    SELECT position FROM change_intent INDEXED BY change_intent_open
    WHERE ${rowsOf(key)} AND settled_at IS NULL AND read_due_at IS NULL AND outcome IS NULL LIMIT 1`
}

/** Takes intents without an answer for sent, with an unknown outcome: they are looked for, never sent again. */
export function adoptUnanswered(
  key: BulkChangeKey,
  times: { readonly now: number; readonly deadlineAt: number },
): readonly Statement[] {
  const text = "Processing was interrupted while this change was being sent"
  return [
    sql`UPDATE bulk_change_device SET status = 'PENDING', code = 'interrupted', text = ${text}
      WHERE ${rowsOf(key)} AND status = 'PROCESSING' AND position IN (SELECT position FROM change_intent
        WHERE ${rowsOf(key)} AND settled_at IS NULL AND read_due_at IS NULL AND outcome IS NULL)`,
    sql`UPDATE change_intent SET outcome = 'unknown', code = 'interrupted', text = ${text}, read_due_at = ${times.now},
        deadline_at = ${times.deadlineAt}
      WHERE ${rowsOf(key)} AND settled_at IS NULL AND read_due_at IS NULL AND outcome IS NULL`,
  ]
}

/** Answered intents whose look is due, longest due first. Uses `change_intent_open`. */
export function dueIntents(key: BulkChangeKey, now: number, limit: number): Statement {
  return sql`
    SELECT position, id, change_type AS "changeType", carrier_device_id AS "carrierDeviceId", rate_plan AS "ratePlan",
      outcome, code, text, deadline_at AS "deadlineAt", looks
    FROM change_intent WHERE ${rowsOf(key)} AND settled_at IS NULL AND read_due_at <= ${now}
    ORDER BY read_due_at, position LIMIT ${limit}`
}

/** What is left to do: whether a row is to begin, how many intents are open, and when the next look is due. */
export function openWork(key: BulkChangeKey): Statement {
  return sql`
    SELECT EXISTS (SELECT 1 FROM bulk_change_device WHERE ${rowsOf(key)} AND status = 'NEW') AS "hasNew",
      count(*) AS "openIntents", min(coalesce(read_due_at, 0)) AS "nextLookAt"
    FROM change_intent INDEXED BY change_intent_open WHERE ${rowsOf(key)} AND settled_at IS NULL`
}

/**
 * Ends rows by what was seen of them; a row that ended before keeps its end. The positions are given twice: joined to the
 * list alone, SQLite walks through all rows of the bulk change for it.
 */
export function settleDevices(
  key: BulkChangeKey,
  settlements: readonly Settlement[],
  now: number,
): readonly Statement[] {
  const values = JSON.stringify(
    settlements.map((row) => [row.position, row.status, row.code, row.text, row.isVerified ? now : null]),
  )
  return [
    sql`UPDATE bulk_change_device SET status = v.value->>1, code = v.value->>2, text = v.value->>3,
        processed_at = ${now}, verified_at = v.value->>4
      FROM json_each(${values}) AS v
      WHERE ${rowsOf(key)} AND position IN (SELECT value->>0 FROM json_each(${values})) AND position = v.value->>0
        AND status IN ('PROCESSING', 'PENDING')`,
    sql`UPDATE change_intent SET settled_at = ${now}
      WHERE ${rowsOf(key)} AND settled_at IS NULL AND position IN (SELECT value->>0 FROM json_each(${values}))`,
  ]
}

/** Sets when to look again. */
export function postponeIntents(key: BulkChangeKey, postponements: readonly Postponement[]): Statement {
  const values = JSON.stringify(postponements.map((row) => [row.position, row.readDueAt]))
  return sql`
    UPDATE change_intent SET read_due_at = v.value->>1, looks = looks + 1 FROM json_each(${values}) AS v
    WHERE ${rowsOf(key)} AND position IN (SELECT value->>0 FROM json_each(${values})) AND position = v.value->>0
      AND settled_at IS NULL`
}
