import { and, eq, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import { syncSummary } from "./schema.ts"
import type { SyncSummary } from "./sync-summary.ts"

/** Rows of one provider; no other provider's are counted or cleared. */
const ofProvider = (tenantId: string, serviceProviderId: string) =>
  sql`tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId}`

/** Adds devices that finalize is to wait for. */
export function insertRowsToProcess(
  tenantId: string,
  serviceProviderId: string,
  carrierDeviceIds: readonly string[],
  now: number,
): Statement {
  return sql`
    INSERT INTO row_to_process (tenant_id, service_provider_id, carrier_device_id, added_at)
    SELECT ${tenantId}, ${serviceProviderId}, value, ${now} FROM json_each(${JSON.stringify(carrierDeviceIds)})
    WHERE true ON CONFLICT DO NOTHING`
}

export function deleteRowsToProcess(
  tenantId: string,
  serviceProviderId: string,
  carrierDeviceIds: readonly string[],
): Statement {
  return sql`DELETE FROM row_to_process WHERE ${ofProvider(tenantId, serviceProviderId)}
    AND carrier_device_id IN (SELECT value FROM json_each(${JSON.stringify(carrierDeviceIds)}))`
}

export function countRowsToProcess(tenantId: string, serviceProviderId: string): Statement {
  return sql`SELECT count(*) AS count FROM row_to_process WHERE ${ofProvider(tenantId, serviceProviderId)}`
}

/** Identifiers of devices that finalize waits for, after one of them. */
export function rowsToProcess(
  { tenantId, serviceProviderId }: { readonly tenantId: string; readonly serviceProviderId: string },
  after: string,
  limit: number,
): Statement {
  return sql`SELECT carrier_device_id AS id FROM row_to_process WHERE ${ofProvider(tenantId, serviceProviderId)}
    AND carrier_device_id > ${after} ORDER BY carrier_device_id LIMIT ${limit}`
}

export function clearRowsToProcess(tenantId: string, serviceProviderId: string): Statement {
  return sql`DELETE FROM row_to_process WHERE ${ofProvider(tenantId, serviceProviderId)}`
}

export function insertSummary(summary: SyncSummary): Statement {
  return sql`
    INSERT INTO sync_summary (tenant_id, sync_run_id, service_provider_id, detail_last_sync_date, detail_queue_count,
      detail_updated_count, usage_last_sync_date, usage_queue_count, usage_updated_count, device_count,
      not_refreshed_count, default_site_count, restored_count,
      new_communication_plans, communication_plans_without_rate_plans, created_at)
    VALUES (${summary.tenantId}, ${summary.syncRunId}, ${summary.serviceProviderId}, ${summary.detailLastSyncDate},
      ${summary.detailQueueCount}, ${summary.detailUpdatedCount}, ${summary.usageLastSyncDate}, ${summary.usageQueueCount},
      ${summary.usageUpdatedCount}, ${summary.deviceCount},
      ${summary.notRefreshedCount}, ${summary.defaultSiteCount}, ${summary.restoredCount}, ${JSON.stringify(summary.newCommunicationPlans)},
      ${JSON.stringify(summary.communicationPlansWithoutRatePlans)}, ${summary.createdAt})
    ON CONFLICT DO NOTHING`
}

export async function selectSummary(
  db: ReadDatabase,
  tenantId: string,
  syncRunId: string,
): Promise<SyncSummary | undefined> {
  const [row] = await db
    .select()
    .from(syncSummary)
    .where(and(eq(syncSummary.tenantId, tenantId), eq(syncSummary.syncRunId, syncRunId)))
  return (
    row && {
      ...row,
      newCommunicationPlans: JSON.parse(row.newCommunicationPlans) as string[],
      communicationPlansWithoutRatePlans: JSON.parse(row.communicationPlansWithoutRatePlans) as string[],
    }
  )
}
