import { and, asc, eq, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import { notificationSetting, notifiedProgress, webhookEndpoint } from "./schema.ts"

export async function selectSettings(
  db: ReadDatabase,
  tenantId: string,
  deliverer: string,
): Promise<string | undefined> {
  const [row] = await db
    .select({ sealed: notificationSetting.sealed })
    .from(notificationSetting)
    .where(and(eq(notificationSetting.tenantId, tenantId), eq(notificationSetting.deliverer, deliverer)))
  return row?.sealed
}

export function upsertSettings(row: {
  readonly tenantId: string
  readonly deliverer: string
  readonly sealed: string
  readonly updatedAt: number
}): Statement {
  return sql`
    INSERT INTO notification_setting (tenant_id, deliverer, sealed, updated_at)
    VALUES (${row.tenantId}, ${row.deliverer}, ${row.sealed}, ${row.updatedAt})
    ON CONFLICT (tenant_id, deliverer) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at`
}

export function deleteSettings(tenantId: string, deliverer: string): Statement {
  return sql`DELETE FROM notification_setting WHERE tenant_id = ${tenantId} AND deliverer = ${deliverer}`
}

/** How far a session was reported to be, in percent; -1 before the first report. */
export async function selectProgress(db: ReadDatabase, tenantId: string, sessionId: string): Promise<number> {
  const [row] = await db
    .select({ progress: notifiedProgress.progress })
    .from(notifiedProgress)
    .where(and(eq(notifiedProgress.tenantId, tenantId), eq(notifiedProgress.sessionId, sessionId)))
  return row?.progress ?? -1
}

export function recordProgress(tenantId: string, sessionId: string, progress: number): Statement {
  return sql`
    INSERT INTO notified_progress (tenant_id, session_id, progress) VALUES (${tenantId}, ${sessionId}, ${progress})
    ON CONFLICT (tenant_id, session_id) DO UPDATE SET progress = max(progress, excluded.progress)`
}

/** A webhook endpoint as it is stored. */
export interface WebhookEndpointRow {
  readonly tenantId: string
  readonly id: string
  readonly sealedUrl: string
  readonly types: string
  readonly secret: string
  readonly previousSecret: string | null
  readonly previousUntil: number | null
  readonly createdAt: number
  readonly disabledAt: number | null
}

/** The endpoints of a tenant, oldest first, or the one of an id. */
export function selectEndpoints(
  db: ReadDatabase,
  tenantId: string,
  id?: string,
): Promise<readonly WebhookEndpointRow[]> {
  return db
    .select()
    .from(webhookEndpoint)
    .where(and(eq(webhookEndpoint.tenantId, tenantId), id === undefined ? undefined : eq(webhookEndpoint.id, id)))
    .orderBy(asc(webhookEndpoint.id))
}

export function insertEndpoint(row: WebhookEndpointRow): Statement {
  return sql`
    INSERT INTO webhook_endpoint (tenant_id, id, sealed_url, types, secret, created_at)
    VALUES (${row.tenantId}, ${row.id}, ${row.sealedUrl}, ${row.types}, ${row.secret}, ${row.createdAt})
    ON CONFLICT DO NOTHING`
}

/** Puts a new secret before the old one. Written twice, it still keeps the old one. */
export function rotateSecret(row: WebhookEndpointRow, secret: string, previousUntil: number): Statement {
  return sql`
    UPDATE webhook_endpoint SET secret = ${secret}, previous_secret = ${row.secret}, previous_until = ${previousUntil}
    WHERE tenant_id = ${row.tenantId} AND id = ${row.id} AND secret = ${row.secret}
    RETURNING id`
}

export function setEndpointDisabled(tenantId: string, id: string, disabledAt: number | null): Statement {
  return sql`
    UPDATE webhook_endpoint SET disabled_at = ${disabledAt} WHERE tenant_id = ${tenantId} AND id = ${id} RETURNING id`
}

export function deleteEndpoint(tenantId: string, id: string): Statement {
  return sql`DELETE FROM webhook_endpoint WHERE tenant_id = ${tenantId} AND id = ${id} RETURNING id`
}
