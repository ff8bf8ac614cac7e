import {
  cancelBulkChange,
  findBulkChangeOfSession,
  findRecentRatePlanChanges,
  measureChangePace,
  type PlannedBulkChange,
  planRatePlanChanges,
} from "./bulk-change/mod.ts"
import type { Core } from "./create-core.ts"
import { CoreError } from "./errors/mod.ts"
import { getBillingPeriod } from "./inventory/mod.ts"
import {
  checkGuardRails,
  eachApplyMove,
  findApplicableSession,
  findOptimizationApply,
  getOptimizationSession,
  type GuardRails,
  type OptimizationApply,
  planApply,
  reconcile,
  type Reconciliation,
  type SolverBudget,
} from "./optimization/mod.ts"
import type { CarrierCapabilities } from "./ports/mod.ts"
import { findLatestSyncRun } from "./sync/mod.ts"
import { changesOfSessions } from "./wire-apply.ts"

/** Whose moves to plan, and what holds them back. */
export interface PlanOptimizationChangesRequest {
  readonly tenantId: string
  readonly sessionId: string
  readonly createdBy: string
  /** @default nothing is held back but what the carrier forbids, comes too late or saves nothing */
  readonly guardRails?: Partial<GuardRails>
  /** For problems that are solved again within the guard rails. @default the optimizer's own */
  readonly solverBudget?: SolverBudget
  readonly signal?: AbortSignal
}

/** What is to be done: which moves within the guard rails, and the bulk change that makes them once it is approved. */
export interface PlannedOptimizationChanges {
  readonly apply: OptimizationApply
  readonly change: PlannedBulkChange
}

/**
 * Plans the moves of a complete session as a bulk change, within guard rails. Nothing is touched: `approveBulkChange` with
 * the plan's hash is what starts it, and once it has ended the session is reconciled by itself. Asked again, it gives the
 * same plan.
 *
 * @throws {CoreError} `input.not_found`; `input.invalid` for guard rails that are none, with the field, and for a session
 *   whose moves cannot be made; `bulk_change.wrong_state` where the moves are planned with other guard rails already: cancel
 *   that bulk change first. Where it is over, for example since its canary stopped it, what is left is planned from a new
 *   session.
 *
 * @example
 * ```ts
 * import { createClient } from "@libsql/client"
 * import { createCore, planOptimizationChanges } from "@altaworx/core"
 * import { systemRuntime } from "@altaworx/core/ports"
 * import { openStore } from "@altaworx/core/store"
 * import { importSealingKey } from "@altaworx/core/tenancy"
 *
 * const runtime = systemRuntime()
 * const store = await openStore({ url: ":memory:", createClient, runtime })
 * const sealingKey = await importSealingKey(btoa("a key of thirty-two bytes, please"[0]?.repeat(32) ?? ""))
 * const core = createCore({ store, runtime, sealingKey, connectors: {} })
 * const guardRails = { mostMoves: 500, leastSaving: -1, canary: { size: 20, mostUnverified: 0.1 } }
 * const asked = { tenantId: "1", sessionId: "none", createdBy: "anna", guardRails }
 * await planOptimizationChanges(core, asked).catch((error) => console.log(error.field)) // guardRails.leastSaving
 * store.close()
 * ```
 */
export async function planOptimizationChanges(
  core: Core,
  request: PlanOptimizationChangesRequest,
): Promise<PlannedOptimizationChanges> {
  const { tenantId, sessionId, createdBy, solverBudget, signal } = request
  const guardRails = checkGuardRails(request.guardRails)
  const { serviceProviderId, billingPeriodId } = await findApplicableSession(core, tenantId, sessionId)
  const account = { tenantId, serviceProviderId }
  const known = await findBulkChangeOfSession(core, { ...account, optimizationSessionId: sessionId })
  if (known?.planHash != null) {
    const apply = await findOptimizationApply(core, tenantId, sessionId)
    const change = { ...known, planHash: known.planHash }
    if (JSON.stringify(apply?.guardRails) === JSON.stringify(guardRails)) return { apply: apply!, change }
    const why =
      known.state === "done"
        ? `bulk change ${known.id}, which made them, is over. Retry it, or plan what is left from a new session`
        : `bulk change ${known.id} has them planned with other guard rails. Cancel it first`
    throw new CoreError("bulk_change.wrong_state", `Cannot plan the session's moves: ${why}`, { field: "guardRails" })
  }
  const { endsAt } = await getBillingPeriod(core, tenantId, billingPeriodId)
  const { capabilities } = await core.carrierFor(tenantId, serviceProviderId)
  // A change that is begun by then shows before the period ends, even where the carrier is slow to show it.
  const notAfter = endsAt - capabilities.readBackDeadlineMs.value
  const guards = { canary: guardRails.canary, notAfter: guardRails.ignoresPeriodEnd ? null : notAfter }
  // A plan that broke off goes, where other guards would be approved with it.
  if (known && JSON.stringify(guards) !== JSON.stringify({ canary: known.canary, notAfter: known.notAfter })) {
    await cancelBulkChange(core, { tenantId, id: known.id, cancelledBy: createdBy })
  }
  const apply = await planApply(core, {
    tenantId,
    sessionId,
    createdBy,
    guardRails,
    carrierRules: capabilities.ratePlanChangeRules ?? [],
    recentChanges: (since) => findRecentRatePlanChanges(core, { ...account, since }),
    time: guardRails.ignoresPeriodEnd
      ? null
      : { notAfter, movesPerSecond: await movesPerSecond(core, account, capabilities) },
    ...(solverBudget && { solverBudget }),
    ...(signal && { signal }),
  })
  const change = await planRatePlanChanges(core, {
    ...account,
    createdBy,
    optimizationSessionId: sessionId,
    moves: eachApplyMove(core, { tenantId, sessionId }),
    guards,
    capabilities,
  })
  return { apply, change }
}

// A change is sent once and looked for once, where all goes well.
const CALLS_PER_MOVE = 2

/** As the account's changes went; before there were any, as its last sync went; and before that, as its carrier allows. */
async function movesPerSecond(
  core: Core,
  account: { readonly tenantId: string; readonly serviceProviderId: string },
  { callsPerSecond }: CarrierCapabilities,
): Promise<number> {
  const measured = await measureChangePace(core, account)
  if (measured !== undefined) return measured
  const certificate = (await findLatestSyncRun(core, account.tenantId, account.serviceProviderId))?.certificate
  const ms = certificate ? certificate.finishedAt - certificate.startedAt : 0
  const calls = certificate && ms > 0 ? (certificate.calls * 1_000) / ms : callsPerSecond.value
  return calls / CALLS_PER_MOVE
}

/**
 * Holds what a session's changes brought against what was predicted once more, for example after a sync or after what was
 * unknown was looked for again. It is done by itself each time the changes have ended.
 *
 * @returns `undefined` where none were planned.
 * @throws {CoreError} `input.not_found` for an unknown session.
 */
export async function reconcileOptimization(
  core: Core,
  { tenantId, sessionId }: { readonly tenantId: string; readonly sessionId: string },
): Promise<Reconciliation | undefined> {
  const { serviceProviderId } = await getOptimizationSession(core, tenantId, sessionId)
  const change = await findBulkChangeOfSession(core, { tenantId, serviceProviderId, optimizationSessionId: sessionId })
  if (!change) return undefined
  return reconcile(
    core,
    { tenantId, id: sessionId },
    changesOfSessions.fatesOf(core, { tenantId, bulkChangeId: change.id }),
  )
}
