import { and, eq, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import { syncSummary } from "./schema.ts"
import type { SyncSummary } from "./sync-summary.ts"

export function insertSummary(summary: SyncSummary): Statement {
  return sql`
    INSERT INTO sync_summary (tenant_id, sync_run_id, service_provider_id, detail_last_sync_date, detail_queue_count,
      detail_updated_count, usage_last_sync_date, usage_queue_count, usage_updated_count, device_count,
      new_communication_plans, communication_plans_without_rate_plans, created_at)
    VALUES (${summary.tenantId}, ${summary.syncRunId}, ${summary.serviceProviderId}, ${summary.detailLastSyncDate},
      ${summary.detailQueueCount}, ${summary.detailUpdatedCount}, ${summary.usageLastSyncDate}, ${summary.usageQueueCount},
      ${summary.usageUpdatedCount}, ${summary.deviceCount}, ${JSON.stringify(summary.newCommunicationPlans)},
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
