import type { Device } from "@altaworx/core/domain"
import type {
  DroppedRatePlan,
  FieldCondition,
  GuardRails,
  OptimizationApply,
  OptimizationExclusion,
  OptimizationProblem,
  OptimizationSession,
  OptimizationSessionDetails,
  Reconciliation,
  SimField,
} from "@altaworx/core/optimization"

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Send it as `cursor` to get the next page; `null` on the last one. */
  readonly nextCursor: string | null
}

/** A device as the API shows it. Instants are ISO 8601 in UTC. */
export interface DeviceView extends Omit<Device, "missingSince" | "changedAt"> {
  readonly missingSince: string | null
  readonly changedAt: string
}

// Views are written field by field, so that what the core adds later is not shown by accident.
export function deviceView(device: Device): DeviceView {
  return {
    id: device.id,
    serviceProviderId: device.serviceProviderId,
    carrierDeviceId: device.carrierDeviceId,
    iccid: device.iccid,
    status: device.status,
    carrierRatePlan: device.carrierRatePlan,
    communicationPlan: device.communicationPlan,
    missingSince: instant(device.missingSince),
    changedAt: instant(device.changedAt),
  }
}

/** A problem of a session: what is solved together. Money is micro-units as decimal strings, `null` until it is solved. */
export type OptimizationProblemView = Omit<OptimizationProblem, "definition" | "multipliers">

/** An optimization session as the API shows it. Instants are ISO 8601 in UTC, money is micro-units as decimal strings. */
export interface OptimizationSessionView extends Omit<OptimizationSession, "tenantId" | "startedAt" | "finishedAt"> {
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly problems: readonly OptimizationProblemView[]
  readonly exclusions: readonly OptimizationExclusion[]
  /** SIMs that may not move. */
  readonly excludedCount: number
}

export function optimizationSessionView(session: OptimizationSessionDetails): OptimizationSessionView {
  return {
    id: session.id,
    serviceProviderId: session.serviceProviderId,
    billingPeriodId: session.billingPeriodId,
    syncRunId: session.syncRunId,
    request: session.request,
    status: session.status,
    progress: session.progress,
    expectedDeviceCount: session.expectedDeviceCount,
    deviceCount: session.deviceCount,
    groupCount: session.groupCount,
    problemCount: session.problemCount,
    moveCount: session.moveCount,
    currentCost: session.currentCost,
    baseCost: session.baseCost,
    perSimCheapestCost: session.perSimCheapestCost,
    sequencesCost: session.sequencesCost,
    cost: session.cost,
    lowerBound: session.lowerBound,
    saving: session.saving,
    gap: session.gap,
    components: session.components,
    droppedRatePlans: session.droppedRatePlans.map(droppedRatePlanView),
    errorCode: session.errorCode,
    errorMessage: session.errorMessage,
    startedAt: instant(session.startedAt),
    finishedAt: instant(session.finishedAt),
    reconciliation: session.reconciliation,
    supersededBy: session.supersededBy,
    problems: session.problems.map(problemView),
    exclusions: session.exclusions.map(exclusionView),
    excludedCount: session.excludedCount,
  }
}

/** What is to be made of a session's moves, and what became of it. Instants are ISO 8601 in UTC, money micro-units. */
export interface OptimizationApplyView
  extends Omit<OptimizationApply, "guardRails" | "notAfter" | "createdAt" | "reconciliation"> {
  readonly guardRails: GuardRailsView
  readonly notAfter: string | null
  readonly createdAt: string
  readonly reconciliation: ReconciliationView | null
}

/** What limited the moves. */
export interface GuardRailsView extends Omit<GuardRails, "protectedSims"> {
  readonly protectedSims: readonly { readonly [Field in SimField]?: FieldCondition | undefined }[]
}

/** What the changes brought, against what was predicted. */
export interface ReconciliationView extends Omit<Reconciliation, "reconciledAt"> {
  readonly reconciledAt: string
}

export function optimizationApplyView(apply: OptimizationApply): OptimizationApplyView {
  return {
    sessionId: apply.sessionId,
    guardRails: apply.guardRails,
    notAfter: instant(apply.notAfter),
    movesPerSecond: apply.movesPerSecond,
    movesInTime: apply.movesInTime,
    currentCost: apply.currentCost,
    sessionCost: apply.sessionCost,
    plannedCost: apply.plannedCost,
    predictedSaving: apply.predictedSaving,
    plannedSaving: apply.plannedSaving,
    moveCount: apply.moveCount,
    heldBack: apply.heldBack,
    createdBy: apply.createdBy,
    createdAt: instant(apply.createdAt),
    reconciliation: apply.reconciliation && reconciliationView(apply.reconciliation),
  }
}

function reconciliationView(found: Reconciliation): ReconciliationView {
  return {
    reconciledAt: instant(found.reconciledAt),
    predictedSaving: found.predictedSaving,
    appliedSaving: found.appliedSaving,
    differences: found.differences,
    unexplained: found.unexplained,
    unpricedCount: found.unpricedCount,
    state: found.state,
  }
}

function problemView(problem: OptimizationProblem): OptimizationProblemView {
  return {
    position: problem.position,
    isSolved: problem.isSolved,
    deviceCount: problem.deviceCount,
    moveCount: problem.moveCount,
    currentCost: problem.currentCost,
    baseCost: problem.baseCost,
    perSimCheapestCost: problem.perSimCheapestCost,
    sequencesCost: problem.sequencesCost,
    cost: problem.cost,
    lowerBound: problem.lowerBound,
    gap: problem.gap,
    proof: problem.proof,
    winner: problem.winner,
    components: problem.components,
    componentsByRatePlan: problem.componentsByRatePlan,
    solveMs: problem.solveMs,
  }
}

function exclusionView({
  reason,
  communicationPlan,
  ratePlan,
  deviceCount,
  isPriced,
}: OptimizationExclusion): OptimizationExclusion {
  return { reason, communicationPlan, ratePlan, deviceCount, isPriced }
}

function droppedRatePlanView({ ratePlan, reason }: DroppedRatePlan): DroppedRatePlan {
  return { ratePlan, reason }
}

function instant(at: number): string
function instant(at: number | null): string | null
function instant(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
