import { type Pool, type RatePlan, type SolvedResult, type WhatIfChange, whatIf } from "@altaworx/optimizer"
import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { selectCohorts } from "./load/cohort-statements.ts"
import { type LoadedAnswer, loadAnswer } from "./results/load-answer.ts"
import { getOptimizationSession, type OptimizationProblem } from "./session/read-session.ts"
import { gapOf } from "./session/session.ts"
import type { SolverBudget } from "./solve/solve.ts"

/** What to change about the plans and pools of a session. Names that are not there stay as they are. Money in micro-units. */
export interface OptimizationWhatIfChange {
  /** New values for fields of rate plans, by name; `monthly`, `included` in KB, and the overage of plans without a pool. */
  readonly ratePlans?: Readonly<Record<string, Partial<Omit<RatePlan, "id">>>>
  /** New overage terms of pools, by name. */
  readonly pools?: Readonly<Record<string, Partial<Omit<Pool, "id">>>>
  /** Rate plans that nobody may use any more. */
  readonly closeRatePlans?: readonly string[]
  /** Rate plans to offer in addition, to the SIMs of the communication plans that are named. @default to all SIMs */
  readonly addRatePlans?: readonly (RatePlan & { readonly communicationPlans?: readonly string[] })[]
  readonly addPools?: readonly Pool[]
}

export interface OptimizationWhatIfRequest {
  readonly tenantId: string
  readonly sessionId: string
  readonly change: OptimizationWhatIfChange
  /** @default the optimizer's own */
  readonly solverBudget?: SolverBudget
  /** Stops it. Between steps of the search others have their turn, so that a server can go on serving. */
  readonly signal?: AbortSignal
}

/** What a change would bring. Money in micro-units, as decimal strings. */
export interface OptimizationWhatIf {
  /** What the session found, with its proof. */
  readonly cost: string
  readonly lowerBound: string
  readonly gap: number
  /** The same with the change; `null` where nothing would be permitted. */
  readonly changedCost: string | null
  /** Proved: with the change nothing permitted costs less. So the change saves at most `cost` less this. */
  readonly changedLowerBound: string | null
  readonly changedGap: number | null
  /** `cost - changedCost`. */
  readonly saving: string | null
  /** SIMs that would be on another plan than the session found. */
  readonly otherPlanCount: number
  /** SIMs on each plan, by name. */
  readonly deviceCounts: Readonly<Record<string, number>>
}

/**
 * What a complete session would have found with other prices, plans or pools. Reads the session's own SIMs, solves them
 * again, and stores nothing.
 *
 * @throws {CoreError} `input.not_found` for an unknown session; `input.invalid` while it is not complete, and for a name that
 *   none of its problems knows, with the field. The signal's reason when it aborts.
 */
export async function whatIfOptimization(
  core: Platform,
  request: OptimizationWhatIfRequest,
): Promise<OptimizationWhatIf> {
  const { tenantId, sessionId, change } = request
  const session = await getOptimizationSession(core, tenantId, sessionId)
  if (session.status !== "CompleteWithSuccess") {
    throw new CoreError("input.invalid", `Cannot ask what if: the session is ${session.status}`, { field: "sessionId" })
  }
  refuseUnknown(change, session.problems)
  const key = { tenantId, id: sessionId }
  const cohorts = await core.store.read((db) => selectCohorts(db, key))
  let changedCost: bigint | null = 0n
  let changedLowerBound: bigint | null = 0n
  let otherPlanCount = 0
  const deviceCounts: Record<string, number> = {}
  for (const problem of session.problems) {
    const answer = await loadAnswer(core, key, problem, cohorts, request.signal)
    const found = await solveChanged(core, problem, answer, request)
    changedCost = changedCost === null || found.cost === null ? null : changedCost + BigInt(found.cost)
    changedLowerBound =
      changedLowerBound === null || found.lowerBound === null ? null : changedLowerBound + BigInt(found.lowerBound)
    otherPlanCount += found.otherPlanCount
    for (const name of found.plans) deviceCounts[name] = (deviceCounts[name] ?? 0) + 1
    await core.runtime.clock.yield()
  }
  const { cost, lowerBound, gap } = session as typeof session & Record<"cost" | "lowerBound", string>
  const found =
    changedCost === null || changedLowerBound === null
      ? { changedCost: null, changedLowerBound: null, changedGap: null, saving: null }
      : {
          changedCost: String(changedCost),
          changedLowerBound: String(changedLowerBound),
          changedGap: gapOf(changedCost, changedLowerBound),
          saving: String(BigInt(cost) - changedCost),
        }
  return {
    cost,
    lowerBound,
    gap: gap ?? 0,
    ...found,
    otherPlanCount,
    deviceCounts,
  }
}

interface Changed {
  readonly cost: string | null
  readonly lowerBound: string | null
  readonly otherPlanCount: number
  readonly plans: readonly string[]
}

async function solveChanged(
  core: Platform,
  stored: OptimizationProblem,
  { problem, assignment: before }: LoadedAnswer,
  { change, solverBudget = {}, signal }: OptimizationWhatIfRequest,
): Promise<Changed> {
  const start: SolvedResult = {
    version: 1,
    status: stored.proof ?? "bounded",
    cost: stored.cost ?? "0",
    lowerBound: stored.lowerBound ?? "0",
    gap: stored.gap ?? 0,
    assignment: [...before],
    multipliers: stored.multipliers ?? { pools: {}, max: {}, min: {} },
    currentCost: stored.currentCost,
    truncated: false,
    conflicts: [],
  }
  const effort = { ...solverBudget, ...(signal && { signal }), yield: () => core.runtime.clock.yield(), start }
  const { problem: changed, result } = await whatIf(problem, changeFor(change, stored), effort)
  signal?.throwIfAborted()
  return {
    cost: result.cost,
    lowerBound: result.lowerBound,
    otherPlanCount: result.assignment.filter((plan, sim) => plan !== before[sim]).length,
    plans: result.assignment.map((plan) => changed.plans[plan]?.id ?? ""),
  }
}

/** The part of a change that a problem knows the names of, in the optimizer's words. */
function changeFor(change: OptimizationWhatIfChange, { definition }: OptimizationProblem): WhatIfChange {
  const { groups, commPlans } = definition
  const plans = new Set(definition.plans.map(({ id }) => id))
  const pools = new Set(definition.pools.map(({ id }) => id))
  const known = <T>(values: Readonly<Record<string, T>> = {}, names: ReadonlySet<string>) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)))
  // Those who may not move stay where they are, whatever is offered.
  const offered = (names: readonly string[] | undefined) =>
    groups.flatMap(({ communicationPlans }, at) =>
      names === undefined || communicationPlans.some((name) => names.includes(name)) ? [commPlans[at]?.id ?? ""] : [],
    )
  const added = (change.addRatePlans ?? [])
    .map(({ communicationPlans, ...plan }) => ({ ...plan, commPlans: offered(communicationPlans) }))
    .filter((plan) => plan.commPlans.length > 0)
  const addedPools = new Set(added.map(({ pool }) => pool))
  return {
    plans: known(change.ratePlans, plans),
    pools: known(change.pools, pools),
    closePlans: (change.closeRatePlans ?? []).filter((name) => plans.has(name)),
    addPlans: added,
    addPools: (change.addPools ?? []).filter(({ id }) => addedPools.has(id) && !pools.has(id)),
  }
}

function refuseUnknown(change: OptimizationWhatIfChange, problems: readonly OptimizationProblem[]): void {
  const plans = new Set(problems.flatMap(({ definition }) => definition.plans.map(({ id }) => id)))
  const pools = new Set(problems.flatMap(({ definition }) => definition.pools.map(({ id }) => id)))
  const asked: readonly (readonly [field: string, names: readonly string[], known: ReadonlySet<string>])[] = [
    ["change.ratePlans", Object.keys(change.ratePlans ?? {}), plans],
    ["change.closeRatePlans", change.closeRatePlans ?? [], plans],
    ["change.pools", Object.keys(change.pools ?? {}), pools],
  ]
  for (const [field, names, known] of asked) {
    if (names.every((name) => known.has(name))) continue
    throw new CoreError("input.invalid", "Cannot ask what if: the session has no plan or pool of this name", { field })
  }
}
