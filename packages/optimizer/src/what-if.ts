import { checkProblem } from "./problem/check-problem.ts"
import { refuse } from "./problem/problem-error.ts"
import type { Pool, Problem, RatePlan } from "./problem/problem.ts"
import type { Result, SolvedResult } from "./problem/result.ts"
import { solve, solveSync } from "./solve.ts"
import type { SolveAsyncOptions, SolveOptions } from "./problem/solve-options.ts"

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
  const changed = changedProblem(problem, change)
  return answer(changed, solveSync(changed, options), options)
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
  const changed = changedProblem(problem, change)
  return answer(changed, await solve(changed, options), options)
}

function answer(problem: Problem, result: Result, { start }: Start): WhatIf {
  return { problem, result, saving: result.cost === null ? null : BigInt(start.cost) - BigInt(result.cost) }
}

function changedProblem(problem: Problem, change: WhatIfChange): Problem {
  checkProblem(problem)
  const { addPlans = [], addPools = [], closePlans = [] } = change
  const closed = new Set(closePlans)
  refuseUnknown(closed, problem.plans, "closePlans")
  const plans = [
    ...withChanges<RatePlan>(problem.plans, change.plans ?? {}, "plans"),
    ...addPlans.map(({ commPlans, ...plan }) => plan),
  ]
  const pools = [...withChanges<Pool>(problem.pools ?? [], change.pools ?? {}, "pools"), ...addPools]
  // Without communication plans, everybody is on one that permits all plans.
  const isFree = problem.commPlans == null || problem.sims.commPlan == null
  const known = isFree ? [{ id: "all", plans: problem.plans.map(({ id }) => id) }] : problem.commPlans!
  const commPlans = known.map(({ id, plans: permitted }) => ({
    id,
    plans: [
      ...permitted.filter((plan) => !closed.has(plan)),
      ...addPlans.filter((plan) => plan.commPlans?.includes(id) ?? true).map((plan) => plan.id),
    ],
  }))
  if (isFree && addPlans.some((plan) => plan.commPlans !== undefined))
    refuse("problem.unknown_id", "change.addPlans", "not name communication plans of a problem without any", addPlans)
  const sims = isFree ? { ...problem.sims, commPlan: new Int32Array(problem.sims.usage.length) } : problem.sims
  const changed = { ...problem, plans, pools, ...(isFree && closed.size === 0 ? {} : { commPlans, sims }) }
  checkProblem(changed)
  return changed
}

/** The same plans or pools with what changes of each. */
function withChanges<Named extends { readonly id: string }>(
  named: readonly Named[],
  changes: Readonly<Record<string, Partial<Omit<Named, "id">>>>,
  field: string,
): readonly Named[] {
  refuseUnknown(Object.keys(changes), named, field)
  return named.map((one) => (Object.hasOwn(changes, one.id) ? { ...one, ...changes[one.id] } : one))
}

function refuseUnknown(ids: Iterable<string>, known: readonly { readonly id: string }[], field: string): void {
  const names = new Set(known.map(({ id }) => id))
  for (const id of ids) if (!names.has(id)) refuse("problem.unknown_id", `change.${field}`, "name what exists", id)
}
