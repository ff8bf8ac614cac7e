import { and, eq, sql } from "drizzle-orm"
import type { BillingPeriod } from "../domain/mod.ts"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import { billingPeriod } from "./schema.ts"

export function insertBillingPeriod(
  row: BillingPeriod & { readonly tenantId: string; readonly serviceProviderId: string; readonly id: string },
): Statement {
  return sql`
    INSERT INTO billing_period (tenant_id, service_provider_id, starts_at, id, ends_at, time_zone)
    VALUES (${row.tenantId}, ${row.serviceProviderId}, ${row.startsAt}, ${row.id}, ${row.endsAt}, ${row.timeZone})
    ON CONFLICT DO NOTHING`
}

export interface StoredBillingPeriod extends BillingPeriod {
  readonly id: string
  readonly serviceProviderId: string
  /** When a sync last read what every device used in it, epoch milliseconds; `null` before that. */
  readonly usageReadAt: number | null
}

/** Notes when usage was read; an earlier reading changes nothing. */
export function updateUsageReadAt(tenantId: string, id: string, readAt: number): Statement {
  return sql`
    UPDATE billing_period SET usage_read_at = ${readAt}
    WHERE tenant_id = ${tenantId} AND id = ${id} AND coalesce(usage_read_at, -1) < ${readAt}`
}

const periodColumns = {
  id: billingPeriod.id,
  serviceProviderId: billingPeriod.serviceProviderId,
  startsAt: billingPeriod.startsAt,
  endsAt: billingPeriod.endsAt,
  timeZone: billingPeriod.timeZone,
  usageReadAt: billingPeriod.usageReadAt,
}

export function selectBillingPeriod(db: ReadDatabase, tenantId: string, id: string): Promise<StoredBillingPeriod[]> {
  return db
    .select(periodColumns)
    .from(billingPeriod)
    .where(and(eq(billingPeriod.tenantId, tenantId), eq(billingPeriod.id, id)))
}

export function selectBillingPeriodStarting(
  db: ReadDatabase,
  tenantId: string,
  serviceProviderId: string,
  startsAt: number,
): Promise<StoredBillingPeriod[]> {
  return db
    .select(periodColumns)
    .from(billingPeriod)
    .where(
      and(
        eq(billingPeriod.tenantId, tenantId),
        eq(billingPeriod.serviceProviderId, serviceProviderId),
        eq(billingPeriod.startsAt, startsAt),
      ),
    )
}
