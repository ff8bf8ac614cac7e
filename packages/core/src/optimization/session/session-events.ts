import { getBillingPeriod } from "../../inventory/mod.ts"
import type { JobRequest } from "../../jobs/mod.ts"
import { notify, type SessionFacts } from "../../notifications/mod.ts"
import { listServiceProviders } from "../../providers/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { Reconciliation } from "../apply/reconciliation.ts"
import type { PlannedGroup } from "../group/plan-sequences.ts"
import type { SessionRow } from "./statements.ts"

/** What events say of a session. */
export type ToldSession = SessionRow & {
  readonly tenantId: string
  readonly id: string
  readonly deviceCount?: number
}

/** The facts of a session that all events about it carry, in its own words. */
async function sessionFacts(core: Platform, session: ToldSession): Promise<SessionFacts> {
  const { tenantId, serviceProviderId, request } = session
  const providers = await listServiceProviders(core, tenantId)
  const provider = providers.find(({ id }) => id === serviceProviderId)
  const period = await getBillingPeriod(core, tenantId, session.billingPeriodId)
  return {
    serviceProviderId,
    serviceProviderName: provider?.name ?? serviceProviderId,
    integrationType: provider?.integrationType ?? "unknown",
    sessionId: session.id,
    optimizationType: request.customerId === null ? "Carrier" : "Customer",
    billingPeriodId: session.billingPeriodId,
    billingPeriodStartsAt: period.startsAt,
    billingPeriodEndsAt: period.endsAt,
    deviceCount: session.deviceCount ?? 0,
    customerId: request.customerId,
    siteId: null,
  }
}

export async function tellProgress(core: Platform, session: ToldSession, progress: number): Promise<JobRequest[]> {
  const facts = await sessionFacts(core, session)
  const occurredAt = core.runtime.clock.now()
  return [notify(session.tenantId, { type: "optimization.progress", ...facts, occurredAt, progress })]
}

/** Groups that the sequences strategy leaves out because they have too many rate plans. */
export async function tellPlanLimits(
  core: Platform,
  session: ToldSession,
  groups: readonly PlannedGroup[],
  limit: number,
): Promise<JobRequest[]> {
  const over = groups.flatMap((group, at) => (group.directReason === "rate_plan_limit" ? [{ ...group, at }] : []))
  if (over.length === 0) return []
  const facts = await sessionFacts(core, session)
  const occurredAt = core.runtime.clock.now()
  return over.map(({ at, communicationPlans, ratePlans }) =>
    notify(session.tenantId, {
      type: "optimization.planLimit",
      ...facts,
      occurredAt,
      group: String(at),
      communicationPlans,
      ratePlanCount: ratePlans.length,
      limit,
    }),
  )
}

/** That fewer SIMs could be priced than are billed. */
export async function tellShortfall(
  core: Platform,
  session: ToldSession,
  expectedCount: number,
  assignedCount: number,
): Promise<JobRequest[]> {
  if (assignedCount >= expectedCount) return []
  const facts = await sessionFacts(core, session)
  const occurredAt = core.runtime.clock.now()
  return [
    notify(session.tenantId, { type: "optimization.shortfall", ...facts, occurredAt, expectedCount, assignedCount }),
  ]
}

/** That a session's changes left SIMs where no outcome explains it. */
export async function tellUnexplained(
  core: Platform,
  session: ToldSession,
  plannedAt: number,
  { unexplained, predictedSaving, appliedSaving }: Reconciliation,
): Promise<JobRequest> {
  return notify(session.tenantId, {
    type: "optimization.unexplained",
    ...(await sessionFacts(core, session)),
    occurredAt: core.runtime.clock.now(),
    plannedAt,
    unexplainedCount: unexplained.deviceCount,
    unexplainedSaving: unexplained.saving,
    predictedSaving,
    appliedSaving,
  })
}

/** That a session ended without a winner, and why. */
export async function tellEnded(
  core: Platform,
  session: ToldSession & { readonly errorCode: string | null; readonly errorMessage: string | null },
): Promise<JobRequest[]> {
  const facts = await sessionFacts(core, session)
  const { errorCode, errorMessage } = session
  return [
    notify(session.tenantId, {
      type: "optimization.completed",
      ...facts,
      occurredAt: core.runtime.clock.now(),
      status: "CompleteWithErrors",
      moveCount: 0,
      currentCost: null,
      cost: null,
      saving: null,
      errorCode,
      errorMessage,
    }),
  ]
}

/** The last progress and the outcome of a session that has its winner. */
export async function tellCompleted(
  core: Platform,
  session: ToldSession,
  totals: { readonly moveCount: number; readonly costs: { readonly current: bigint }; readonly cost: bigint },
): Promise<JobRequest[]> {
  const facts = await sessionFacts(core, session)
  const occurredAt = core.runtime.clock.now()
  return [
    notify(session.tenantId, { type: "optimization.progress", ...facts, occurredAt, progress: 100 }),
    notify(session.tenantId, {
      type: "optimization.completed",
      ...facts,
      occurredAt,
      status: "CompleteWithSuccess",
      moveCount: totals.moveCount,
      currentCost: String(totals.costs.current),
      cost: String(totals.cost),
      saving: String(totals.costs.current - totals.cost),
      errorCode: null,
      errorMessage: null,
    }),
  ]
}
