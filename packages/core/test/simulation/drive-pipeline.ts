import { sql } from "drizzle-orm"
import { approveBulkChange, cancelBulkChange, getBulkChange } from "../../src/bulk-change/mod.ts"
import type { Core } from "../../src/create-core.ts"
import { planOptimizationChanges } from "../../src/mod.ts"
import {
  findOptimizationApply,
  getOptimizationSession,
  listOptimizationSessions,
  startOptimizationSession,
} from "../../src/optimization/mod.ts"
import { startSyncRun } from "../../src/sync/mod.ts"
import type { SimulatedTenant, World } from "./world.ts"

/** Whom the rows of the database name. */
export const USER = "simulation"

/** What a user was told, and counts on: none of it may be lost. */
export interface Acknowledged {
  readonly syncRuns: Set<string>
  /** Ids of sessions, with their tenants. */
  readonly sessions: Map<string, string>
  readonly approvals: Set<string>
  readonly cancellations: Set<string>
}

export const nothingAcknowledged = (): Acknowledged => ({
  syncRuns: new Set(),
  sessions: new Map(),
  approvals: new Set(),
  cancellations: new Set(),
})

interface RunRow {
  readonly id: string
  readonly status: string
  readonly billingPeriodId: string
}

/**
 * The next step of a tenant's user, by what the database says: two syncs, with changes at the carrier between them, then
 * the plan of what the optimization found, and its approval. Looks first, so it may be asked again at any time.
 *
 * @returns Whether all is done. If not, jobs have to run before the next step.
 */
export async function nextStep(
  { plan, trace }: World,
  core: Core,
  { tenantId, serviceProviderId, carrier }: SimulatedTenant,
  acknowledged: Acknowledged,
): Promise<boolean> {
  const scope = { tenantId, serviceProviderId }
  const runs = await core.store.rows<RunRow>(
    sql`SELECT id, status, billing_period_id AS "billingPeriodId" FROM sync_run WHERE tenant_id = ${tenantId} ORDER BY id`,
  )
  if (runs.some(({ status }) => status === "active")) return false
  const succeeded = runs.filter(({ status }) => status === "succeeded")
  const second = succeeded[1]
  if (second === undefined) {
    const isSecond = succeeded.length === 1
    if (isSecond) carrier.actOnce()
    const lookback = isSecond ? plan.lookback : "all"
    const id = await startSyncRun(core, { ...scope, lookback, optimizeAfter: isSecond })
    acknowledged.syncRuns.add(id)
    trace.add("user", `${tenantId} started sync ${id} (${lookback})`)
    return false
  }

  // Clocks differ, so the last of the list need not be the last that was started.
  const sessions = await listOptimizationSessions(core, { ...scope, syncRunId: second.id })
  const session = sessions.find(({ status }) => status !== "CompleteWithErrors")
  if (sessions.length > 0 && session === undefined) {
    const { billingPeriodId } = second
    const asked = { ...scope, billingPeriodId, syncRunId: second.id, requestedBy: USER }
    const id = await startOptimizationSession(core, asked)
    acknowledged.sessions.set(id, tenantId)
    trace.add("user", `${tenantId} started session ${id}`)
  }
  if (session?.status !== "CompleteWithSuccess") return false

  // What was cancelled is not planned again.
  const cancelled = await core.store.rows(
    sql`SELECT 1 FROM bulk_change WHERE tenant_id = ${tenantId} AND state = 'cancelled'`,
  )
  if (cancelled.length > 0) return true
  const { moveCount } = await getOptimizationSession(core, tenantId, session.id)
  const { apply, change } = await planOptimizationChanges(core, {
    tenantId,
    sessionId: session.id,
    createdBy: USER,
    // Faults may leave any of them unseen, and the rest is to go on.
    guardRails: { canary: { size: 3, mostUnverified: 1 }, ignoresPeriodEnd: true },
  })
  const held = Object.values(apply.heldBack).reduce((sum, count) => sum + count, 0)
  if (change.deviceCount + held !== moveCount) throw new Error("The plan has other moves than the session")
  if (change.state === "planned") {
    await approveBulkChange(core, { tenantId, id: change.id, planHash: change.planHash, approvedBy: USER })
    acknowledged.approvals.add(change.id)
    trace.add("user", `${tenantId} approved ${change.deviceCount} changes`)
    return false
  }
  if ((await getBulkChange(core, tenantId, change.id)).state !== "done") return false
  return (await findOptimizationApply(core, tenantId, session.id))?.reconciliation != null
}

/** Cancels a tenant's bulk change while it is processed. */
export async function cancelWhatRuns(
  { trace }: World,
  core: Core,
  { tenantId }: SimulatedTenant,
  acknowledged: Acknowledged,
): Promise<boolean> {
  const [change] = await core.store.rows<{ id: string }>(
    sql`SELECT id FROM bulk_change WHERE tenant_id = ${tenantId} AND state IN ('approved', 'processing')`,
  )
  if (!change || acknowledged.cancellations.has(change.id)) return false
  await cancelBulkChange(core, { tenantId, id: change.id, cancelledBy: USER })
  acknowledged.cancellations.add(change.id)
  trace.add("user", `${tenantId} cancelled its changes`)
  return true
}
