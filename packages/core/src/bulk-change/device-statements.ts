import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import type { BulkChange, BulkChangeKey } from "./bulk-change.ts"
import type { BulkChangeDevice, BulkChangeDeviceStatus } from "./bulk-change-device.ts"
import { inState } from "./change-statements.ts"
import { listedRows, ofListed } from "./listed-statements.ts"
import { logDevices } from "./log/log-statements.ts"
import type { RowMove } from "./process/progress.ts"
import { bulkChangeDevice } from "./schema.ts"

const rowsOf = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND bulk_change_id = ${key.id}`

const deviceColumns = {
  position: bulkChangeDevice.position,
  serviceProviderId: bulkChangeDevice.serviceProviderId,
  identifier: bulkChangeDevice.identifier,
  carrierDeviceId: bulkChangeDevice.carrierDeviceId,
  from: bulkChangeDevice.fromValues,
  to: bulkChangeDevice.toValues,
  steps: bulkChangeDevice.steps,
  saving: bulkChangeDevice.saving,
  isIrreversible: bulkChangeDevice.isIrreversible,
  sideEffects: bulkChangeDevice.sideEffects,
  status: bulkChangeDevice.status,
  code: bulkChangeDevice.code,
  text: bulkChangeDevice.text,
  step: bulkChangeDevice.step,
  isUndoing: bulkChangeDevice.isUndoing,
  round: bulkChangeDevice.round,
  processedAt: bulkChangeDevice.processedAt,
  verifiedAt: bulkChangeDevice.verifiedAt,
}

type DeviceRow = { readonly [K in keyof typeof deviceColumns]: (typeof deviceColumns)[K]["_"]["data"] | null }

function toDevice(row: DeviceRow): BulkChangeDevice {
  return {
    ...row,
    from: JSON.parse(String(row.from)),
    to: JSON.parse(String(row.to)),
    steps: JSON.parse(String(row.steps)),
    sideEffects: JSON.parse(String(row.sideEffects)),
    isIrreversible: row.isIrreversible === 1,
    isUndoing: row.isUndoing === 1,
  } as BulkChangeDevice
}

/** Rows after a position, in order. Uses the primary key. */
export async function selectBulkChangeDevices(
  db: ReadDatabase,
  key: BulkChangeKey,
  page: {
    readonly after: number
    readonly limit: number
    readonly statuses?: readonly BulkChangeDeviceStatus[]
  },
): Promise<BulkChangeDevice[]> {
  const rows = await db
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
  return rows.map(toDevice)
}

/**
 * The next rows of an account to send a step of, those between two steps first. Once the bulk change is cancelled, only
 * those that are taken back. Uses `bulk_change_device_ready`.
 */
export async function selectReadyDevices(
  db: ReadDatabase,
  key: BulkChangeKey,
  lane: { readonly serviceProviderId: string; readonly now: number; readonly limit: number },
): Promise<BulkChangeDevice[]> {
  const rows = await db
    .select(deviceColumns)
    .from(bulkChangeDevice)
    .where(
      and(
        eq(bulkChangeDevice.tenantId, key.tenantId),
        eq(bulkChangeDevice.bulkChangeId, key.id),
        eq(bulkChangeDevice.serviceProviderId, lane.serviceProviderId),
        sql`ready_at IS NOT NULL AND ready_at <= ${lane.now} AND (is_undoing = 1 OR ${inState(key, "processing")})`,
      ),
    )
    .orderBy(asc(bulkChangeDevice.readyAt), asc(bulkChangeDevice.position))
    .limit(lane.limit)
  return rows.map(toDevice)
}

export function countByStatus(key: BulkChangeKey): Statement {
  return sql`
    SELECT status, count(*) AS count, count(verified_at) AS verified FROM bulk_change_device
    WHERE ${rowsOf(key)} GROUP BY status`
}

/** Moves rows to where they stand next; a row that ended before keeps its end. */
export function moveDevices(key: BulkChangeKey, moves: readonly RowMove[], now: number): Statement {
  const rows = moves.map(
    (move) =>
      [
        move.position,
        move.status,
        move.code,
        move.text,
        move.step,
        move.isUndoing ? 1 : 0,
        move.isReady ? 0 : null,
        move.isEnd ? now : null,
        move.isVerified ? now : null,
      ] as const,
  )
  const names = ["status", "code", "text", "step", "is_undoing", "ready_at", "processed_at", "verified_at"]
  return sql`${listedRows(rows, names)}
    UPDATE bulk_change_device SET status = v.status, code = v.code, text = v.text, step = v.step,
      is_undoing = v.is_undoing, ready_at = v.ready_at, processed_at = v.processed_at, verified_at = v.verified_at
    FROM v WHERE ${rowsOf(key)} AND ${ofListed("bulk_change_device")}
      AND bulk_change_device.status IN ('NEW', 'PROCESSING', 'PENDING')`
}

/** How long a device waits before it is asked again whether another bulk change still has it, milliseconds. */
export const WAIT_MS = 1_000

/** Lets rows wait until an instant. */
export function postponeDevices(
  key: BulkChangeKey,
  waiting: readonly { readonly position: number; readonly readyAt: number }[],
): Statement {
  const rows = waiting.map(({ position, readyAt }) => [position, readyAt] as const)
  return sql`${listedRows(rows, ["ready_at"])}
    UPDATE bulk_change_device SET ready_at = v.ready_at FROM v
    WHERE ${rowsOf(key)} AND ${ofListed("bulk_change_device")} AND bulk_change_device.ready_at IS NOT NULL`
}

/**
 * Which devices an earlier approved bulk change still has to send to, or has under way, and whether it stands still. The
 * one that was approved first goes first. Uses `bulk_change_device_waiting` and `change_intent_device`.
 */
export function blockedDevices(
  change: BulkChange,
  serviceProviderId: string,
  carrierDeviceIds: readonly string[],
  now: number,
): Statement {
  const listed = sql`(SELECT value FROM json_each(${JSON.stringify(carrierDeviceIds)}))`
  const standsStill = sql`EXISTS (SELECT 1 FROM bulk_change_lane l WHERE l.tenant_id = o.tenant_id
    AND l.bulk_change_id = o.id AND l.service_provider_id = ${serviceProviderId} AND l.error_code IS NOT NULL)`
  return sql`
    SELECT d.carrier_device_id AS "carrierDeviceId", max(${standsStill}) AS "standsStill"
    FROM bulk_change_device d INDEXED BY bulk_change_device_waiting
    JOIN bulk_change o ON o.tenant_id = d.tenant_id AND o.id = d.bulk_change_id
    WHERE d.tenant_id = ${change.tenantId} AND d.ready_at IS NOT NULL AND d.carrier_device_id IN ${listed}
      AND d.service_provider_id = ${serviceProviderId} AND d.bulk_change_id <> ${change.id}
      AND o.state IN ('approved', 'processing', 'cancelling') AND coalesce(o.effective_at, 0) <= ${now}
      AND (o.approved_at < ${change.approvedAt} OR (o.approved_at = ${change.approvedAt} AND o.id < ${change.id}))
    GROUP BY d.carrier_device_id
    UNION ALL
    SELECT i.carrier_device_id, max(${standsStill}) FROM change_intent i INDEXED BY change_intent_device
    JOIN bulk_change o ON o.tenant_id = i.tenant_id AND o.id = i.bulk_change_id
    WHERE i.tenant_id = ${change.tenantId} AND i.settled_at IS NULL AND i.carrier_device_id IN ${listed}
      AND i.service_provider_id = ${serviceProviderId} AND i.bulk_change_id <> ${change.id}
    GROUP BY i.carrier_device_id`
}

/** Cancels up to `limit` rows that were not begun and returns their positions. Uses `bulk_change_device_ready`. */
export function cancelNewDevices(key: BulkChangeKey, now: number, limit: number): readonly Statement[] {
  const chosen = sql`SELECT * FROM bulk_change_device INDEXED BY bulk_change_device_ready
    WHERE ${rowsOf(key)} AND ready_at IS NOT NULL AND status = 'NEW' AND ${inState(key, "cancelling")}
    ORDER BY service_provider_id, ready_at, position LIMIT ${limit}`
  const text = "Cancelled before it was begun"
  return [
    logDevices(
      key,
      {
        what: "cancel",
        status: "CANCELLED",
        code: sql`'cancelled'`,
        description: sql`${text}`,
        processBy: "bulk-change",
        hasErrors: false,
      },
      chosen,
      now,
    ),
    sql`UPDATE bulk_change_device SET status = 'CANCELLED', code = 'cancelled', text = ${text}, ready_at = NULL,
        processed_at = ${now}
      WHERE ${rowsOf(key)} AND position IN (SELECT position FROM (${chosen}))
      RETURNING position`,
  ]
}

/** Turns rows between two steps round: what was made is taken back. */
export function turnBackDevices(key: BulkChangeKey): Statement {
  return sql`
    UPDATE bulk_change_device SET is_undoing = 1, step = step - 1, code = 'cancelled', text = 'Cancelled', ready_at = 0
    WHERE ${rowsOf(key)} AND ready_at IS NOT NULL AND status = 'PROCESSING' AND is_undoing = 0 AND step > 0
      AND ${inState(key, "cancelling")}`
}

/** Puts rows back in line for another round: those that failed, and those that were refused for a reason that may be gone. */
export function reopenFailedDevices(key: BulkChangeKey, round: number, now: number): readonly Statement[] {
  const isOpen = inState(key, "done")
  const failed = sql`${rowsOf(key)} AND refusal_code IS NULL AND ${isOpen}
    AND (status = 'API_FAILED' OR (status = 'ERROR' AND code IN ('busy', 'canary_failed')))`
  return [
    logDevices(
      key,
      {
        what: `retry/${round}`,
        status: "NEW",
        code: sql.raw("NULL"),
        description: sql`'Put back in line'`,
        processBy: "bulk-change",
        hasErrors: false,
      },
      sql`SELECT * FROM bulk_change_device WHERE ${failed}`,
      now,
    ),
    sql`UPDATE bulk_change_device SET status = 'NEW', code = NULL, text = NULL, is_undoing = 0, round = ${round},
        ready_at = 0, processed_at = NULL, verified_at = NULL
      WHERE ${failed} RETURNING position`,
  ]
}
