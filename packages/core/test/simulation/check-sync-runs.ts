import { sql } from "drizzle-orm"
import type { ScanCertificate } from "../../src/ports/mod.ts"
import type { Acknowledged } from "./drive-pipeline.ts"
import type { SimulatedTenant, World } from "./world.ts"

interface RunRow {
  readonly id: string
  readonly status: string
  readonly lookback: string
  readonly certificate: string | null
  readonly staged: number
  readonly rejected: number
  readonly inserted: number
  readonly updated: number
  readonly unchanged: number
  readonly missing: number
  readonly startedAt: number
  readonly finishedAt: number
}

/** Sync runs: all that were promised are there and ended, their counts add up, and what they certify is true. */
export async function checkSyncRuns(
  { observer: { store } }: World,
  { tenantId, carrier }: SimulatedTenant,
  acknowledged: Acknowledged,
): Promise<readonly string[]> {
  const found: string[] = []
  const runs = await store.rows<RunRow>(
    sql`SELECT id, status, lookback, certificate, staged, rejected, inserted, updated, unchanged, missing,
      started_at AS "startedAt", finished_at AS "finishedAt" FROM sync_run WHERE tenant_id = ${tenantId} ORDER BY id`,
  )
  const known = await store.rows<{ id: string }>(sql`SELECT id FROM sync_run`)
  const lost = [...acknowledged.syncRuns].filter((id) => !known.some((run) => run.id === id))
  for (const id of lost) found.push(`sync run ${id} was acknowledged and is lost`)

  for (const run of runs) {
    if (run.status === "active") found.push(`sync run ${run.id} never ended`)
    if (run.status !== "succeeded") continue
    const { certified, scope } = JSON.parse(run.certificate ?? "{}") as Partial<ScanCertificate>
    if (certified !== true || scope !== run.lookback) found.push(`sync run ${run.id} succeeded without a certificate`)
    if (run.missing > 0 && run.lookback !== "all") {
      found.push(`sync run ${run.id} marked ${run.missing} devices missing after a scan of the last month`)
    }
    if (run.inserted + run.updated + run.unchanged !== run.staged - run.rejected) {
      found.push(
        `sync run ${run.id} staged ${run.staged} and counts ${run.inserted} + ${run.updated} + ${run.unchanged}`,
      )
    }
    if (run.rejected > 0) found.push(`sync run ${run.id} rejected ${run.rejected} good devices`)
    const summaries = await store.rows(
      sql`SELECT 1 FROM sync_summary WHERE tenant_id = ${tenantId} AND sync_run_id = ${run.id}`,
    )
    if (summaries.length !== 1) found.push(`sync run ${run.id} has ${summaries.length} summaries`)
  }

  const succeeded = runs.filter(({ status }) => status === "succeeded")
  const [inserted] = await store.rows<{ devices: number }>(
    sql`SELECT count(*) AS devices FROM device WHERE tenant_id = ${tenantId}`,
  )
  const counted = runs.reduce((sum, run) => sum + run.inserted, 0)
  if (counted !== inserted?.devices)
    found.push(`runs count ${counted} inserted devices, there are ${inserted?.devices}`)

  // Whoever is missing was missed by a certified scan of everything, and is not there.
  const missing = await store.rows<{ iccid: string; at: number }>(
    sql`SELECT iccid, missing_since AS at FROM device WHERE tenant_id = ${tenantId} AND missing_since IS NOT NULL`,
  )
  const cameBack = new Set(
    carrier.journal.flatMap((entry) => (entry.type === "act" && entry.act === "comeBack" ? [entry.iccid] : [])),
  )
  for (const { iccid } of missing) {
    if (!succeeded.some(({ lookback, missing: count }) => lookback === "all" && count > 0)) {
      found.push(`${iccid} is missing, but no scan of all devices missed any`)
    }
    if (carrier.simulator().state.get(iccid) && !cameBack.has(iccid)) found.push(`${iccid} is missing and present`)
  }

  const staged = await store.rows<{ id: string }>(
    sql`SELECT sync_run_id AS id FROM device_stage WHERE tenant_id = ${tenantId}
      UNION SELECT sync_run_id FROM usage_stage WHERE tenant_id = ${tenantId}`,
  )
  const last = runs.at(-1)?.id
  for (const { id } of staged) if (id !== last) found.push(`staging of sync run ${id} was left behind`)
  return found
}
