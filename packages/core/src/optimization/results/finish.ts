import { CoreError } from "../../errors/mod.ts"
import type { JobContext, JobResult } from "../../jobs/mod.ts"
import { countItems } from "../group/sequence-statements.ts"
import type { SessionPayload } from "../job-types.ts"
import { selectCohorts } from "../load/cohort-statements.ts"
import { raiseProgress } from "../session/progress.ts"
import { findSession, listProblems, type OptimizationProblem } from "../session/read-session.ts"
import { tellCompleted, tellProgress } from "../session/session-events.ts"
import { advanceProgress, advanceSession, completeSession, guardState, type SessionKey } from "../session/statements.ts"
import { addComponents } from "../solve/components.ts"
import { sumResults } from "./sum-results.ts"

/** Tells how far the session is, and adds it up once all its problems are solved; once it ended, nothing happens. */
export async function finishOptimization(payload: SessionPayload, context: JobContext): Promise<JobResult> {
  const { tenantId } = context
  const key: SessionKey = { tenantId, id: payload.sessionId }
  const session = await findSession(context, tenantId, key.id)
  if (session?.status !== "RunningPermutations" && session?.status !== "CleaningUp") return {}
  const [items] = await context.store.rows<{ all: number; done: number }>(countItems(key))
  if (!items || items.done < items.all) {
    // From 50, where the workers start, to 99: only a session that has its winner is at 100.
    const progress = Math.min(99, 50 + Math.floor((50 * (items?.done ?? 0)) / Math.max(1, items?.all ?? 0)))
    await raiseProgress(key, progress, await tellProgress(context, session, progress), context)
    return {}
  }
  await context.unit("optimization.begin-cleaning-up", [advanceSession(key, "CleaningUp")])

  const problems = await listProblems(context, tenantId, key.id)
  const sum = (of: (problem: OptimizationProblem) => string | null) =>
    problems.reduce((total, problem) => total + BigInt(of(problem) ?? 0), 0n)
  const totals = {
    moveCount: problems.reduce((total, { moveCount }) => total + moveCount, 0),
    costs: {
      current: sum(({ currentCost }) => currentCost),
      base: sum(({ baseCost }) => baseCost),
      perSimCheapest: sum(({ perSimCheapestCost }) => perSimCheapestCost),
      sequences: sum(({ sequencesCost }) => sequencesCost),
    },
    cost: sum(({ cost }) => cost),
    lowerBound: sum(({ lowerBound }) => lowerBound),
    components: {
      before: addComponents(problems.map(({ components }) => components?.before)),
      after: addComponents(problems.map(({ components }) => components?.after)),
    },
  }
  // What is printed as saving is what the rows add up to, or the session does not end well.
  const cohorts = await context.store.read((db) => selectCohorts(db, key))
  const flows = await sumResults(context, key, cohorts)
  const moves = flows.filter(({ fromRatePlan, toRatePlan }) => fromRatePlan !== toRatePlan)
  const agrees =
    flows.reduce((total, { chargeBefore }) => total + chargeBefore, 0n) === totals.costs.current &&
    flows.reduce((total, { chargeAfter }) => total + chargeAfter, 0n) === totals.cost &&
    moves.reduce((total, { deviceCount }) => total + deviceCount, 0) === totals.moveCount
  if (!agrees) throw new CoreError("optimization.not_verified", "The rows of the session do not add up to its totals")
  const now = context.runtime.clock.now()
  return {
    statements: [guardState(key, "CleaningUp"), ...advanceProgress(key, 100), completeSession(key, totals, now)],
    next: await tellCompleted(context, session, totals),
  }
}
