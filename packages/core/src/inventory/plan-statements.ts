import { and, asc, eq, type SQL, sql } from "drizzle-orm"
import type { CommunicationPlan, RatePlan } from "../domain/mod.ts"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import { isCurrent, unsettledDevices } from "./reader-statements.ts"
import { communicationPlan, permittedRatePlan, ratePlan } from "./schema.ts"

/** A rate plan to store. Prices that the carrier omits (`null`) leave what an operator entered. */
export interface RatePlanRow {
  readonly id: string
  readonly name: string
  readonly monthly: number | null
  readonly includedBytes: number | null
  readonly pool: string | null
  readonly overageCost: number | null
  readonly overageBlockBytes: number | null
  readonly overageRounding: string
  /** `null` where the carrier does not tell: an operator's word stays. */
  readonly smsIncluded: number | null
  readonly smsCost: number | null
  readonly version: number
}

export function upsertRatePlan(tenantId: string, serviceProviderId: string, row: RatePlanRow, now: number): Statement {
  return sql`
    INSERT INTO rate_plan (tenant_id, service_provider_id, name, id, monthly, included_bytes, pool, overage_cost,
      overage_block_bytes, overage_rounding, sms_included, sms_cost, version, updated_at)
    VALUES (${tenantId}, ${serviceProviderId}, ${row.name}, ${row.id}, ${row.monthly}, ${row.includedBytes}, ${row.pool},
      ${row.overageCost}, ${row.overageBlockBytes}, ${row.overageRounding},
      coalesce(${row.smsIncluded}, 0), coalesce(${row.smsCost}, 0), ${row.version}, ${now})
    ON CONFLICT (tenant_id, service_provider_id, name) DO UPDATE SET
      monthly = coalesce(excluded.monthly, monthly), included_bytes = coalesce(excluded.included_bytes, included_bytes),
      pool = excluded.pool, overage_cost = coalesce(excluded.overage_cost, overage_cost),
      overage_block_bytes = coalesce(excluded.overage_block_bytes, overage_block_bytes),
      overage_rounding = excluded.overage_rounding, sms_included = coalesce(${row.smsIncluded}, sms_included),
      sms_cost = coalesce(${row.smsCost}, sms_cost),
      version = excluded.version, updated_at = excluded.updated_at`
}

/** A rate plan as stored: prices may still be unknown. */
export type StoredRatePlan = Omit<RatePlan, "monthly" | "includedBytes" | "overageCost" | "overageBlockBytes"> & {
  readonly monthly: number | null
  readonly includedBytes: number | null
  readonly overageCost: number | null
  readonly overageBlockBytes: number | null
  /** Part of `monthly` that is the rate charge. */
  readonly rateCharge: number
  readonly planType: string | null
  readonly version: number
}

export function selectRatePlans(
  db: ReadDatabase,
  tenantId: string,
  serviceProviderId: string,
): Promise<StoredRatePlan[]> {
  return db
    .select({
      id: ratePlan.id,
      serviceProviderId: ratePlan.serviceProviderId,
      name: ratePlan.name,
      monthly: ratePlan.monthly,
      rateCharge: ratePlan.rateCharge,
      planType: ratePlan.planType,
      includedBytes: ratePlan.includedBytes,
      pool: ratePlan.pool,
      overageCost: ratePlan.overageCost,
      overageBlockBytes: ratePlan.overageBlockBytes,
      overageRounding: sql<RatePlan["overageRounding"]>`${ratePlan.overageRounding}`,
      smsIncluded: ratePlan.smsIncluded,
      smsCost: ratePlan.smsCost,
      version: ratePlan.version,
    })
    .from(ratePlan)
    .where(and(eq(ratePlan.tenantId, tenantId), eq(ratePlan.serviceProviderId, serviceProviderId)))
    .orderBy(asc(ratePlan.name))
}

export async function selectCommunicationPlans(
  db: ReadDatabase,
  tenantId: string,
  serviceProviderId: string,
): Promise<CommunicationPlan[]> {
  const ofProvider = (table: typeof communicationPlan | typeof permittedRatePlan): SQL | undefined =>
    and(eq(table.tenantId, tenantId), eq(table.serviceProviderId, serviceProviderId))
  const plans = await db
    .select()
    .from(communicationPlan)
    .where(ofProvider(communicationPlan))
    .orderBy(asc(communicationPlan.name))
  const permitted = await db
    .select()
    .from(permittedRatePlan)
    .where(ofProvider(permittedRatePlan))
    .orderBy(asc(permittedRatePlan.ratePlan))
  return plans.map(({ id, name }) => ({
    id,
    serviceProviderId,
    name,
    permittedRatePlans: permitted.filter((row) => row.communicationPlan === name).map((row) => row.ratePlan),
  }))
}

export function insertCommunicationPlan(row: {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly name: string
  readonly id: string
  readonly now: number
}): Statement {
  return sql`
    INSERT INTO communication_plan (tenant_id, service_provider_id, name, id, created_at)
    VALUES (${row.tenantId}, ${row.serviceProviderId}, ${row.name}, ${row.id}, ${row.now})
    ON CONFLICT DO NOTHING`
}

/** Names of communication plans that devices carry and the list of plans does not. */
export function unknownCommunicationPlans(tenantId: string, serviceProviderId: string): Statement {
  const isUnknown = (
    alias: string,
  ): SQL => sql`NOT EXISTS (SELECT 1 FROM communication_plan c WHERE c.tenant_id = ${tenantId}
    AND c.service_provider_id = ${serviceProviderId} AND c.name = ${sql.raw(alias)}.communication_plan)`
  return sql`
    SELECT d.communication_plan AS name FROM device d
    WHERE d.tenant_id = ${tenantId} AND d.service_provider_id = ${serviceProviderId} AND d.communication_plan IS NOT NULL
      AND ${isUnknown("d")} AND ${isCurrent}
    UNION
    SELECT n.communication_plan AS name ${unsettledDevices(tenantId, serviceProviderId)}
      AND n.communication_plan IS NOT NULL AND ${isUnknown("n")}
    ORDER BY name`
}

/** Permits one more rate plan. Returns a row, also where it was permitted before. */
export function permitRatePlan(tenantId: string, serviceProviderId: string, plan: string, name: string): Statement {
  return sql`
    INSERT INTO permitted_rate_plan (tenant_id, service_provider_id, communication_plan, rate_plan)
    VALUES (${tenantId}, ${serviceProviderId}, ${plan}, ${name})
    ON CONFLICT DO UPDATE SET rate_plan = excluded.rate_plan RETURNING 1`
}

export function replacePermittedRatePlans(
  tenantId: string,
  serviceProviderId: string,
  plan: string,
  ratePlans: readonly string[],
): readonly Statement[] {
  return [
    sql`DELETE FROM permitted_rate_plan WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId}
      AND communication_plan = ${plan}`,
    sql`INSERT INTO permitted_rate_plan (tenant_id, service_provider_id, communication_plan, rate_plan)
      SELECT ${tenantId}, ${serviceProviderId}, ${plan}, value FROM json_each(${JSON.stringify(ratePlans)})
      WHERE true ON CONFLICT DO NOTHING`,
  ]
}
