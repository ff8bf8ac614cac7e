import { price, solve } from "@altaworx/optimizer"
import { CoreError } from "../../errors/mod.ts"
import type { RatePlanChangeRule, Sourced } from "../../ports/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { selectCohorts } from "../load/cohort-statements.ts"
import { carrierDeviceIdsOf, type LoadedAnswer, loadAnswer } from "../results/load-answer.ts"
import { listProblems } from "../session/read-session.ts"
import type { SessionKey } from "../session/statements.ts"
import type { ProblemInUse } from "../solve/solve-problem.ts"
import type { SolverBudget } from "../solve/solve.ts"
import { type ApplyMoveRow, countMoves, discardApply, storeApply, storeMoves } from "./apply-statements.ts"
import { findApplicableSession, findOptimizationApply, type HeldBackBy, type OptimizationApply } from "./apply.ts"
import { type Choice, chooseMoves } from "./choose-moves.ts"
import type { GuardRails } from "./guard-rails.ts"
import { type Guard, openGuards, type RecentChanges } from "./guarded-sims.ts"

/** What a plan of a session's moves is made by. */
export interface PlanApplyRequest {
  readonly tenantId: string
  readonly sessionId: string
  readonly createdBy: string
  readonly guardRails: GuardRails
  /** What the carrier's connector knows of its rules; those of the guard rails come on top. */
  readonly carrierRules: readonly Sourced<RatePlanChangeRule>[]
  readonly recentChanges: RecentChanges
  /** From this instant on nothing is begun, and how many moves a second the account is good for; `null` = no limit. */
  readonly time: { readonly notAfter: number; readonly movesPerSecond: number } | null
  /** @default the optimizer's own */
  readonly solverBudget?: SolverBudget
  readonly signal?: AbortSignal
}

/**
 * Decides which of a session's moves are to be made, and stores it; nothing is sent. What was planned before is replaced.
 *
 * SIMs that may not move and the least saving go into the problems, which are solved again with them; how many moves there
 * may be is met by pricing the moves beside each other. The planned moves never cost more than no move.
 *
 * @throws {CoreError} `input.not_found`; `input.invalid` for a session whose moves cannot be made. The signal's reason.
 */
export async function planApply(core: Platform, request: PlanApplyRequest): Promise<OptimizationApply> {
  const { tenantId, sessionId, guardRails, time, createdBy } = request
  const session = await findApplicableSession(core, tenantId, sessionId)
  const key: SessionKey = { tenantId, id: sessionId }
  const problems = await loadGuarded(core, key, session.serviceProviderId, request)
  const createdAt = core.runtime.clock.now()
  const movesInTime =
    time === null ? null : Math.max(0, Math.floor(((time.notAfter - createdAt) / 1_000) * time.movesPerSecond))
  const limits = {
    mostMoves: guardRails.mostMoves ?? Number.POSITIVE_INFINITY,
    inTime: movesInTime ?? Number.POSITIVE_INFINITY,
    leastSaving: BigInt(guardRails.leastSaving),
  }
  const choice = await chooseMoves(problems, limits, () => core.runtime.clock.yield())
  checkPrice(problems, choice)

  const rows = rowsOf(problems, choice)
  await discard(core, key)
  for (let start = 0; start < rows.length; start += PAGE_SIZE) {
    const page = rows.slice(start, start + PAGE_SIZE)
    await core.store.unit({ name: "optimization.store-moves" }, [storeMoves(key, page)])
    await core.runtime.clock.yield()
  }
  const heldBack = { protected: 0, carrierRule: 0, mostMoves: 0, noTimeLeft: 0, savesTooLittle: 0 }
  for (const [, , , , , by] of rows) if (by !== null) heldBack[by as HeldBackBy]++
  await core.store.unit({ name: "optimization.store-apply" }, [
    storeApply(key, {
      guardRails: JSON.stringify(guardRails),
      notAfter: time?.notAfter ?? null,
      movesPerSecond: time?.movesPerSecond ?? null,
      movesInTime,
      currentCost: session.currentCost,
      sessionCost: session.cost,
      plannedCost: String(choice.cost),
      moveCount: choice.chosen.length,
      heldBack: JSON.stringify(heldBack),
      createdBy,
      createdAt,
    }),
  ])
  return (await findOptimizationApply(core, tenantId, sessionId)) as OptimizationApply
}

const PAGE_SIZE = 2_000

async function discard(core: Platform, key: SessionKey): Promise<void> {
  for (;;) {
    await core.store.unit({ name: "optimization.discard-moves" }, discardApply(key, PAGE_SIZE))
    const [left] = await core.store.rows<{ count: number }>(countMoves(key))
    if (!left || left.count === 0) return
  }
}

interface GuardedProblem extends LoadedAnswer {
  /** Where the SIMs would go with some of them guarded. */
  readonly target: ArrayLike<number>
  readonly guards: ReadonlyMap<number, Guard>
  readonly carrierDeviceIds: readonly string[]
}

async function loadGuarded(
  core: Platform,
  key: SessionKey,
  serviceProviderId: string,
  request: PlanApplyRequest,
): Promise<readonly GuardedProblem[]> {
  const { guardRails, signal } = request
  const scope = { tenantId: key.tenantId, serviceProviderId }
  const rules = [...request.carrierRules, ...guardRails.carrierRules]
  const guardsOf = await openGuards(core, scope, guardRails, rules, request.recentChanges)
  const cohorts = await core.store.read((db) => selectCohorts(db, key))
  const loaded: GuardedProblem[] = []
  for (const stored of await listProblems(core, key.tenantId, key.id)) {
    signal?.throwIfAborted()
    const answer = await loadAnswer(core, key, stored, cohorts, signal)
    const carrierDeviceIds = await carrierDeviceIdsOf(core, key, stored.position, cohorts)
    const guards = await guardsOf(carrierDeviceIds)
    const target = await solveGuarded(core, answer, guards, request)
    loaded.push({ ...answer, target, guards, carrierDeviceIds })
  }
  return loaded
}

/** Where SIMs should go if guarded ones stay, and each move has to be worth the least saving. */
async function solveGuarded(
  core: Platform,
  { problem, assignment }: LoadedAnswer,
  guards: ReadonlyMap<number, Guard>,
  { guardRails: { leastSaving }, solverBudget = {}, signal }: PlanApplyRequest,
): Promise<ArrayLike<number>> {
  if (guards.size === 0 && leastSaving === 0) return assignment
  const { plans, commPlans = [], sims } = problem
  const commPlan = Int32Array.from(sims.commPlan)
  const rival = Int32Array.from(assignment)
  for (const sim of guards.keys()) {
    commPlan[sim] = commPlans.length + sims.currentPlan[sim]!
    rival[sim] = sims.currentPlan[sim]!
  }
  const guarded: ProblemInUse = {
    ...problem,
    // A move that saves just as much is wanted, and the solver takes none that saves nothing.
    changeCost: Math.max(0, leastSaving - 1),
    commPlans: [...commPlans, ...plans.map(({ id }) => ({ id: `held on ${id}`, plans: [id] }))],
    sims: { ...sims, commPlan },
  }
  const effort = { ...solverBudget, ...(signal && { signal }), yield: () => core.runtime.clock.yield() }
  const result = await solve(guarded, { ...effort, candidates: [sims.currentPlan, rival] })
  signal?.throwIfAborted()
  return result.status === "infeasible" ? rival : result.assignment
}

/** What is planned is priced once more, whole: what is shown is what the bill says, and never more than with no move. */
function checkPrice(problems: readonly GuardedProblem[], { chosen, cost, costBefore }: Choice): void {
  const planned = problems.map(({ problem }) => Int32Array.from(problem.sims.currentPlan))
  for (const { problem, sim, to } of chosen) planned[problem]![sim] = to
  const total = problems.reduce((sum, { problem }, at) => sum + price(problem, planned[at]!).total, 0n)
  if (total === cost && cost <= costBefore) return
  throw new CoreError("optimization.not_verified", "The planned moves do not cost what was worked out for them")
}

const REASONS: Readonly<Record<Exclude<HeldBackBy, Guard["by"]>, string>> = {
  mostMoves: "Others save more, and no more may move",
  noTimeLeft: "Others save more, and no more can be sent before the billing period ends",
  savesTooLittle: "Beside the other moves it saves too little, or nothing",
}

/** Those that move, in their order, then whatever of the session's moves is held back. */
function rowsOf(problems: readonly GuardedProblem[], { chosen, left }: Choice): readonly ApplyMoveRow[] {
  const rows: ApplyMoveRow[] = []
  const named = problems.map(() => new Set<number>())
  const add = (move: Choice["chosen"][number], by: HeldBackBy | null, reason: string | null) => {
    const { problem, carrierDeviceIds } = problems[move.problem]!
    named[move.problem]!.add(move.sim)
    const [from, to] = [problem.plans[move.from]!.id, problem.plans[move.to]!.id]
    rows.push([rows.length, carrierDeviceIds[move.sim]!, from, to, Number(move.saving), by, reason])
  }
  for (const move of chosen) add(move, null, null)
  for (const move of left) add(move, move.reason, REASONS[move.reason])
  for (const [at, { problem, assignment, guards }] of problems.entries()) {
    for (const [sim, to] of assignment.entries()) {
      const from = problem.sims.currentPlan[sim]!
      if (to === from || named[at]!.has(sim)) continue
      const guard = guards.get(sim)
      const move = { problem: at, sim, from, to, saving: 0n }
      if (guard) add(move, guard.by, guard.reason)
      else add(move, "savesTooLittle", REASONS.savesTooLittle)
    }
  }
  return rows
}
