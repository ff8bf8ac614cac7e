import type { Multipliers } from "@altaworx/optimizer"
import { CoreError } from "../../errors/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { ProblemDefinition } from "../group/joint-problems.ts"
import { selectProblemStates, selectProblems } from "../group/problem-statements.ts"
import { groupsOfSession } from "../group/sequence-statements.ts"
import { selectCohorts } from "../load/cohort-statements.ts"
import type { DroppedRatePlan } from "../load/usable-rate-plans.ts"
import {
  type Candidate,
  type ComponentsByRatePlan,
  type CostComponents,
  type DirectReason,
  type ExclusionReason,
  gapOf,
  type OptimizationSession,
  type OptimizationStatus,
  type SessionRequest,
} from "./session.ts"
import { selectSessions } from "./statements.ts"

/** One problem of a session with its certificate. Money in micro-units, as decimal strings; `null` until it is solved. */
export interface OptimizationProblem {
  readonly position: number
  readonly isSolved: boolean
  /** Groups, plans, pools and eligibility: with the SIMs, the document that anyone can check the certificate with. */
  readonly definition: ProblemDefinition
  readonly deviceCount: number
  readonly moveCount: number
  readonly currentCost: string | null
  readonly baseCost: string | null
  readonly perSimCheapestCost: string | null
  readonly sequencesCost: string | null
  readonly components: { readonly before: CostComponents; readonly after: CostComponents } | null
  /** The same of each rate plan that holds SIMs before or after. */
  readonly componentsByRatePlan: ComponentsByRatePlan | null
  readonly cost: string | null
  readonly lowerBound: string | null
  readonly gap: number | null
  /** `optimal` where the cost is proved to be the least, `bounded` where it is within `gap` of it. */
  readonly proof: "optimal" | "bounded" | null
  /** The prices that prove the lower bound. */
  readonly multipliers: Multipliers | null
  readonly winner: Candidate | null
  readonly solveMs: number | null
}

/** Communication plans that permit the same rate plans, and what the sequences strategy made of them. */
export interface OptimizationGroup {
  readonly position: number
  /** Position of its problem, and of the group among the problem's. */
  readonly problem: number
  readonly eligibility: number
  readonly communicationPlans: readonly string[]
  readonly deviceCount: number
  /** By allowance. `maxAvgUsage`: KB of mean usage above which the next plan is cheaper; `null` where that never happens. */
  readonly ratePlans: readonly { readonly ratePlan: string; readonly maxAvgUsage: number | null }[]
  /** Why it has no sequences; `null` where it has. */
  readonly directReason: DirectReason | null
  readonly sequenceCount: number
  /** The cheapest sequence that was tried. */
  readonly bestSequence: readonly string[] | null
}

/** SIMs that may not move, with the reason. */
export interface OptimizationExclusion {
  readonly reason: ExclusionReason
  readonly communicationPlan: string | null
  readonly ratePlan: string | null
  readonly deviceCount: number
  /** Whether they are priced all the same, because they use a pool that others move in or out of. */
  readonly isPriced: boolean
}

/** A session with its problems and exclusions. */
export interface OptimizationSessionDetails extends OptimizationSession {
  readonly groups: readonly OptimizationGroup[]
  readonly problems: readonly OptimizationProblem[]
  readonly exclusions: readonly OptimizationExclusion[]
  /** SIMs that may not move. */
  readonly excludedCount: number
}

/** @throws {CoreError} `input.not_found` if the tenant has no session of this id. */
export async function getOptimizationSession(
  core: Platform,
  tenantId: string,
  id: string,
): Promise<OptimizationSessionDetails> {
  const found = await findSession(core, tenantId, id)
  if (!found) throw new CoreError("input.not_found", "Cannot find the optimization session", { field: "id" })
  const { preparedBy: _, ...session } = found
  const problems = await listProblems(core, tenantId, id)
  const cohorts = await core.store.read((db) => selectCohorts(db, { tenantId, id }))
  const exclusions = cohorts.flatMap(({ exclusion, communicationPlan, ratePlan, deviceCount, problem }) =>
    exclusion === null
      ? []
      : [{ reason: exclusion, communicationPlan, ratePlan, deviceCount, isPriced: problem !== null }],
  )
  const excludedCount = exclusions.reduce((sum, { deviceCount }) => sum + deviceCount, 0)
  const groups = await listGroups(core, tenantId, id)
  return { ...session, groups, problems, exclusions, excludedCount }
}

export interface ListOptimizationSessionsRequest {
  readonly tenantId: string
  readonly serviceProviderId?: string
  /** Only the session that optimized what this sync read. */
  readonly syncRunId?: string
  /** 1 to 1000. @default 100 */
  readonly limit?: number
}

/**
 * Sessions of a tenant, newest first.
 *
 * @throws {CoreError} `input.invalid` for a limit outside 1 to 1000.
 */
export async function listOptimizationSessions(
  core: Platform,
  request: ListOptimizationSessionsRequest,
): Promise<readonly OptimizationSession[]> {
  const limit = request.limit ?? 100
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    throw new CoreError("input.invalid", `Cannot list sessions: limit must be 1 to 1000, got ${limit}`, {
      field: "limit",
    })
  }
  const rows = await core.store.read((db) => selectSessions(db, { ...request, limit }))
  return rows.map(toSession)
}

/** A session and how far it is. */
export interface OptimizationSessionProgress extends OptimizationSession {
  /** Problems that are solved. */
  readonly solvedCount: number
}

/** The newest session of a tenant, or of one of its providers; `undefined` before the first. */
export async function findLatestOptimizationSession(
  core: Platform,
  tenantId: string,
  serviceProviderId?: string,
): Promise<OptimizationSessionProgress | undefined> {
  const [row] = await core.store.read((db) =>
    selectSessions(db, { tenantId, limit: 1, ...(serviceProviderId !== undefined && { serviceProviderId }) }),
  )
  if (!row) return undefined
  const problems = await core.store.read((db) => selectProblemStates(db, { tenantId, id: row.id }))
  return { ...toSession(row), solvedCount: problems.filter(({ status }) => status === "CompleteWithSuccess").length }
}

export async function findSession(
  core: Platform,
  tenantId: string,
  id: string,
): Promise<(OptimizationSession & { readonly preparedBy: string | null }) | undefined> {
  const [row] = await core.store.read((db) => selectSessions(db, { tenantId, id, limit: 1 }))
  return row && { ...toSession(row), preparedBy: row.preparedBy }
}

export async function listGroups(core: Platform, tenantId: string, id: string): Promise<readonly OptimizationGroup[]> {
  type Row = Omit<OptimizationGroup, "communicationPlans" | "ratePlans" | "bestSequence"> & {
    readonly communicationPlans: string
    readonly ratePlans: string
    readonly bestSequence: string | null
  }
  const rows = await core.store.rows<Row>(groupsOfSession({ tenantId, id }))
  return rows.map((row) => ({
    ...row,
    communicationPlans: JSON.parse(row.communicationPlans) as string[],
    ratePlans: JSON.parse(row.ratePlans) as OptimizationGroup["ratePlans"],
    bestSequence: row.bestSequence === null ? null : (JSON.parse(row.bestSequence) as string[]),
  }))
}

export async function listProblems(
  core: Platform,
  tenantId: string,
  id: string,
): Promise<readonly OptimizationProblem[]> {
  const rows = await core.store.read((db) => selectProblems(db, { tenantId, id }))
  return rows.map(({ position, status, definition, multipliers, proof, winner, ...row }) => ({
    position,
    isSolved: status === "CompleteWithSuccess",
    definition: JSON.parse(definition) as ProblemDefinition,
    deviceCount: row.deviceCount,
    moveCount: row.moveCount,
    currentCost: row.currentCost,
    baseCost: row.baseCost,
    perSimCheapestCost: row.perSimCheapestCost,
    sequencesCost: row.sequencesCost,
    ...problemComponents(row.components),
    cost: row.cost,
    lowerBound: row.lowerBound,
    gap: gap(row),
    proof: proof as OptimizationProblem["proof"],
    multipliers: multipliers === null ? null : (JSON.parse(multipliers) as Multipliers),
    winner: winner as Candidate | null,
    solveMs: row.solveMs,
  }))
}

function toSession(row: Awaited<ReturnType<typeof selectSessions>>[number]): OptimizationSession {
  const { preparedBy: _, deletedAt: __, ...facts } = row
  const { currentCost, cost } = row
  return {
    ...facts,
    request: JSON.parse(row.request) as SessionRequest,
    status: row.status as OptimizationStatus,
    reconciliation: row.reconciliation as OptimizationSession["reconciliation"],
    components: componentsOf(row.components),
    droppedRatePlans: JSON.parse(row.droppedRatePlans) as readonly DroppedRatePlan[],
    saving: currentCost === null || cost === null ? null : String(BigInt(currentCost) - BigInt(cost)),
    gap: gap(row),
  }
}

function problemComponents(text: string | null): Pick<OptimizationProblem, "components" | "componentsByRatePlan"> {
  if (text === null) return { components: null, componentsByRatePlan: null }
  const { ratePlans, ...components } = JSON.parse(text) as NonNullable<OptimizationProblem["components"]> & {
    readonly ratePlans: ComponentsByRatePlan
  }
  return { components, componentsByRatePlan: ratePlans }
}

function componentsOf(text: string | null): OptimizationSession["components"] {
  return text === null ? null : (JSON.parse(text) as NonNullable<OptimizationSession["components"]>)
}

function gap({ cost, lowerBound }: { cost: string | null; lowerBound: string | null }): number | null {
  return cost === null || lowerBound === null ? null : gapOf(BigInt(cost), BigInt(lowerBound))
}
