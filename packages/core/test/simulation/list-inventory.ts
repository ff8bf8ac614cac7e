import { sql } from "drizzle-orm"
import type { SimulatedTenant, World } from "./world.ts"

/** A device as the inventory has it, in the carrier's words. */
export interface InventoryRow {
  readonly iccid: string
  readonly status: string
  readonly ratePlan: string | null
  readonly communicationPlan: string | null
  readonly missingSince: number | null
}

/** All devices of a tenant, missing ones too. */
export function listInventory({ observer }: World, { tenantId }: SimulatedTenant): Promise<readonly InventoryRow[]> {
  return observer.store.rows<InventoryRow>(
    sql`SELECT iccid, carrier_status AS status, carrier_rate_plan AS "ratePlan", communication_plan AS "communicationPlan",
      missing_since AS "missingSince" FROM device WHERE tenant_id = ${tenantId} ORDER BY iccid`,
  )
}
