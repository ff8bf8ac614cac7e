import { asc, eq, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import type { ApiKey } from "./api-key.ts"
import type { Role } from "./roles.ts"
import { apiKey, tenant } from "./schema.ts"
import type { Tenant } from "./tenant.ts"

export function insertTenant(id: string, name: string, createdAt: number): Statement {
  return sql`INSERT INTO tenant (id, name, created_at) VALUES (${id}, ${name}, ${createdAt}) ON CONFLICT DO NOTHING`
}

export function selectTenant(db: ReadDatabase, id: string): Promise<Tenant[]> {
  return db.select().from(tenant).where(eq(tenant.id, id))
}

export function selectAnyTenant(db: ReadDatabase): Promise<{ id: string }[]> {
  return db.select({ id: tenant.id }).from(tenant).limit(1)
}

/** Adds a key; nothing happens where the tenant does not exist, or the key already does. */
export function insertApiKey(row: {
  readonly tenantId: string
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly prefix: string
  readonly keyHash: string
  readonly createdAt: number
  readonly expiresAt: number | null
}): Statement {
  return sql`
    INSERT INTO api_key (tenant_id, id, name, role, prefix, key_hash, created_at, expires_at)
    SELECT id, ${row.id}, ${row.name}, ${row.role}, ${row.prefix}, ${row.keyHash}, ${row.createdAt}, ${row.expiresAt}
    FROM tenant WHERE id = ${row.tenantId}
    ON CONFLICT DO NOTHING`
}

const keyColumns = {
  id: apiKey.id,
  name: apiKey.name,
  role: sql<Role>`${apiKey.role}`,
  prefix: apiKey.prefix,
  createdAt: apiKey.createdAt,
  expiresAt: apiKey.expiresAt,
  revokedAt: apiKey.revokedAt,
  lastUsedAt: apiKey.lastUsedAt,
}

/** A key as it is stored: with its hash, and whose it is. */
export type StoredApiKey = ApiKey & { readonly tenantId: string; readonly keyHash: string }

/** The one read that has no tenant: it finds out which one is calling. Several keys may begin alike. */
export function selectKeysByPrefix(db: ReadDatabase, prefix: string): Promise<StoredApiKey[]> {
  return db
    .select({ ...keyColumns, tenantId: apiKey.tenantId, keyHash: apiKey.keyHash })
    .from(apiKey)
    .where(eq(apiKey.prefix, prefix))
}

export function selectApiKeys(db: ReadDatabase, tenantId: string): Promise<ApiKey[]> {
  return db.select(keyColumns).from(apiKey).where(eq(apiKey.tenantId, tenantId)).orderBy(asc(apiKey.id))
}

export function revokeKey(tenantId: string, id: string, now: number): Statement {
  return sql`
    UPDATE api_key SET revoked_at = ${now} WHERE tenant_id = ${tenantId} AND id = ${id} AND revoked_at IS NULL`
}

/** Notes that a key was used; nothing happens where that was noted after `unlessAfter`. */
export function touchKey(tenantId: string, id: string, now: number, unlessAfter: number): Statement {
  return sql`
    UPDATE api_key SET last_used_at = ${now}
    WHERE tenant_id = ${tenantId} AND id = ${id} AND coalesce(last_used_at, 0) <= ${unlessAfter}`
}
