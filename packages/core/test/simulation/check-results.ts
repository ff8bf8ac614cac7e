import { sql } from "drizzle-orm"
import type { Reconciliation } from "../../src/optimization/mod.ts"
import { type Acknowledged, USER } from "./drive-pipeline.ts"
import type { SimulatedTenant, World } from "./world.ts"

interface SessionRow {
  readonly id: string
  readonly syncRunId: string | null
  /** The user, or the sync run itself. */
  readonly requestedBy: string
  readonly status: string
  readonly deviceCount: number
  readonly moveCount: number
  readonly currentCost: string | null
  readonly cost: string | null
  readonly lowerBound: string | null
  readonly problemCount: number
  readonly solvedCount: number
}

/** What was applied and what is named as missing are what was predicted, exactly. */
async function reconciliationFaults(
  store: World["observer"]["store"],
  tenantId: string,
  { id, currentCost, cost }: SessionRow,
): Promise<readonly string[]> {
  const [row] = await store.rows<{ reconciliation: string | null }>(
    sql`SELECT reconciliation FROM optimization_apply WHERE tenant_id = ${tenantId} AND session_id = ${id}`,
  )
  if (row?.reconciliation == null) return []
  const { predictedSaving, appliedSaving, differences, unexplained } = JSON.parse(row.reconciliation) as Reconciliation
  const missing = [...Object.values(differences), unexplained].reduce((sum, { saving }) => sum + BigInt(saving), 0n)
  const found: string[] = []
  if (BigInt(predictedSaving) !== BigInt(currentCost ?? 0) - BigInt(cost ?? 0))
    found.push(`session ${id} predicted otherwise`)
  if (BigInt(predictedSaving) - BigInt(appliedSaving) !== missing) found.push(`session ${id} is not reconciled exactly`)
  if (differences.open.deviceCount > 0) found.push(`session ${id} was reconciled before its changes ended`)
  return found
}

/** Sessions: one for each sync run that asked for one, and rows that add up to its totals exactly. */
export async function checkResults(
  { observer: { store } }: World,
  { tenantId }: SimulatedTenant,
  acknowledged: Acknowledged,
): Promise<readonly string[]> {
  const found: string[] = []
  const sessions = await store.rows<SessionRow>(
    sql`SELECT id, sync_run_id AS "syncRunId", request->>'requestedBy' AS "requestedBy", status, device_count AS "deviceCount", move_count AS "moveCount",
      current_cost AS "currentCost", cost, lower_bound AS "lowerBound", problem_count AS "problemCount",
      (SELECT count(*) FROM optimization_problem p WHERE p.tenant_id = s.tenant_id AND p.session_id = s.id
        AND p.status = 'CompleteWithSuccess') AS "solvedCount"
      FROM optimization_session s WHERE tenant_id = ${tenantId} ORDER BY id`,
  )
  const runs = await store.rows<{ id: string; asked: number }>(
    sql`SELECT id, optimize_after AS asked FROM sync_run WHERE tenant_id = ${tenantId} AND status = 'succeeded'`,
  )
  for (const { id, asked } of runs) {
    const own = sessions.filter(({ syncRunId }) => syncRunId === id)
    // Those of the user follow a failed one, and there may be some whose acknowledgement was lost.
    const started = own.filter(({ requestedBy }) => requestedBy !== USER)
    if (started.length !== asked) found.push(`sync run ${id} led to ${started.length} sessions`)
    const successful = own.filter(({ status }) => status === "CompleteWithSuccess").length
    if (asked === 1 && successful !== 1) found.push(`sync run ${id} led to ${successful} successful sessions`)
  }
  for (const [id, owner] of acknowledged.sessions) {
    const isThere = sessions.some((session) => session.id === id)
    if (owner === tenantId && !isThere) found.push(`session ${id} was acknowledged and is lost`)
  }

  for (const session of sessions) {
    if (!session.status.startsWith("CompleteWith")) found.push(`session ${session.id} is ${session.status} in the end`)
    if (session.status !== "CompleteWithSuccess") continue
    const [sum] = await store.rows<{ before: string; after: string; moves: number; priced: number }>(
      sql`SELECT CAST(coalesce(sum(charge_before), 0) AS TEXT) AS before, CAST(coalesce(sum(charge_after), 0) AS TEXT) AS after,
        count(to_rate_plan) AS moves, count(charge_before) AS priced FROM optimization_result
        WHERE tenant_id = ${tenantId} AND session_id = ${session.id}`,
    )
    if (sum?.before !== session.currentCost || sum.after !== session.cost) {
      found.push(`rows of session ${session.id} sum to ${sum?.before} and ${sum?.after}, not to its totals`)
    }
    if (sum?.moves !== session.moveCount) found.push(`session ${session.id} counts ${session.moveCount} moves wrongly`)
    if (sum?.priced !== session.deviceCount) found.push(`session ${session.id} priced ${sum?.priced} SIMs, not all`)
    if (session.solvedCount !== session.problemCount) {
      found.push(`session ${session.id} ended with ${session.solvedCount} of ${session.problemCount} problems solved`)
    }
    found.push(...(await reconciliationFaults(store, tenantId, session)))
    if (BigInt(session.lowerBound ?? 0) > BigInt(session.cost ?? 0)) found.push(`session ${session.id} beats its bound`)
  }
  return found
}
