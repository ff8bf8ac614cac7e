import { kilobytesOf } from "../domain/mod.ts"
import type { JobContext, JobResult } from "../jobs/mod.ts"
import { FINISH_OPTIMIZATION, type SolvePayload } from "./job-types.ts"
import type { ProblemDefinition } from "./joint-problems.ts"
import { findSession, listProblems } from "./read-session.ts"
import { type ProblemInUse, type SolvedProblem, solveProblem } from "./solve-problem.ts"
import {
  completeProblem,
  type SessionKey,
  type SolvedSim,
  type StoredCohort,
  selectCohorts,
  simsOfCohort,
  storeResults,
} from "./statements.ts"

const PAGE_SIZE = 2_000

/** How much effort each problem gets; the optimizer's own default where absent. Counts work, not time: see `solve`. */
export interface SolverBudget {
  readonly workUnits?: number
  readonly targetGap?: number
}

interface SimRow {
  readonly carrierDeviceId: string
  readonly usageBytes: number
  readonly smsCount: number
}

/** Solves one problem of a session and stores where each of its SIMs should be. */
export async function solveOptimization(
  payload: SolvePayload,
  context: JobContext,
  budget: SolverBudget,
): Promise<JobResult> {
  const { tenantId, runtime, signal } = context
  const { position, ...session } = payload
  const key: SessionKey = { tenantId, id: payload.sessionId }
  const status = (await findSession(context, tenantId, key.id))?.status
  const stored = (await listProblems(context, tenantId, key.id))[position]
  // Delivered twice, or the session ended because another problem failed.
  if (status !== "RunningPermutations" || !stored || stored.isSolved) return {}

  const startedAt = runtime.clock.now()
  const all = await context.store.read((db) => selectCohorts(db, key))
  const cohorts = all.filter(({ problem }) => problem === position)
  const problem = await loadProblem(key, stored.definition, cohorts, context)
  const solved = await solveProblem(problem, { ...budget, signal, yield: () => runtime.clock.yield() })
  await storeOutcome(key, problem, cohorts, solved, context)
  const solveMs = runtime.clock.now() - startedAt
  return {
    statements: [completeProblem(key, position, { ...solved, solveMs })],
    next: [{ type: FINISH_OPTIMIZATION, tenantId, payload: session }],
  }
}

/** The problem with its SIMs as typed columns, in the order of cohort and device. */
async function loadProblem(
  key: SessionKey,
  definition: ProblemDefinition,
  cohorts: readonly StoredCohort[],
  context: JobContext,
): Promise<ProblemInUse> {
  const count = cohorts.reduce((sum, { deviceCount }) => sum + deviceCount, 0)
  const positions = new Map(definition.plans.map(({ id }, at) => [id, at]))
  const usage = new Float64Array(count)
  const commPlan = new Int32Array(count)
  const currentPlan = new Int32Array(count)
  // SMS split the fleet into more classes of alike SIMs, so they are left out where they cost nothing.
  const sms = definition.plans.some(({ smsCost }) => (smsCost ?? 0) > 0) ? new Float64Array(count) : undefined
  let at = 0
  for await (const [cohort, page] of eachPage(key, cohorts, context)) {
    commPlan.fill(cohort.eligibility ?? 0, at, at + page.length)
    currentPlan.fill(positions.get(cohort.ratePlan ?? "") ?? -1, at, at + page.length)
    for (const { usageBytes, smsCount } of page) {
      usage[at] = kilobytesOf(usageBytes)
      if (sms) sms[at] = smsCount
      at++
    }
  }
  const { version, cycleDays, plans, pools, commPlans } = definition
  return {
    ...(version !== undefined && { version }),
    cycleDays,
    plans,
    pools,
    commPlans,
    sims: { usage, commPlan, currentPlan, ...(sms && { sms }) },
  }
}

async function storeOutcome(
  key: SessionKey,
  problem: ProblemInUse,
  cohorts: readonly StoredCohort[],
  { explanation }: SolvedProblem,
  context: JobContext,
): Promise<void> {
  const nameOf = (plan: number) => problem.plans[plan]?.id ?? null
  let at = 0
  let rows: SolvedSim[] = []
  const flush = async () => {
    if (rows.length > 0) await context.unit("optimization.store-results", [storeResults(key, rows)])
    rows = []
  }
  for await (const [cohort, page] of eachPage(key, cohorts, context)) {
    if (rows.length + page.length > PAGE_SIZE) await flush()
    for (const { carrierDeviceId, usageBytes, smsCount } of page) {
      const row = explanation.rows[at++]!
      rows.push([
        cohort.position,
        carrierDeviceId,
        usageBytes,
        smsCount,
        row.to === row.from ? null : nameOf(row.to),
        Number(row.ownBefore + row.shareBefore),
        Number(row.ownAfter + row.shareAfter),
        nameOf(row.nextPlan),
        row.nextPlan < 0 ? null : Math.round(row.margin),
      ])
    }
  }
  await flush()
}

/** The SIMs of a problem in pages of one cohort each: the same order every time, which is their order in the problem. */
async function* eachPage(
  key: SessionKey,
  cohorts: readonly StoredCohort[],
  context: JobContext,
): AsyncGenerator<readonly [StoredCohort, readonly SimRow[]], void> {
  for (const cohort of cohorts) {
    let after = ""
    for (let read = 0; read < cohort.deviceCount; ) {
      context.signal.throwIfAborted()
      const page = await context.store.rows<SimRow>(
        simsOfCohort(key, { cohort: cohort.position, after, limit: PAGE_SIZE }),
      )
      if (page.length === 0) throw new Error(`Cohort ${cohort.position} has fewer SIMs than were counted`)
      yield [cohort, page]
      read += page.length
      after = page.at(-1)?.carrierDeviceId ?? after
      await context.runtime.clock.yield()
    }
  }
}
