import { sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"

/** A message that came in, and what became of it. */
export interface MessageRow {
  readonly id: string
  readonly messageId: string
  readonly state: "accepted" | "dead"
  /** JSON of the message. */
  readonly message: string
  readonly errorCode: string | null
  readonly errorField: string | null
  readonly errorMessage: string | null
}

/** Keeps messages with their outcome. One that was accepted stays so; a dead one takes the outcome of its last attempt. */
export function upsertMessages(tenantId: string, source: string, rows: readonly MessageRow[], now: number): Statement {
  const values = rows.map((row) => [
    row.id,
    row.messageId,
    row.state,
    row.message,
    row.errorCode,
    row.errorField,
    row.errorMessage,
  ])
  return sql`
    INSERT INTO job_message (tenant_id, id, source, message_id, state, message, error_code, error_field, error_message,
      attempts, received_at)
    SELECT ${tenantId}, value->>0, ${source}, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, 1, ${now}
    FROM json_each(${JSON.stringify(values)}) WHERE true
    ON CONFLICT (tenant_id, source, message_id) DO UPDATE SET state = excluded.state, error_code = excluded.error_code,
      error_field = excluded.error_field, error_message = excluded.error_message, attempts = attempts + 1
    WHERE state = 'dead'`
}

/** Which of these messages were accepted before. Uses `job_message_delivered`. */
export function acceptedMessages(tenantId: string, source: string, messageIds: readonly string[]): Statement {
  return sql`
    SELECT message_id AS "messageId" FROM job_message INDEXED BY job_message_delivered
    WHERE tenant_id = ${tenantId} AND source = ${source} AND state = 'accepted'
      AND message_id IN (SELECT value FROM json_each(${JSON.stringify(messageIds)}))`
}

export interface DeadMessageRow extends Omit<MessageRow, "state"> {
  readonly source: string
  readonly attempts: number
  readonly receivedAt: number
}

export interface DeadMessagePage {
  readonly source: string | undefined
  readonly ids: readonly string[] | undefined
  readonly after: string
  readonly limit: number
}

/** Dead messages of one scope, in the order of their ids. Uses `job_message_dead`. */
export function deadMessages(tenantId: string, page: DeadMessagePage): Statement {
  return sql`
    SELECT id, source, message_id AS "messageId", message, error_code AS "errorCode", error_field AS "errorField",
      error_message AS "errorMessage", attempts, received_at AS "receivedAt"
    FROM job_message INDEXED BY job_message_dead
    WHERE tenant_id = ${tenantId} AND state = 'dead' AND id > ${page.after}
      ${page.source === undefined ? sql`` : sql`AND source = ${page.source}`}
      ${page.ids === undefined ? sql`` : sql`AND id IN (SELECT value FROM json_each(${JSON.stringify(page.ids)}))`}
    ORDER BY id LIMIT ${page.limit}`
}

/** Forgets accepted messages that came before an instant. Uses `job_message_accepted`. */
export function deleteAcceptedMessages(before: number, limit: number): Statement {
  return sql`
    DELETE FROM job_message WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM job_message WHERE state = 'accepted' AND received_at < ${before}
      ORDER BY received_at LIMIT ${limit})
    RETURNING id`
}
