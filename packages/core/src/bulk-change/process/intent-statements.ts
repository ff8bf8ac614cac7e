import { type SQL, sql } from "drizzle-orm"
import type { ChangeAnswer } from "../../ports/mod.ts"
import type { Statement } from "../../store/mod.ts"
import type { BulkChange, BulkChangeKey } from "../bulk-change.ts"
import { HELD } from "./canary-statements.ts"
import { inState } from "../change-statements.ts"
import { postponeDevices, WAIT_MS } from "../device-statements.ts"
import type { IntentName, StepToSend } from "./intent.ts"
import { listedRows, ofListed } from "../listed-statements.ts"
import { deviceEntry } from "../log/log-entry.ts"
import { appendLog, ENTRY_POSITION, logDevices } from "../log/log-statements.ts"

const rowsOf = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND bulk_change_id = ${key.id}`

/** The intents that are named. By position first: that is what the key has. */
export function namedIntents(key: BulkChangeKey, names: readonly IntentName[]): SQL {
  const listed = sql`json_each(${JSON.stringify(names.map(({ position, id }) => [position, id]))})`
  return sql`${rowsOf(key)} AND position IN (SELECT value->>0 FROM ${listed})
    AND id IN (SELECT value->>1 FROM ${listed})`
}

/**
 * Begins steps: their intents are written and their rows claimed, except those that were begun or cancelled meanwhile and
 * those of devices of which another change is not settled. The last statement gives the intents that are on record: of
 * these, and only of these, the other side may hear. Uses `change_intent_device`.
 */
export function beginSteps(change: BulkChange, steps: readonly StepToSend[], now: number): readonly Statement[] {
  const values = steps.map(({ row, via, intent: { id, carrierDeviceId, ...asked } }) => [
    row.position,
    row.round,
    row.step,
    row.isUndoing ? 1 : 0,
    id,
    carrierDeviceId,
    via,
    JSON.stringify(asked),
  ])
  const named = namedIntents(
    change,
    steps.map(({ row, intent }) => ({ position: row.position, id: intent.id })),
  )
  return [
    sql`INSERT INTO change_intent (tenant_id, bulk_change_id, position, round, step, is_undo, id, service_provider_id,
        carrier_device_id, via, change, created_at)
      SELECT d.tenant_id, d.bulk_change_id, d.position, d.round, d.step, d.is_undoing, v.value->>4, d.service_provider_id,
        v.value->>5, v.value->>6, v.value->>7, ${now}
      FROM json_each(${JSON.stringify(values)}) AS v
      CROSS JOIN bulk_change_device d ON d.tenant_id = ${change.tenantId} AND d.bulk_change_id = ${change.id}
        AND d.position = v.value->>0
      WHERE d.ready_at IS NOT NULL AND d.round = v.value->>1 AND d.step = v.value->>2 AND d.is_undoing = v.value->>3
        -- Taking back what was made goes on when the bulk change is cancelled.
        AND (${inState(change, "processing")} OR (d.is_undoing = 1 AND ${inState(change, "cancelling")}))
        AND NOT EXISTS (SELECT 1 FROM change_intent AS other INDEXED BY change_intent_device
          WHERE other.tenant_id = ${change.tenantId} AND other.carrier_device_id = v.value->>5
            AND other.settled_at IS NULL AND other.service_provider_id = d.service_provider_id)
      ON CONFLICT DO NOTHING`,
    sql`UPDATE bulk_change_device SET status = 'PROCESSING', ready_at = NULL WHERE ${rowsOf(change)}
      AND ready_at IS NOT NULL AND position IN (SELECT position FROM change_intent WHERE ${named})`,
    // The others wait: another change has their devices.
    postponeDevices(
      change,
      steps.map(({ row }) => ({ position: row.position, readyAt: now + WAIT_MS })),
    ),
    appendLog(
      change,
      steps.map(({ row, intent: { id: _id, carrierDeviceId, ...asked } }) =>
        deviceEntry("begin", row, {
          status: "PROCESSING",
          code: row.isUndoing ? row.code : null,
          description: `${row.isUndoing ? "Takes back" : "Sends"} step ${row.step + 1} of ${row.steps.length}`,
          request: { device: carrierDeviceId, ...asked },
          // A device that went back in line is begun again.
          occurrence: now,
        }),
      ),
      now,
      sql`${ENTRY_POSITION} IN (SELECT position FROM change_intent WHERE ${named} AND created_at = ${now})`,
    ),
    sql`SELECT id FROM change_intent WHERE ${named}`,
  ]
}

/** Puts devices back in line whose steps surely did not reach the other side. */
export function returnDevices(key: BulkChangeKey, intents: readonly IntentName[]): readonly Statement[] {
  const unanswered = sql`${namedIntents(key, intents)} AND outcome IS NULL`
  return [
    sql`UPDATE bulk_change_device SET ready_at = 0, status = iif(step > 0 OR is_undoing = 1, 'PROCESSING', 'NEW')
      WHERE ${rowsOf(key)} AND status = 'PROCESSING' AND position IN (SELECT position FROM change_intent WHERE ${unanswered})`,
    sql`DELETE FROM change_intent WHERE ${unanswered}`,
  ]
}

/** Stores answers to steps. A refusal settles its intent; anything else is to be seen at the other side. */
export function recordAnswers(
  key: BulkChangeKey,
  answers: readonly (IntentName & ChangeAnswer & { readonly readDueAt: number; readonly deadlineAt: number })[],
): Statement {
  const rows = answers.map(
    (answer) =>
      [
        answer.position,
        answer.id,
        answer.outcome,
        answer.code,
        answer.text,
        answer.requestId ?? null,
        answer.readDueAt,
        answer.deadlineAt,
        answer.outcome === "refused" ? answer.readDueAt : null,
      ] as const,
  )
  const names = ["id", "outcome", "code", "text", "request_id", "read_due_at", "deadline_at", "settled_at"]
  return sql`${listedRows(rows, names)}
    UPDATE change_intent SET outcome = v.outcome, code = v.code, text = v.text, request_id = v.request_id,
      read_due_at = v.read_due_at, deadline_at = v.deadline_at, settled_at = v.settled_at
    FROM v WHERE ${rowsOf(key)} AND ${ofListed("change_intent")} AND change_intent.id = v.id
      AND change_intent.outcome IS NULL`
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

/** What an account has left to do: when its next step may be sent, how many intents are open, when the next look is due. */
export function openWork(key: BulkChangeKey, serviceProviderId: string): Statement {
  const lane = sql`${rowsOf(key)} AND service_provider_id = ${serviceProviderId}`
  return sql`
    SELECT (SELECT min(ready_at) FROM bulk_change_device INDEXED BY bulk_change_device_ready
        WHERE ${lane} AND ready_at IS NOT NULL AND ready_at < ${HELD}) AS "readyAt",
      count(*) AS "openIntents", min(coalesce(read_due_at, 0)) AS "nextLookAt"
    FROM change_intent INDEXED BY change_intent_open WHERE ${lane} AND settled_at IS NULL`
}
