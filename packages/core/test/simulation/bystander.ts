import { sql } from "drizzle-orm"
import { recordCommunicationPlan } from "../../src/inventory/mod.ts"
import type { Platform } from "../../src/store/mod.ts"
import { createTenant } from "../../src/tenancy/mod.ts"

export const BYSTANDER = "bystander"

/**
 * A tenant with the same provider id, devices and plans as the first, which does nothing all the while: whatever is written
 * without its tenant shows in its rows.
 */
export async function addBystander(
  core: Platform,
  serviceProviderId: string,
  iccids: readonly string[],
): Promise<void> {
  await createTenant(core, { id: BYSTANDER, name: "Bystander" })
  const devices = JSON.stringify(iccids)
  await core.store.unit({ name: "simulation.bystander" }, [
    recordCommunicationPlan(core, BYSTANDER, serviceProviderId, "Somebody else's"),
    sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status,
        carrier_rate_plan, communication_plan, content_hash, created_at, changed_at)
      SELECT ${BYSTANDER}, ${serviceProviderId}, value, 'b-' || value, value, substr(value, 1, 19), 'active', 'ACTIVATED',
        'Somebody else''s', 'Somebody else''s', 'b', 1, 1 FROM json_each(${devices})`,
    sql`INSERT INTO inventory_publication (tenant_id, service_provider_id, generation, sync_run_id, published_at)
      VALUES (${BYSTANDER}, ${serviceProviderId}, 1, 'b', 1)`,
  ])
}

/** Every row of the bystander, by table. */
export async function rowsOfBystander(core: Platform): Promise<string> {
  const tables = await core.store.rows<{ name: string }>(
    sql`SELECT m.name FROM sqlite_master m WHERE m.type = 'table'
      AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'tenant_id') ORDER BY m.name`,
  )
  const rows: Record<string, unknown> = {}
  for (const { name } of tables) {
    rows[name] = await core.store.rows(
      sql`SELECT * FROM ${sql.identifier(name)} WHERE tenant_id = ${BYSTANDER} ORDER BY 1, 2, 3`,
    )
  }
  return JSON.stringify(rows)
}
