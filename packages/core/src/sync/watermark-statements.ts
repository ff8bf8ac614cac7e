import { sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"
import { isRun, type RunKey } from "./run-statements.ts"

export function selectWatermark(tenantId: string, serviceProviderId: string): Statement {
  return sql`SELECT at FROM sync_watermark WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId}`
}

/**
 * Moves the provider's watermark forwards, never back, in the unit that publishes the run. A run that began to list after
 * the watermark left a gap before it and does not move it; where there is none yet, going back to `seedDate` is enough. One
 * after `latest` cannot be true and counts as none.
 */
export function advanceWatermark(
  run: RunKey,
  { at, seedDate, latest }: { readonly at: number; readonly seedDate: number; readonly latest: number },
): Statement {
  return sql`
    INSERT INTO sync_watermark (tenant_id, service_provider_id, at, sync_run_id)
    SELECT tenant_id, service_provider_id, ${at}, id FROM sync_run WHERE ${isRun(run)} AND phase = 'promotion'
      AND coalesce(modified_since, 0) <= coalesce((SELECT w.at FROM sync_watermark w
        WHERE w.tenant_id = sync_run.tenant_id AND w.service_provider_id = sync_run.service_provider_id AND w.at <= ${latest}), ${seedDate})
    ON CONFLICT (tenant_id, service_provider_id) DO UPDATE SET at = excluded.at, sync_run_id = excluded.sync_run_id
      WHERE excluded.at > at OR at > ${latest}`
}
