import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../../store/mod.ts"
import type { BulkChangeKey } from "../bulk-change.ts"
import { inState } from "../change-statements.ts"
import type { IntentName, Postponement } from "./intent.ts"
import { namedIntents } from "./intent-statements.ts"
import { listedRows, ofListed } from "../listed-statements.ts"
import { appendLog, logDevices } from "../log/log-statements.ts"

const rowsOf = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND bulk_change_id = ${key.id}`

/**
 * Answered intents whose look is due, longest due first, with where their rows stand. Uses `change_intent_open`.
 *
 * @param lane `except`: positions of those that were just looked at, which is not written yet.
 */
export function dueIntents(
  key: BulkChangeKey,
  lane: {
    readonly serviceProviderId: string
    readonly now: number
    readonly limit: number
    readonly except: readonly number[]
  },
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
      AND i.position NOT IN (SELECT value FROM json_each(${JSON.stringify(lane.except)}))
    ORDER BY i.read_due_at, i.position LIMIT ${lane.limit}`
}

/** Settles intents: what became of them is known, or will not be. */
export function settleIntents(key: BulkChangeKey, intents: readonly IntentName[], now: number): Statement {
  return sql`UPDATE change_intent SET settled_at = ${now} WHERE ${namedIntents(key, intents)} AND settled_at IS NULL`
}

/** Sets when to look again. */
export function postponeLooks(key: BulkChangeKey, postponements: readonly Postponement[]): Statement {
  const rows = postponements.map(({ position, id, readDueAt }) => [position, id, readDueAt] as const)
  return sql`${listedRows(rows, ["id", "read_due_at"])}
    UPDATE change_intent SET read_due_at = v.read_due_at, looks = looks + 1
    FROM v WHERE ${rowsOf(key)} AND ${ofListed("change_intent")} AND change_intent.id = v.id
      AND change_intent.settled_at IS NULL`
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
export function lookNow(key: BulkChangeKey, intent: IntentName, now: number): Statement {
  return sql`
    UPDATE change_intent SET read_due_at = ${now} WHERE ${namedIntents(key, [intent])} AND settled_at IS NULL
      AND read_due_at IS NOT NULL`
}
