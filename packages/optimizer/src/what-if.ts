import { checkProblem } from "./check-problem.ts"
import { ProblemError } from "./problem-error.ts"
import type { Pool, Problem, RatePlan } from "./problem.ts"
import type { Result, SolvedResult } from "./result.ts"
import { solve, solveSync } from "./solve.ts"
import type { SolveAsyncOptions, SolveOptions } from "./solve-options.ts"

/** What to change about plans and pools. Ids that are not named stay as they are. */
export interface WhatIfChange {
  /** New values for fields of existing plans, by plan id. */
  readonly plans?: Readonly<Record<string, Partial<Omit<RatePlan, "id">>>>
  /** New values for fields of existing pools, by pool id. */
  readonly pools?: Readonly<Record<string, Partial<Omit<Pool, "id">>>>
  /** Plans nobody may use any more. SIMs that are on one still pay to leave it. */
  readonly closePlans?: readonly string[]
  /** Plans to offer in addition; `commPlans` names who may use one, absent: everybody. */
  readonly addPlans?: readonly (RatePlan & { readonly commPlans?: readonly string[] })[]
  readonly addPools?: readonly Pool[]
}

/** What a change would bring. */
export interface WhatIf {
  /** The changed problem; positions of existing plans are the same. */
  readonly problem: Problem
  readonly result: Result
  /** Cost before minus cost after, micro-units; `null` if the changed problem is infeasible. */
  readonly saving: bigint | null
}

/** The earlier result that the saving is measured against, and where the search starts. */
interface Start {
  readonly start: SolvedResult
}

/**
 * Solves a problem again with other plans or prices, starting from an earlier result. Nothing is changed in place.
 *
 * @param problem The problem as it is.
 * @param change What to change.
 * @param options As for `solveSync`; `start` is the earlier result the saving is measured against.
 * @throws {ProblemError} If a named id does not exist, or the changed problem is malformed.
 *
 * @example
 * ```ts
 * const { saving } = whatIfSync(problem, { plans: { "1GB": { monthly: 900_000 } } }, { start: result })
 * ```
 */
export function whatIfSync(problem: Problem, change: WhatIfChange, options: SolveOptions & Start): WhatIf {
  const { changed, start } = changedProblem(problem, change, options.start)
  return answer(changed, solveSync(changed, { ...options, start }), options.start)
}

/**
 * As `whatIfSync`, but gives way to other work between steps of the search.
 *
 * @throws {ProblemError} As a rejection. An aborted signal does not reject: the best answer so far is returned.
 */
export async function whatIf(
  problem: Problem,
  change: WhatIfChange,
  options: SolveAsyncOptions & Start,
): Promise<WhatIf> {
  const { changed, start } = changedProblem(problem, change, options.start)
  return answer(changed, await solve(changed, { ...options, start }), options.start)
}

function changedProblem(problem: Problem, change: WhatIfChange, start: SolvedResult) {
  checkProblem(problem)
  const changed = applyChange(problem, change)
  checkProblem(changed)
  return { changed, start: fittingStart(changed, start) }
}

function answer(problem: Problem, result: Result, start: SolvedResult): WhatIf {
  const saving = result.status === "infeasible" ? null : BigInt(start.cost) - BigInt(result.cost)
  return { problem, result, saving }
}

function applyChange(problem: Problem, change: WhatIfChange): Problem {
  const plans = problem.plans.map((plan) => ({ ...plan, ...ownOf(change.plans, plan.id) }))
  const pools = (problem.pools ?? []).map((pool) => ({ ...pool, ...ownOf(change.pools, pool.id) }))
  refuseUnknown(Object.keys(change.plans ?? {}), problem.plans, "change.plans")
  refuseUnknown(Object.keys(change.pools ?? {}), problem.pools ?? [], "change.pools")
  refuseUnknown(change.closePlans ?? [], problem.plans, "change.closePlans")
  const added = change.addPlans ?? []
  const allPlans = [...plans, ...added.map(({ commPlans, ...plan }) => plan)]
  const closed = new Set(change.closePlans)
  const base = { ...problem, plans: allPlans, pools: [...pools, ...(change.addPools ?? [])] }
  const needsPermissions = closed.size > 0 || added.some((plan) => plan.commPlans !== undefined)
  const isFree = problem.commPlans == null || problem.sims.commPlan == null
  if (isFree) {
    if (!needsPermissions) return base
    if (added.some((plan) => plan.commPlans !== undefined)) {
      throw new ProblemError(
        "problem.unknown_id",
        "change.addPlans",
        "names communication plans of a problem without any",
      )
    }
    const open = allPlans.filter((plan) => !closed.has(plan.id)).map((plan) => plan.id)
    const commPlan = new Int32Array(problem.sims.usage.length)
    return { ...base, commPlans: [{ id: "all", plans: open }], sims: { ...problem.sims, commPlan } }
  }
  const commPlans = problem.commPlans!.map(({ id, plans: permitted }) => ({
    id,
    plans: [
      ...permitted.filter((plan) => !closed.has(plan)),
      ...added.filter((plan) => plan.commPlans === undefined || plan.commPlans.includes(id)).map((plan) => plan.id),
    ],
  }))
  return { ...base, commPlans }
}

function ownOf<Value>(values: Readonly<Record<string, Value>> | undefined, id: string): Value | undefined {
  return values !== undefined && Object.hasOwn(values, id) ? values[id] : undefined
}

function refuseUnknown(ids: readonly string[], known: readonly { readonly id: string }[], path: string): void {
  const names = new Set(known.map(({ id }) => id))
  const stranger = ids.find((id) => !names.has(id))
  if (stranger !== undefined)
    throw new ProblemError("problem.unknown_id", path, `names ${JSON.stringify(stranger)}, which does not exist`)
}

/** Multipliers that became illegal, because a price or a limit fell away, are left out. */
function fittingStart(problem: Problem, start: SolvedResult): SolvedResult {
  const { pools, max, min } = start.multipliers
  const limits = new Map(problem.plans.map((plan) => [plan.id, plan]))
  const ceiling = new Map((problem.pools ?? []).map((pool) => [pool.id, pool.overageCost / (pool.overageBlock || 1)]))
  const keep = (values: Readonly<Record<string, string>>, isLegal: (id: string, value: number) => boolean) =>
    Object.fromEntries(Object.entries(values).filter(([id, value]) => isLegal(id, Number(value))))
  return {
    ...start,
    multipliers: {
      pools: keep(pools, (id, value) => value < (ceiling.get(id) ?? 0)),
      max: keep(max, (id) => limits.get(id)?.maxSims != null),
      min: keep(min, (id) => Boolean(limits.get(id)?.minSims)),
    },
  }
}
