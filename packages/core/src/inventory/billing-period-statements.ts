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
}

const periodColumns = {
  id: billingPeriod.id,
  serviceProviderId: billingPeriod.serviceProviderId,
  startsAt: billingPeriod.startsAt,
  endsAt: billingPeriod.endsAt,
  timeZone: billingPeriod.timeZone,
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
