import { sql } from "drizzle-orm"
import type { Statement } from "../../store/mod.ts"

/** Devices of a request that is still being read. */
export interface SpoolKey {
  readonly tenantId: string
  readonly id: string
}

// Nobody reads a request for longer than this: what is older was left by a process that ended.
const LEFT_MS = 86_400_000

/** Keeps a page of devices, and lets go of what others left behind. */
export function spoolDevices({ tenantId, id }: SpoolKey, page: number, devices: readonly unknown[], now: number) {
  return [
    sql`DELETE FROM bulk_change_spool WHERE tenant_id = ${tenantId} AND created_at < ${now - LEFT_MS}`,
    sql`INSERT INTO bulk_change_spool (tenant_id, id, page, devices, created_at)
      VALUES (${tenantId}, ${id}, ${page}, ${JSON.stringify(devices)}, ${now}) ON CONFLICT DO NOTHING`,
  ]
}

export function selectSpooled({ tenantId, id }: SpoolKey, page: number): Statement {
  return sql`SELECT devices FROM bulk_change_spool WHERE tenant_id = ${tenantId} AND id = ${id} AND page = ${page}`
}

export function dropSpool({ tenantId, id }: SpoolKey): Statement {
  return sql`DELETE FROM bulk_change_spool WHERE tenant_id = ${tenantId} AND id = ${id}`
}
