import { sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"

/** A sealed key: a provider's own where `authentication` is empty, or that of its authentication of this name. */
export interface SealedApiKey {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly authentication: string
  readonly username: string
  readonly sealed: string
}

/** The sealed keys of all tenants. Platform work: it opens nothing. */
const all = sql`(
  SELECT tenant_id, id AS provider_id, '' AS authentication, username, sealed_api_key AS sealed FROM service_provider
  UNION ALL SELECT tenant_id, service_provider_id, name, username, sealed_api_key
    FROM integration_authentication)`

const columns = sql`tenant_id AS "tenantId", provider_id AS "serviceProviderId", authentication, username, sealed`

export function allSealedApiKeys(): Statement {
  return sql`SELECT ${columns} FROM ${all}`
}

/** The sealed keys of one provider, its own first. */
export function sealedApiKeysOf(tenantId: string, serviceProviderId: string): Statement {
  return sql`SELECT ${columns} FROM ${all}
    WHERE tenant_id = ${tenantId} AND provider_id = ${serviceProviderId} ORDER BY authentication`
}

/** Keys that another sealing key sealed, in the order of their rows. */
export function sealedOtherwise(
  sealingKeyId: string,
  after: Omit<SealedApiKey, "username" | "sealed">,
  limit: number,
): Statement {
  return sql`SELECT ${columns} FROM ${all}
    WHERE (tenant_id, provider_id, authentication) > (${after.tenantId}, ${after.serviceProviderId}, ${after.authentication})
      AND sealed NOT LIKE ${`s1.${sealingKeyId}.%`}
    ORDER BY tenant_id, provider_id, authentication LIMIT ${limit}`
}

/** Replaces a sealed key, unless another one was stored since it was read. */
export function replaceSealedApiKey(row: SealedApiKey, sealed: string): Statement {
  return row.authentication === ""
    ? sql`UPDATE service_provider SET sealed_api_key = ${sealed}
        WHERE tenant_id = ${row.tenantId} AND id = ${row.serviceProviderId} AND sealed_api_key = ${row.sealed}`
    : sql`UPDATE integration_authentication SET sealed_api_key = ${sealed}
        WHERE tenant_id = ${row.tenantId} AND service_provider_id = ${row.serviceProviderId}
          AND name = ${row.authentication} AND sealed_api_key = ${row.sealed}`
}
