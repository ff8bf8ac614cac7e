import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../../store/mod.ts"

const accountOf = (account: { readonly tenantId: string; readonly serviceProviderId: string }): SQL =>
  sql`tenant_id = ${account.tenantId} AND service_provider_id = ${account.serviceProviderId}`

/** When the first and the last change of the newest bulk change of an account that sent enough of them were begun. */
export function sendTimes(
  account: { readonly tenantId: string; readonly serviceProviderId: string },
  least: number,
): Statement {
  return sql`
    SELECT count(*) AS count, min(created_at) AS first, max(created_at) AS last FROM change_intent
    WHERE ${accountOf(account)} AND bulk_change_id IN (
      SELECT id FROM bulk_change WHERE tenant_id = ${account.tenantId} AND state = 'done' AND device_count >= ${least}
      ORDER BY id DESC LIMIT 5)
    GROUP BY bulk_change_id HAVING count(*) >= ${least} ORDER BY bulk_change_id DESC LIMIT 1`
}

/** Changes of rate plans that were sent since an instant and not refused. */
export function recentRatePlanChanges(account: {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly since: number
}): Statement {
  return sql`
    SELECT carrier_device_id AS "carrierDeviceId", created_at AS "sentAt" FROM change_intent
    WHERE ${accountOf(account)} AND created_at >= ${account.since} AND change->>'ratePlan' IS NOT NULL
      AND coalesce(outcome, '') <> 'refused'`
}
