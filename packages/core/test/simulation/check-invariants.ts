import { sql } from "drizzle-orm"
import { BYSTANDER, rowsOfBystander } from "./bystander.ts"
import { checkChanges } from "./check-changes.ts"
import { checkInventory } from "./check-inventory.ts"
import { checkJobs, type JobLog } from "./check-jobs.ts"
import { checkResults } from "./check-results.ts"
import { checkSyncRuns } from "./check-sync-runs.ts"
import type { Acknowledged } from "./drive-pipeline.ts"
import { listInventory } from "./list-inventory.ts"
import type { World } from "./world.ts"

/** What must hold after any run that reached its end; one line for each thing that does not. */
export async function checkInvariants(
  world: World,
  acknowledged: Acknowledged,
  jobs: JobLog,
): Promise<readonly string[]> {
  const found: string[] = [...(await checkJobs(world, jobs)), ...(await checkTenants(world))]
  for (const tenant of world.tenants) {
    const checks = [
      await checkSyncRuns(world, tenant, acknowledged),
      await checkResults(world, tenant, acknowledged),
      await checkChanges(world, tenant, acknowledged),
      await checkInventory(world, tenant),
    ]
    found.push(...checks.flat().map((line) => `${tenant.tenantId}: ${line}`))
  }
  return found
}

/** No row of anybody else, and none under somebody else's provider. */
async function checkTenants({ observer, tenants, bystander }: World): Promise<readonly string[]> {
  const { store } = observer
  const tables = await store.rows<{ name: string }>(
    sql`SELECT m.name FROM sqlite_master m WHERE m.type = 'table'
      AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'tenant_id') ORDER BY m.name`,
  )
  const [first] = tenants as [World["tenants"][number]]
  const owners = JSON.stringify([
    ...tenants.map(({ tenantId, serviceProviderId }) => [tenantId, serviceProviderId]),
    [BYSTANDER, first.serviceProviderId],
  ])
  const found: string[] = []
  if ((await rowsOfBystander(observer)) !== bystander) found.push("rows of a tenant that did nothing were touched")
  for (const { name } of tables) {
    const columns = await store.rows<{ name: string }>(sql`SELECT name FROM pragma_table_info(${name})`)
    const hasProvider = columns.some((column) => column.name === "service_provider_id")
    const owner = hasProvider
      ? sql`(tenant_id, service_provider_id) NOT IN (SELECT value->>0, value->>1 FROM json_each(${owners}))`
      : sql`tenant_id NOT IN (SELECT value->>0 FROM json_each(${owners}))`
    const [row] = await store.rows<{ count: number }>(
      sql`SELECT count(*) AS count FROM ${sql.identifier(name)} WHERE ${owner}`,
    )
    if (row?.count) found.push(`${row.count} rows of ${name} belong to nobody, or to two`)
  }
  return found
}

/** After a sync without faults: the inventory holds what the carrier holds, device by device. */
export async function checkReconciled(world: World): Promise<readonly string[]> {
  const found: string[] = []
  for (const tenant of world.tenants) {
    const inventory = new Map((await listInventory(world, tenant)).map((row) => [row.iccid, row]))
    const truth = new Map([...tenant.carrier.simulator().state].map((device) => [device.iccid, device]))
    for (const [iccid, { status, ratePlan, communicationPlan }] of truth) {
      const row = inventory.get(iccid)
      const is = row && row.missingSince === null && [row.status, row.ratePlan, row.communicationPlan].join()
      const shall = [status, ratePlan, communicationPlan].join()
      if (is !== shall) found.push(`${tenant.tenantId}: after a clean sync ${iccid} is ${is}, at the carrier ${shall}`)
    }
    for (const { iccid, missingSince } of inventory.values()) {
      if (missingSince === null && !truth.has(iccid)) found.push(`${tenant.tenantId}: ${iccid} is gone and not missing`)
    }
  }
  return found
}
