import { sql } from "drizzle-orm"
import { listInventory } from "./list-inventory.ts"
import type { Acknowledged } from "./drive-pipeline.ts"
import type { SimulatedTenant, World } from "./world.ts"

interface ChangeRow {
  readonly iccid: string
  readonly from: string
  readonly to: string
  readonly status: string
  readonly verifiedAt: number | null
  readonly settledAt: number | null
  readonly hasIntent: number
}

/** Changes: none sent twice, each row ended as the carrier's journal says, and the inventory knows it. */
export async function checkChanges(
  world: World,
  tenant: SimulatedTenant,
  acknowledged: Acknowledged,
): Promise<readonly string[]> {
  const { store } = world.observer
  const { tenantId, carrier } = tenant
  const found: string[] = []

  const sent = new Map<string, number>()
  for (const { iccid, fields } of carrier.writes()) {
    const effect = `${iccid} ${JSON.stringify(fields)}`
    sent.set(effect, (sent.get(effect) ?? 0) + 1)
  }
  for (const [effect, count] of sent) if (count > 1) found.push(`${effect} was sent ${count} times`)

  const changes = await store.rows<{ id: string; state: string }>(
    sql`SELECT id, state FROM bulk_change WHERE tenant_id = ${tenantId}`,
  )
  for (const { id, state } of changes) {
    if (state !== "done" && state !== "cancelled") found.push(`bulk change ${id} is ${state} in the end`)
    if (state === "cancelled" && world.plan.cancelsAfter === null)
      found.push(`bulk change ${id} is cancelled, and nobody asked`)
  }
  const approved = await store.rows<{ id: string }>(sql`SELECT id FROM bulk_change WHERE approved_at IS NOT NULL`)
  for (const id of acknowledged.approvals) {
    if (!approved.some((change) => change.id === id)) found.push(`the approval of ${id} was acknowledged and is lost`)
  }

  const rows = await store.rows<ChangeRow>(
    sql`SELECT d.carrier_device_id AS iccid, from_values->>'ratePlan' AS "from", to_values->>'ratePlan' AS "to", d.status,
        verified_at AS "verifiedAt", i.settled_at AS "settledAt", i.id IS NOT NULL AS "hasIntent"
      FROM bulk_change_device d LEFT JOIN change_intent i ON i.tenant_id = d.tenant_id
        AND i.bulk_change_id = d.bulk_change_id AND i.position = d.position
      WHERE d.tenant_id = ${tenantId} ORDER BY d.position`,
  )
  const inventory = new Map((await listInventory(world, tenant)).map((row) => [row.iccid, row.ratePlan]))
  for (const row of rows) {
    const { iccid, from, to, status } = row
    const writes = carrier.writes().filter((write) => write.iccid === iccid)
    const isApplied = writes.some(({ effect }) => effect === "applied")
    const truth = carrier.simulator().state.get(iccid)?.ratePlan
    const known = inventory.get(iccid)
    const say = (what: string) => found.push(`${iccid} (${from} to ${to}) is ${status}: ${what}`)
    if (row.hasIntent === 1 && row.settledAt === null) say("its intent is open")
    if (writes.some(({ fields }) => fields["ratePlan"] !== to)) say("another change was sent")
    switch (status) {
      case "PROCESSED":
        if (!isApplied || truth !== to || row.verifiedAt === null) say(`the carrier has it on ${truth}`)
        if (known !== to) say(`the inventory has it on ${known}`)
        break
      case "API_FAILED":
        if (isApplied) say("the carrier did it")
        if (truth !== undefined && known !== truth) say(`the inventory has it on ${known}, the carrier on ${truth}`)
        break
      case "UNKNOWN":
        if (known !== from && known !== to) say(`the inventory has it on ${known}`)
        break
      case "ERROR":
      case "CANCELLED":
        if (writes.length > 0) say("it was sent")
        break
      default:
        say("that is no end")
    }
  }
  const planned = new Set(rows.map(({ iccid }) => iccid))
  for (const { iccid } of carrier.writes()) if (!planned.has(iccid)) found.push(`${iccid} was changed without a plan`)
  return found
}
