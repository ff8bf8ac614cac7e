import { asIfAlone } from "./round/as-if-alone.ts"
import { type Bound, boundOfFleet } from "./bound/bound.ts"
import { checkAssignment } from "./problem/check-assignment.ts"
import { checkProblem } from "./problem/check-problem.ts"
import { type ExactMultipliers, exactMultipliersOf, multipliersOf } from "./prices/exact-multipliers.ts"
import { type Fleet, fleetOf, inPlaceOrder, inSimOrder } from "./fleet/fleet.ts"
import { finishExactly } from "./exact/exact-finish.ts"
import { findConflicts } from "./limits/find-conflicts.ts"
import { isPermitted } from "./limits/is-permitted.ts"
import { priceChecked } from "./charge/price.ts"
import { exactPrices } from "./prices/prices.ts"
import { ProblemError } from "./problem/problem-error.ts"
import type { Assignment, Problem } from "./problem/problem.ts"
import { relaxFleet } from "./relax/relax-fleet.ts"
import type { Conflict, InfeasibleResult, Result } from "./problem/result.ts"
import { roundFleet } from "./round/round-fleet.ts"
import type { SolveAsyncOptions, SolveOptions, SolveProgress } from "./problem/solve-options.ts"
import { openBudget, STEPS_PER_UNIT, type WorkBudget } from "./problem/work-budget.ts"

/**
 * Finds the cheapest permitted plan for every SIM, with a lower bound that proves how good the answer is.
 *
 * @param problem The problem; refused before any work if malformed.
 * @param options See `SolveOptions`; with the default budget the same problem gives the same bytes on every runtime.
 * @returns The result document; never dearer than the current assignment or any permitted candidate.
 *   `status: "infeasible"` names the conflict.
 * @throws {ProblemError} If the problem, an option, a candidate or the starting multipliers are malformed.
 *
 * @example
 * ```ts
 * const result = solveSync(JSON.parse(text))
 * if (result.status !== "infeasible") console.log(result.cost, result.gap)
 * ```
 */
export function solveSync(problem: Problem, options: SolveOptions = {}): Result {
  const steps = solveInSteps(problem, options)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    options.onProgress?.(step.value)
  }
}

/**
 * As `solveSync`, but gives way to other work between steps.
 *
 * @throws {ProblemError} As a rejection. An aborted signal does not reject: it returns the best answer so far.
 */
export async function solve(problem: Problem, options: SolveAsyncOptions = {}): Promise<Result> {
  const giveWay = options.yield ?? nextTask
  const steps = solveInSteps(problem, options)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    options.onProgress?.(step.value)
    await giveWay()
  }
}

// Many small steps would spend more on giving way than on solving, so the search yields after whole phases.
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

interface Best {
  readonly assignment: Assignment
  readonly cost: bigint
}

function* solveInSteps(problem: Problem, options: SolveOptions): Generator<SolveProgress, Result, void> {
  checkProblem(problem)
  for (const name of ["workUnits", "targetGap", "timeLimitMs"] as const) {
    const value = options[name] ?? 0
    if (!(value >= 0)) throw new ProblemError("problem.range", `options.${name}`, `must be 0 or more, got ${value}`)
  }
  const budget = openBudget((options.workUnits ?? defaultUnits(problem)) * STEPS_PER_UNIT, options)
  const candidates = options.candidates ?? []
  candidates.forEach((candidate, k) => checkAssignment(problem, candidate, `options.candidates[${k}]`))
  const fleet = fleetOf(problem)
  const { tariff } = fleet
  budget.spend(fleet.simCount * 20)
  const progress = (phase: SolveProgress["phase"], cost: number, lowerBound: number): SolveProgress => {
    return { phase, cost, lowerBound, workUnits: budget.steps / STEPS_PER_UNIT }
  }
  yield progress("prepare", Infinity, 0)
  const conflicts = findConflicts(problem, tariff)
  if (conflicts.length > 0) return infeasible(conflicts)

  const relaxing = relaxFleet(fleet, options.targetGap ?? 0, budget.look)
  let stage = relaxing.next()
  for (; !stage.done; stage = relaxing.next()) {
    budget.spend(STEPS_PER_UNIT / 4)
    yield progress("prepare", Infinity, 0)
  }
  const relaxed = stage.value
  let multipliers: ExactMultipliers = exactPrices(tariff, relaxed.prices)
  let bound = boundOfFleet(fleet, multipliers)
  if (options.start !== undefined) {
    const earlier = exactMultipliersOf(tariff, options.start.multipliers, true)
    const earlierBound = boundOfFleet(fleet, earlier)
    if (earlierBound.scaled > bound.scaled) [multipliers, bound] = [earlier, earlierBound]
  }
  yield progress("bound", Infinity, Number(bound.lowerBound))

  const goal = (options.targetGap ?? 0) * Number(bound.lowerBound)
  const rounding = roundFleet(fleet, relaxed, goal, budget)
  let rounded = rounding.next()
  for (; !rounded.done; rounded = rounding.next())
    yield progress(rounded.value.phase, rounded.value.cost, Number(bound.lowerBound))

  let best = null as Best | null
  const currentCost = priceIfPermitted(problem, fleet, problem.sims.currentPlan ?? null)
  const consider = (offer: Assignment | null): void => {
    const cost = priceIfPermitted(problem, fleet, offer)
    if (cost !== null && (best === null || cost < best.cost)) best = { assignment: offer!, cost }
  }
  for (const offer of [problem.sims.currentPlan ?? null, ...candidates, options.start?.assignment ?? null])
    consider(offer)
  consider(inSimOrder(fleet, rounded.value))
  if (budget.isCut) consider(inSimOrder(fleet, asIfAlone(fleet)))
  let isProved = best!.cost <= bound.leastCost
  const gap = Number(best!.cost - bound.lowerBound) / Math.max(1, Number(bound.lowerBound))
  if (!isProved && gap > (options.targetGap ?? 0) && !budget.isSpent()) {
    yield progress("improve", Number(best!.cost), Number(bound.lowerBound))
    // The search starts from the best assignment of all, wherever it came from.
    const known = inPlaceOrder(fleet, best!.assignment)
    const finish = finishExactly(fleet, relaxed, known, Number(best!.cost), budget)
    consider(inSimOrder(fleet, known))
    // The search counts in doubles: beyond what they hold exactly, it proves nothing.
    const isExact = best!.cost <= BigInt(Number.MAX_SAFE_INTEGER)
    isProved = (finish.isProved && isExact) || best!.cost <= bound.leastCost
  }
  return resultOf(fleet, best!, bound, multipliers, currentCost, isProved, budget)
}

// About a second on small fleets, where the search is to finish, and a few on the largest.
function defaultUnits({ sims, plans }: Problem): number {
  const simCount = sims.usage.length
  return simCount <= 5000 ? 125 + Math.min(plans.length, 30) : 200 + simCount / 5000 + 8 * plans.length
}

function priceIfPermitted(problem: Problem, fleet: Fleet, assignment: Assignment | null): bigint | null {
  if (assignment === null || assignment.length !== fleet.simCount || !isPermitted(problem, fleet.tariff, assignment))
    return null
  return priceChecked(problem, fleet.tariff, assignment).total
}

// `Array.from` walks an iterator, and pushing grows the list over and over: each takes much longer than this.
function listOf(assignment: Assignment): number[] {
  const list: number[] = []
  list.length = assignment.length
  for (let i = 0; i < assignment.length; i++) list[i] = assignment[i]!
  return list
}

function infeasible(conflicts: readonly Conflict[]): InfeasibleResult {
  return {
    version: 1,
    status: "infeasible",
    cost: null,
    lowerBound: null,
    gap: null,
    assignment: [],
    multipliers: { pools: {}, max: {}, min: {} },
    currentCost: null,
    truncated: false,
    conflicts,
  }
}

function resultOf(
  fleet: Fleet,
  best: Best,
  bound: Bound,
  multipliers: ExactMultipliers,
  currentCost: bigint | null,
  isProved: boolean,
  budget: WorkBudget,
): Result {
  const { lowerBound } = bound
  return {
    version: 1,
    status: isProved ? "optimal" : "bounded",
    cost: best.cost.toString(),
    lowerBound: lowerBound.toString(),
    gap: Number(best.cost - lowerBound) / Math.max(1, Number(lowerBound)),
    assignment: listOf(best.assignment),
    multipliers: multipliersOf(fleet.tariff, multipliers),
    currentCost: currentCost === null ? null : currentCost.toString(),
    truncated: budget.isCut,
    conflicts: [],
  }
}
