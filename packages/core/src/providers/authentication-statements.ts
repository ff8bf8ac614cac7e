import { and, asc, eq, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import { integrationAuthentication } from "./schema.ts"

/** A provider whose authentications are meant; first argument of every statement here. */
export interface ProviderKey {
  readonly tenantId: string
  readonly serviceProviderId: string
}

/** An authentication as it is stored. */
export interface AuthenticationRow {
  readonly id: string
  readonly name: string
  readonly username: string
  readonly sealedApiKey: string
  readonly createdAt: number
}

/** Adds an authentication, or gives the one of this name a new user name and key. */
export function upsertAuthentication(key: ProviderKey, row: AuthenticationRow): Statement {
  return sql`
    INSERT INTO integration_authentication (tenant_id, service_provider_id, id, name, username, sealed_api_key, created_at)
    VALUES (${key.tenantId}, ${key.serviceProviderId}, ${row.id}, ${row.name}, ${row.username}, ${row.sealedApiKey},
      ${row.createdAt})
    ON CONFLICT (tenant_id, service_provider_id, name) DO UPDATE SET username = excluded.username,
      sealed_api_key = excluded.sealed_api_key`
}

export function deleteAuthentication(key: ProviderKey, id: string): Statement {
  return sql`
    DELETE FROM integration_authentication
    WHERE tenant_id = ${key.tenantId} AND service_provider_id = ${key.serviceProviderId} AND id = ${id}`
}

/** A provider's further authentications, the oldest first. */
export function selectAuthentications(db: ReadDatabase, key: ProviderKey): Promise<AuthenticationRow[]> {
  const { tenantId, serviceProviderId, ...columns } = {
    tenantId: integrationAuthentication.tenantId,
    serviceProviderId: integrationAuthentication.serviceProviderId,
    id: integrationAuthentication.id,
    name: integrationAuthentication.name,
    username: integrationAuthentication.username,
    sealedApiKey: integrationAuthentication.sealedApiKey,
    createdAt: integrationAuthentication.createdAt,
  }
  return db
    .select(columns)
    .from(integrationAuthentication)
    .where(and(eq(tenantId, key.tenantId), eq(serviceProviderId, key.serviceProviderId)))
    .orderBy(asc(columns.createdAt), asc(columns.id))
}

/** Remembers through which authentication devices were seen. */
export function rememberDevices(key: ProviderKey, authenticationId: string, ids: readonly string[]): Statement {
  return sql`
    INSERT INTO device_authentication (tenant_id, service_provider_id, carrier_device_id, integration_authentication_id)
    SELECT ${key.tenantId}, ${key.serviceProviderId}, value, ${authenticationId} FROM json_each(${JSON.stringify(ids)})
    WHERE true ON CONFLICT (tenant_id, service_provider_id, carrier_device_id)
      DO UPDATE SET integration_authentication_id = excluded.integration_authentication_id`
}

/** Through which authentications some devices were seen; those that never were are left out. */
export function authenticationsOfDevices(key: ProviderKey, ids: readonly string[]): Statement {
  return sql`
    SELECT carrier_device_id AS "carrierDeviceId", integration_authentication_id AS "authenticationId"
    FROM device_authentication WHERE tenant_id = ${key.tenantId} AND service_provider_id = ${key.serviceProviderId}
      AND carrier_device_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`
}
