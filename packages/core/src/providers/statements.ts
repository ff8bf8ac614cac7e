import { and, asc, eq, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import { serviceProvider } from "./schema.ts"
import type { ServiceProvider, ServiceProviderSettings } from "./service-provider.ts"

/** A row to store: settings, with the key sealed. */
export type ServiceProviderRow = Required<Omit<ServiceProviderSettings, "apiKey">> & {
  readonly tenantId: string
  readonly id: string
  readonly billingPeriodEndHour: number
  readonly sealedApiKey: string
  readonly createdAt: number
}

/** Adds a provider; nothing happens where the tenant does not exist, or its id already does. A name that is taken fails. */
export function insertServiceProvider(row: ServiceProviderRow): Statement {
  return sql`
    INSERT INTO service_provider (tenant_id, id, name, integration_type, base_url, username, sealed_api_key,
      billing_period_end_day, billing_period_end_hour, time_zone, uses_proration, optimization_start_hour, default_site_id,
      created_at)
    SELECT id, ${row.id}, ${row.name}, ${row.integrationType}, ${row.baseUrl}, ${row.username}, ${row.sealedApiKey},
      ${row.billingPeriodEndDay}, ${row.billingPeriodEndHour}, ${row.timeZone}, ${row.usesProration ? 1 : 0},
      ${row.optimizationStartHour}, ${row.defaultSiteId}, ${row.createdAt}
    FROM tenant WHERE id = ${row.tenantId}
      AND NOT EXISTS (SELECT 1 FROM service_provider WHERE tenant_id = ${row.tenantId} AND id = ${row.id})`
}

/** Replaces all settings of a provider but its id, its name and when it was created. */
export function updateServiceProvider(row: Omit<ServiceProviderRow, "name" | "createdAt">): Statement {
  return sql`
    UPDATE service_provider SET integration_type = ${row.integrationType}, base_url = ${row.baseUrl},
      username = ${row.username}, sealed_api_key = ${row.sealedApiKey}, billing_period_end_day = ${row.billingPeriodEndDay},
      billing_period_end_hour = ${row.billingPeriodEndHour}, time_zone = ${row.timeZone},
      uses_proration = ${row.usesProration ? 1 : 0}, optimization_start_hour = ${row.optimizationStartHour},
      default_site_id = ${row.defaultSiteId}
    WHERE tenant_id = ${row.tenantId} AND id = ${row.id}`
}

const columns = {
  id: serviceProvider.id,
  tenantId: serviceProvider.tenantId,
  name: serviceProvider.name,
  integrationType: serviceProvider.integrationType,
  baseUrl: serviceProvider.baseUrl,
  username: serviceProvider.username,
  billingPeriodEndDay: serviceProvider.billingPeriodEndDay,
  billingPeriodEndHour: serviceProvider.billingPeriodEndHour,
  timeZone: serviceProvider.timeZone,
  usesProration: serviceProvider.usesProration,
  optimizationStartHour: serviceProvider.optimizationStartHour,
  defaultSiteId: serviceProvider.defaultSiteId,
  createdAt: serviceProvider.createdAt,
}

/** Providers of a tenant by name: all, or the one of an id or a name. */
export function selectServiceProviders(
  db: ReadDatabase,
  tenantId: string,
  only: { readonly id?: string; readonly name?: string } = {},
): Promise<ServiceProvider[]> {
  return db
    .select(columns)
    .from(serviceProvider)
    .where(
      and(
        eq(serviceProvider.tenantId, tenantId),
        only.id === undefined ? undefined : eq(serviceProvider.id, only.id),
        only.name === undefined ? undefined : eq(serviceProvider.name, only.name),
      ),
    )
    .orderBy(asc(serviceProvider.name))
}

/** The addresses of all tenants' carriers. For the platform's own check at its start. */
export function selectAllBaseUrls(db: ReadDatabase): Promise<{ baseUrl: string }[]> {
  return db.select({ baseUrl: serviceProvider.baseUrl }).from(serviceProvider)
}
