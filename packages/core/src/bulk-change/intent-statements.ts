import { type SQL, sql } from "drizzle-orm"
import type { ChangeAnswer, ChangeIntent } from "../ports/mod.ts"
import type { Statement } from "../store/mod.ts"
import type { BulkChange, BulkChangeKey } from "./bulk-change.ts"
import type { BulkChangeDevice, StepVia } from "./bulk-change-device.ts"
import { HELD } from "./canary-statements.ts"
import { inState } from "./change-statements.ts"
import type { IntentKey, Postponement } from "./intent.ts"
import { deviceEntry } from "./log-entry.ts"
import { appendLog, logDevices } from "./log-statements.ts"

const rowsOf = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND bulk_change_id = ${key.id}`
const intentOf = (key: BulkChangeKey, at: IntentKey): SQL =>
  sql`${rowsOf(key)} AND position = ${at.position} AND round = ${at.round} AND step = ${at.step}
    AND is_undo = ${at.isUndoing ? 1 : 0}`

/**
 * Begins a step: its intent is written and its row claimed, unless it was begun or cancelled meanwhile, or another change
 * of the device is not settled. The last statement gives a row only if this very intent is on record: then, and only
 * then, the other side may hear of it. Uses `change_intent_device`.
 */
export function beginStep(
  change: BulkChange,
  row: BulkChangeDevice,
  via: StepVia,
  intent: ChangeIntent,
  now: number,
): readonly Statement[] {
  const { id, carrierDeviceId, ...asked } = intent
  const isUndo = row.isUndoing ? 1 : 0
  const device = sql`${rowsOf(change)} AND position = ${row.position}`
  // Taking back what was made goes on when the bulk change is cancelled.
  const states = row.isUndoing ? ["processing", "cancelling"] : ["processing"]
  return [
    sql`INSERT INTO change_intent (tenant_id, bulk_change_id, position, round, step, is_undo, id, service_provider_id,
        carrier_device_id, via, change, created_at)
      SELECT tenant_id, bulk_change_id, position, ${row.round}, ${row.step}, ${isUndo}, ${id}, service_provider_id,
        ${carrierDeviceId}, ${via}, ${JSON.stringify(asked)}, ${now} FROM bulk_change_device
      WHERE ${device} AND ready_at IS NOT NULL AND round = ${row.round} AND step = ${row.step} AND is_undoing = ${isUndo}
        AND ${inState(change, ...states)}
        AND NOT EXISTS (SELECT 1 FROM change_intent AS other INDEXED BY change_intent_device
          WHERE other.tenant_id = ${change.tenantId} AND other.carrier_device_id = ${carrierDeviceId}
            AND other.settled_at IS NULL AND other.service_provider_id = ${row.serviceProviderId})
      ON CONFLICT DO NOTHING`,
    sql`UPDATE bulk_change_device SET status = 'PROCESSING', ready_at = NULL WHERE ${device} AND ready_at IS NOT NULL
      AND EXISTS (SELECT 1 FROM change_intent WHERE ${intentOf(change, row)} AND id = ${id})`,
    appendLog(
      change,
      [
        deviceEntry("begin", row, {
          status: "PROCESSING",
          code: row.isUndoing ? row.code : null,
          description: `${row.isUndoing ? "Takes back" : "Sends"} step ${row.step + 1} of ${row.steps.length}`,
          request: { device: carrierDeviceId, ...asked },
          // A device that went back in line is begun again.
          occurrence: now,
        }),
      ],
      now,
      sql`EXISTS (SELECT 1 FROM change_intent WHERE ${intentOf(change, row)} AND id = ${id} AND created_at = ${now})`,
    ),
    sql`SELECT id FROM change_intent WHERE ${intentOf(change, row)} AND id = ${id}`,
  ]
}

/** Puts a device back in line whose step surely did not reach the other side. */
export function returnDevice(key: BulkChangeKey, at: IntentKey, intentId: string, now: number): readonly Statement[] {
  const isBegun = at.step > 0 || at.isUndoing
  const status = isBegun ? "PROCESSING" : "NEW"
  const isOurs = sql`EXISTS (SELECT 1 FROM change_intent WHERE ${intentOf(key, at)} AND id = ${intentId} AND outcome IS NULL)`
  return [
    appendLog(
      key,
      [
        deviceEntry("answer", at, {
          status,
          code: null,
          description: "It was not sent: the other side is away. The device is back in line",
          occurrence: now,
        }),
      ],
      now,
      isOurs,
    ),
    sql`UPDATE bulk_change_device SET status = ${status}, ready_at = 0 WHERE ${rowsOf(key)}
      AND position = ${at.position} AND status = 'PROCESSING' AND ${isOurs}`,
    sql`DELETE FROM change_intent WHERE ${intentOf(key, at)} AND id = ${intentId} AND outcome IS NULL`,
  ]
}

/** Stores the answer to a step. A refusal settles it; anything else is to be seen at the other side. */
export function recordAnswer(
  key: BulkChangeKey,
  at: IntentKey,
  answer: ChangeAnswer,
  times: { readonly now: number; readonly deadlineAt: number },
): Statement {
  return sql`
    UPDATE change_intent SET outcome = ${answer.outcome}, code = ${answer.code}, text = ${answer.text},
      request_id = ${answer.requestId ?? null}, read_due_at = ${times.now}, deadline_at = ${times.deadlineAt},
      settled_at = ${answer.outcome === "refused" ? times.now : null}
    WHERE ${intentOf(key, at)} AND outcome IS NULL`
}

const isUnanswered = (key: BulkChangeKey, serviceProviderId: string): SQL =>
  sql`${rowsOf(key)} AND service_provider_id = ${serviceProviderId} AND settled_at IS NULL AND read_due_at IS NULL
    AND outcome IS NULL`

/** Whether an intent has no answer: it was being sent when its worker ended. Uses `change_intent_open`. */
export function unansweredIntents(key: BulkChangeKey, serviceProviderId: string): Statement {
  return sql`
    SELECT position FROM change_intent INDEXED BY change_intent_open WHERE ${isUnanswered(key, serviceProviderId)} LIMIT 1`
}

/** Takes intents without an answer for sent, with an unknown outcome: they are looked for, never sent again. */
export function adoptUnanswered(
  key: BulkChangeKey,
  serviceProviderId: string,
  times: { readonly now: number; readonly deadlineAt: number },
): readonly Statement[] {
  const text = "Processing was interrupted while this change was being sent"
  const unanswered = isUnanswered(key, serviceProviderId)
  const positions = sql`(SELECT position FROM change_intent INDEXED BY change_intent_open WHERE ${unanswered})`
  return [
    logDevices(
      key,
      {
        what: `adopt/${times.now}`,
        status: "PENDING",
        code: sql`'interrupted'`,
        description: sql`${text}`,
        processBy: "bulk-change",
        hasErrors: false,
      },
      sql`SELECT * FROM bulk_change_device WHERE ${rowsOf(key)} AND status = 'PROCESSING' AND position IN ${positions}`,
      times.now,
    ),
    sql`UPDATE bulk_change_device SET status = 'PENDING',
        code = iif(is_undoing = 1, code, 'interrupted'), text = iif(is_undoing = 1, text, ${text})
      WHERE ${rowsOf(key)} AND status = 'PROCESSING' AND position IN ${positions}`,
    sql`UPDATE change_intent SET outcome = 'unknown', code = 'interrupted', text = ${text}, read_due_at = ${times.now},
        deadline_at = ${times.deadlineAt} WHERE ${unanswered}`,
  ]
}

/** Answered intents whose look is due, longest due first, with where their rows stand. Uses `change_intent_open`. */
export function dueIntents(
  key: BulkChangeKey,
  lane: { readonly serviceProviderId: string; readonly now: number; readonly limit: number },
): Statement {
  return sql`
    SELECT i.position, i.round, i.step, i.is_undo AS "isUndoing", i.id, i.service_provider_id AS "serviceProviderId",
      i.carrier_device_id AS "carrierDeviceId", i.via,
      i.change, i.outcome, i.code, i.text, i.created_at AS "sentAt", i.deadline_at AS "deadlineAt", i.looks,
      i.is_recheck AS "isRecheck", d.steps, d.code AS "rowCode", d.text AS "rowText"
    FROM change_intent i INDEXED BY change_intent_open
    JOIN bulk_change_device d ON d.tenant_id = i.tenant_id AND d.bulk_change_id = i.bulk_change_id
      AND d.position = i.position
    WHERE i.tenant_id = ${key.tenantId} AND i.bulk_change_id = ${key.id}
      AND i.service_provider_id = ${lane.serviceProviderId} AND i.settled_at IS NULL AND i.read_due_at <= ${lane.now}
    ORDER BY i.read_due_at, i.position LIMIT ${lane.limit}`
}

/** What an account has left to do: when its next step may be sent, how many intents are open, when the next look is due. */
export function openWork(key: BulkChangeKey, serviceProviderId: string): Statement {
  const lane = sql`${rowsOf(key)} AND service_provider_id = ${serviceProviderId}`
  return sql`
    SELECT (SELECT min(ready_at) FROM bulk_change_device INDEXED BY bulk_change_device_ready
        WHERE ${lane} AND ready_at IS NOT NULL AND ready_at < ${HELD}) AS "readyAt",
      count(*) AS "openIntents", min(coalesce(read_due_at, 0)) AS "nextLookAt"
    FROM change_intent INDEXED BY change_intent_open WHERE ${lane} AND settled_at IS NULL`
}

const values = (rows: readonly (readonly (number | string)[])[]): SQL => sql`json_each(${JSON.stringify(rows)})`

/** Settles intents: what became of them is known, or will not be. */
export function settleIntents(
  key: BulkChangeKey,
  intents: readonly { readonly id: string; readonly position: number }[],
  now: number,
): Statement {
  const listed = values(intents.map(({ position, id }) => [position, id]))
  return sql`
    UPDATE change_intent SET settled_at = ${now} WHERE ${rowsOf(key)} AND settled_at IS NULL
      AND position IN (SELECT value->>0 FROM ${listed}) AND id IN (SELECT value->>1 FROM ${listed})`
}

/** Sets when to look again. */
export function postponeIntents(key: BulkChangeKey, postponements: readonly Postponement[]): Statement {
  const listed = values(postponements.map((row) => [row.position, row.id, row.readDueAt]))
  return sql`
    UPDATE change_intent SET read_due_at = v.value->>2, looks = looks + 1 FROM ${listed} AS v
    WHERE ${rowsOf(key)} AND position IN (SELECT value->>0 FROM ${listed}) AND position = v.value->>0
      AND change_intent.id = v.value->>1 AND settled_at IS NULL`
}

/** Opens what ended unknown for another look; nothing is sent. The third statement gives the positions. */
export function reopenUnknown(key: BulkChangeKey, by: string, now: number): readonly Statement[] {
  const rows = sql`SELECT * FROM bulk_change_device WHERE ${rowsOf(key)} AND status = 'UNKNOWN'`
  return [
    logDevices(
      key,
      {
        what: `recheck/${now}`,
        status: "PENDING",
        code: sql.raw("chosen.code"),
        description: sql`'Asked to look again'`,
        processBy: "bulk-change",
        hasErrors: false,
      },
      rows,
      now,
    ),
    sql`UPDATE change_intent SET settled_at = NULL, read_due_at = ${now}, deadline_at = ${now}, looks = 0, is_recheck = 1
      WHERE (tenant_id, bulk_change_id, position, round, step, is_undo) IN (
        SELECT d.tenant_id, d.bulk_change_id, d.position, d.round, d.step, d.is_undoing FROM (${rows}) AS d)`,
    sql`UPDATE bulk_change_device SET status = 'PENDING', processed_at = NULL
      WHERE ${rowsOf(key)} AND position IN (SELECT position FROM (${rows})) RETURNING position`,
    sql`UPDATE bulk_change SET state = iif(state = 'cancelled', 'cancelling', 'processing'), processed_at = NULL
      WHERE tenant_id = ${key.tenantId} AND id = ${key.id} AND state IN ('done', 'cancelled')
        AND EXISTS (SELECT 1 FROM change_intent INDEXED BY change_intent_open WHERE ${rowsOf(key)} AND settled_at IS NULL)`,
    ...(["processing", "cancelling"] as const).map((state) =>
      appendLog(
        key,
        [
          {
            entryKey: `change/recheck/${now}`,
            position: null,
            event: { kind: "change", state },
            description: "What ended unknown is looked for again",
            processBy: by,
            responseStatus: state,
          },
        ],
        now,
        inState(key, state),
      ),
    ),
  ]
}

/** The open intent that a callback names. Uses `change_intent_request`. */
export function intentByRequest(tenantId: string, serviceProviderId: string, requestId: string): Statement {
  return sql`
    SELECT bulk_change_id AS "bulkChangeId", position, id FROM change_intent INDEXED BY change_intent_request
    WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId} AND request_id = ${requestId}
      AND request_id IS NOT NULL AND settled_at IS NULL`
}

/** Makes an intent's look due. */
export function lookNow(
  key: BulkChangeKey,
  intent: { readonly position: number; readonly id: string },
  now: number,
): Statement {
  return sql`
    UPDATE change_intent SET read_due_at = ${now} WHERE ${rowsOf(key)} AND position = ${intent.position}
      AND id = ${intent.id} AND settled_at IS NULL AND read_due_at IS NOT NULL`
}
