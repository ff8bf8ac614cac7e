import { sequences } from "@altaworx/optimizer"
import type { JobContext, JobRequest, JobResult } from "../../jobs/mod.ts"
import type { ProblemDefinition } from "../group/joint-problems.ts"
import { completeProblem } from "../group/problem-statements.ts"
import { bestSequences } from "../group/sequence-statements.ts"
import { FINISH_OPTIMIZATION, FINISH_PRIORITY, type SolvePayload } from "../job-types.ts"
import { type StoredCohort, selectCohorts } from "../load/cohort-statements.ts"
import { eachChunk, type LoadedSims, loadSims } from "../load/load-sims.ts"
import { type SolvedSim, storeResults } from "../results/result-statements.ts"
import { raiseProgress } from "../session/progress.ts"
import { findSession, listProblems } from "../session/read-session.ts"
import { tellProgress } from "../session/session-events.ts"
import type { ComponentsByRatePlan } from "../session/session.ts"
import type { BeforeAndAfter } from "../session/session.ts"
import { guardState, type SessionKey } from "../session/statements.ts"
import { groupProblem, jointProblem } from "./build-problem.ts"
import { addComponents, componentSum, splitCharge } from "./components.ts"
import { type ProblemInUse, type SolvedProblem, solveProblem } from "./solve-problem.ts"

const PAGE_SIZE = 2_000

/** How much effort each problem gets; the optimizer's own default where absent. Counts work, not time: see `solve`. */
export interface SolverBudget {
  readonly workUnits?: number
  readonly targetGap?: number
}

/** Solves one problem of a session and stores where each of its SIMs should be. */
export async function solveOptimization(
  payload: SolvePayload,
  context: JobContext,
  budget: SolverBudget,
): Promise<JobResult> {
  const { tenantId, runtime, signal } = context
  const { position, ...rest } = payload
  const key: SessionKey = { tenantId, id: payload.sessionId }
  const session = await findSession(context, tenantId, key.id)
  const stored = (await listProblems(context, tenantId, key.id))[position]
  // Delivered twice, or the session ended because another problem failed.
  if (session?.status !== "RunningPermutations" || !stored || stored.isSolved) return {}
  if (session.progress < 50) await raiseProgress(key, 50, await tellProgress(context, session, 50), context)

  const startedAt = runtime.clock.now()
  const all = await context.store.read((db) => selectCohorts(db, key))
  const cohorts = all.filter(({ problem }) => problem === position)
  const { definition } = stored
  const sims = await loadSims(context, key, cohorts, signal)
  const problem = jointProblem(definition, cohorts, sims)
  const bySequences = await assignBySequences(key, position, { definition, problem, cohorts, sims }, context)
  const effort = { ...budget, signal, yield: () => runtime.clock.yield() }
  const solved = await solveProblem(problem, effort, bySequences)
  const components = await storeOutcome(key, definition, cohorts, solved, context)
  const solveMs = runtime.clock.now() - startedAt
  return {
    statements: [
      guardState(key, "RunningPermutations"),
      completeProblem(key, position, { ...solved, components, solveMs }),
    ],
    next: [
      {
        type: FINISH_OPTIMIZATION as JobRequest["type"],
        tenantId,
        id: `${payload.sessionId}.solve.${position}.finish`,
        payload: rest,
        priority: FINISH_PRIORITY,
      },
    ],
  }
}

interface LoadedProblem {
  readonly definition: ProblemDefinition
  readonly problem: ProblemInUse
  readonly cohorts: readonly StoredCohort[]
  readonly sims: LoadedSims
}

/** What the sequences strategy makes of a problem: each group by its cheapest sequence; SIMs of the others stay. */
async function assignBySequences(
  key: SessionKey,
  position: number,
  { definition, problem, cohorts, sims }: LoadedProblem,
  context: JobContext,
): Promise<ArrayLike<number>> {
  const assignment = Int32Array.from(problem.sims.currentPlan)
  const positions = new Map(definition.plans.map(({ id }, at) => [id, at]))
  const groups = await context.store.rows<{ eligibility: number; best: number | null }>(bestSequences(key, position))
  for (const { eligibility, best } of groups) {
    if (best === null) continue
    const { problem: group, members } = groupProblem(definition, eligibility, cohorts, sims)
    const found = sequences(group, { planLimit: Number.POSITIVE_INFINITY, offset: best, batchSize: 1 }).assignment
    members.forEach((sim, at) => {
      assignment[sim] = positions.get(group.plans[found?.[at] ?? -1]?.id ?? "") ?? (assignment[sim] as number)
    })
    await context.runtime.clock.yield()
  }
  return assignment
}

/** Stores where each SIM should be, and adds up what it costs by component. */
async function storeOutcome(
  key: SessionKey,
  definition: ProblemDefinition,
  cohorts: readonly StoredCohort[],
  { explanation }: SolvedProblem,
  context: JobContext,
): Promise<BeforeAndAfter & { readonly ratePlans: ComponentsByRatePlan }> {
  const { plans, cycleDays, rateCharges = {} } = definition
  const nameOf = (plan: number) => plans[plan]?.id ?? null
  const termsOf = plans.map((plan) => ({ plan, rateCharge: rateCharges[plan.id] ?? 0, cycleDays }))
  const sums = plans.map(() => ({ before: componentSum(), after: componentSum(), isUsed: false }))
  const explained = explanation.rows[Symbol.iterator]()
  let rows: SolvedSim[] = []
  const flush = async () => {
    if (rows.length === 0) return
    await context.unit("optimization.store-results", [guardState(key, "RunningPermutations"), storeResults(key, rows)])
    rows = []
  }
  for await (const { cohort, sims } of eachChunk(context, key, cohorts, context.signal)) {
    if (rows.length + sims.carrierDeviceIds.length > PAGE_SIZE) await flush()
    for (const [sim, carrierDeviceId] of sims.carrierDeviceIds.entries()) {
      const row = explained.next().value!
      const days = sims.days[sim]!
      const smsCount = sims.smsCounts[sim]!
      const chargeBefore = Number(row.ownBefore + row.shareBefore)
      const chargeAfter = Number(row.ownAfter + row.shareAfter)
      sums[row.from]!.before.add(splitCharge(chargeBefore, days, smsCount, termsOf[row.from]!))
      sums[row.to]!.after.add(splitCharge(chargeAfter, days, smsCount, termsOf[row.to]!))
      sums[row.from]!.isUsed = sums[row.to]!.isUsed = true
      rows.push([
        cohort.position,
        carrierDeviceId,
        sims.usageBytes[sim]!,
        sims.projectedBytes[sim]!,
        sims.lowBytes[sim]!,
        sims.highBytes[sim]!,
        smsCount,
        days,
        row.to === row.from ? null : nameOf(row.to),
        chargeBefore,
        chargeAfter,
        nameOf(row.nextPlan),
        row.nextPlan < 0 ? null : Math.round(row.margin),
      ])
    }
  }
  await flush()
  const ratePlans = Object.fromEntries(
    sums.flatMap(({ before, after, isUsed }, plan) =>
      isUsed ? [[nameOf(plan) ?? "", { before: before.total(), after: after.total() }] as const] : [],
    ),
  )
  const all = Object.values(ratePlans)
  return {
    before: addComponents(all.map(({ before }) => before)),
    after: addComponents(all.map(({ after }) => after)),
    ratePlans,
  }
}
