import { sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"

interface ProviderScope {
  readonly tenantId: string
  readonly serviceProviderId: string
}

/** What is known of lines beside what the carrier lists: a field left out stays as it is, `null` clears it. */
export interface LineFacts {
  readonly carrierDeviceId: string
  /** When the carrier activated it, epoch milliseconds. */
  readonly activatedAt?: number | null
  /** Which Mobility lines it is optimized with. */
  readonly optimizationGroup?: string | null
}

export function updateLineFacts(scope: ProviderScope, facts: readonly LineFacts[]): Statement {
  const rows = facts.map(({ carrierDeviceId, activatedAt, optimizationGroup }) => [
    carrierDeviceId,
    activatedAt === undefined ? 0 : 1,
    activatedAt ?? null,
    optimizationGroup === undefined ? 0 : 1,
    optimizationGroup ?? null,
  ])
  return sql`
    UPDATE device SET activated_at = CASE WHEN f.value->>1 THEN f.value->>2 ELSE activated_at END,
      optimization_group = CASE WHEN f.value->>3 THEN f.value->>4 ELSE optimization_group END
    FROM json_each(${JSON.stringify(rows)}) f
    WHERE tenant_id = ${scope.tenantId} AND service_provider_id = ${scope.serviceProviderId}
      AND carrier_device_id = f.value->>0
    RETURNING 1`
}

/**
 * Billed devices that may have been activated since an instant, and whose activation date nobody asked for since they
 * changed.
 */
export function devicesToRead(
  scope: ProviderScope,
  page: { readonly since: number; readonly after: string; readonly limit: number },
): Statement {
  return sql`
    SELECT carrier_device_id AS "carrierDeviceId" FROM device
    WHERE tenant_id = ${scope.tenantId} AND service_provider_id = ${scope.serviceProviderId}
      AND carrier_device_id > ${page.after} AND status IN ('active', 'suspended') AND missing_since IS NULL
      AND changed_at >= ${page.since} AND activated_at IS NULL
      AND coalesce(read_at, -1) < changed_at
    ORDER BY carrier_device_id LIMIT ${page.limit}`
}

/** What an operator says of a rate plan, micro-units and bytes; what is left out stays as it is. */
export interface RatePlanTerms {
  /** Prices that the carrier tells as well are the carrier's again with the next sync. */
  readonly monthly?: number | undefined
  /** Part of the monthly price that is the rate charge; the rest is the base rate. */
  readonly rateCharge?: number | undefined
  readonly includedBytes?: number | undefined
  readonly overageCost?: number | undefined
  readonly overageBlockBytes?: number | undefined
  readonly smsIncluded?: number | undefined
  readonly smsCost?: number | undefined
  /** Mobility lines stay within the plans of their plan's type; `null` for none. */
  readonly planType?: string | null
}

export function updateRatePlanTerms(scope: ProviderScope, name: string, terms: RatePlanTerms): Statement {
  const { monthly, rateCharge, includedBytes, overageCost, overageBlockBytes, smsIncluded, smsCost, planType } = terms
  return sql`
    UPDATE rate_plan SET monthly = coalesce(${monthly ?? null}, monthly),
      rate_charge = coalesce(${rateCharge ?? null}, rate_charge),
      included_bytes = coalesce(${includedBytes ?? null}, included_bytes),
      overage_cost = coalesce(${overageCost ?? null}, overage_cost),
      overage_block_bytes = coalesce(${overageBlockBytes ?? null}, overage_block_bytes),
      sms_included = coalesce(${smsIncluded ?? null}, sms_included), sms_cost = coalesce(${smsCost ?? null}, sms_cost),
      plan_type = iif(${planType === undefined ? 1 : 0}, plan_type, ${planType ?? null})
    WHERE tenant_id = ${scope.tenantId} AND service_provider_id = ${scope.serviceProviderId} AND name = ${name}
    RETURNING 1`
}

export function replaceMobilityGroup(
  scope: ProviderScope,
  group: string,
  ratePlans: readonly string[],
): readonly Statement[] {
  return [
    sql`DELETE FROM mobility_group_rate_plan WHERE tenant_id = ${scope.tenantId}
      AND service_provider_id = ${scope.serviceProviderId} AND optimization_group = ${group}`,
    sql`INSERT INTO mobility_group_rate_plan (tenant_id, service_provider_id, optimization_group, rate_plan)
      SELECT ${scope.tenantId}, ${scope.serviceProviderId}, ${group}, value FROM json_each(${JSON.stringify(ratePlans)})
      WHERE true ON CONFLICT DO NOTHING`,
  ]
}

export function mobilityGroups(scope: ProviderScope): Statement {
  return sql`
    SELECT optimization_group AS name, json_group_array(rate_plan ORDER BY rate_plan) AS "ratePlans"
    FROM mobility_group_rate_plan WHERE tenant_id = ${scope.tenantId} AND service_provider_id = ${scope.serviceProviderId}
    GROUP BY optimization_group ORDER BY optimization_group`
}
