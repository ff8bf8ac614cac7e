import { sql } from "drizzle-orm"
import { listInventory } from "./list-inventory.ts"
import type { SimulatedTenant, World } from "./world.ts"

/**
 * The inventory is as the carrier was at the last read. Devices that nothing happened to since the last sync began must
 * be the same to the last field; the changed ones are judged by their bulk change, and after one more sync.
 */
export async function checkInventory(world: World, tenant: SimulatedTenant): Promise<readonly string[]> {
  const { store } = world.observer
  const { tenantId, carrier } = tenant
  const found: string[] = []
  const [last] = await store.rows<{ startedAt: number; lookback: string; billingPeriodId: string }>(
    sql`SELECT started_at AS "startedAt", lookback, billing_period_id AS "billingPeriodId" FROM sync_run
      WHERE tenant_id = ${tenantId} AND status = 'succeeded' ORDER BY id DESC LIMIT 1`,
  )
  if (!last) return ["no sync succeeded"]
  const touched = new Set(
    carrier.journal.flatMap((entry) => ("iccid" in entry && entry.at >= last.startedAt ? [entry.iccid] : [])),
  )
  const rows = await listInventory(world, tenant)
  const inventory = new Map(rows.map((row) => [row.iccid, row]))
  if (inventory.size !== rows.length) found.push("a device is in the inventory twice")
  const usage = new Map(
    (
      await store.rows<{ iccid: string; bytes: number }>(
        sql`SELECT carrier_device_id AS iccid, bytes FROM device_usage
          WHERE tenant_id = ${tenantId} AND billing_period_id = ${last.billingPeriodId}`,
      )
    ).map(({ iccid, bytes }) => [iccid, bytes]),
  )
  for (const device of carrier.simulator().state) {
    if (touched.has(device.iccid)) continue
    const row = inventory.get(device.iccid)
    const is = row && row.missingSince === null && [row.status, row.ratePlan, row.communicationPlan].join()
    const shall = [device.status, device.ratePlan, device.communicationPlan].join()
    if (is !== shall) found.push(`${device.iccid} is ${is}, at the carrier ${shall}`)
    const bytes = usage.get(device.iccid) ?? 0
    if (bytes !== device.usageBytes) found.push(`${device.iccid} used ${bytes}, at the carrier ${device.usageBytes}`)
  }
  if (last.lookback !== "all") return found
  for (const { iccid, missingSince } of rows) {
    const isGone = carrier.simulator().state.get(iccid) === undefined
    if (isGone && !touched.has(iccid) && missingSince === null) found.push(`${iccid} is gone and not missing`)
  }
  return found
}
