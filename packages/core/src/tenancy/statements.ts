import { asc, eq, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import type { ApiKey, Role } from "./api-key.ts"
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
  readonly keyHash: string
  readonly createdAt: number
}): Statement {
  return sql`
    INSERT INTO api_key (tenant_id, id, name, role, key_hash, created_at)
    SELECT id, ${row.id}, ${row.name}, ${row.role}, ${row.keyHash}, ${row.createdAt} FROM tenant WHERE id = ${row.tenantId}
    ON CONFLICT DO NOTHING`
}

const keyColumns = {
  id: apiKey.id,
  name: apiKey.name,
  role: sql<Role>`${apiKey.role}`,
  createdAt: apiKey.createdAt,
  revokedAt: apiKey.revokedAt,
}

/** The one read that has no tenant: it finds out which one is calling. Uses `api_key_hash`. */
export function selectKeyByHash(db: ReadDatabase, keyHash: string): Promise<(ApiKey & { tenantId: string })[]> {
  return db
    .select({ ...keyColumns, tenantId: apiKey.tenantId })
    .from(apiKey)
    .where(eq(apiKey.keyHash, keyHash))
}

export function selectApiKeys(db: ReadDatabase, tenantId: string): Promise<ApiKey[]> {
  return db.select(keyColumns).from(apiKey).where(eq(apiKey.tenantId, tenantId)).orderBy(asc(apiKey.id))
}

export function revokeKey(tenantId: string, id: string, now: number): Statement {
  return sql`
    UPDATE api_key SET revoked_at = ${now} WHERE tenant_id = ${tenantId} AND id = ${id} AND revoked_at IS NULL`
}
