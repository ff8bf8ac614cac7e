import { CoreError } from "../errors/mod.ts"
import type { JobContext, JobResult } from "../jobs/mod.ts"
import type { SessionPayload } from "./job-types.ts"
import { findSession, listProblems, type OptimizationProblem } from "./read-session.ts"
import { advanceSession, completeSession, type SessionKey, selectCohorts } from "./statements.ts"
import { sumResults } from "./sum-results.ts"

/** Adds up the session once all its problems are solved; before that, and once it ended, nothing happens. */
export async function finishOptimization(payload: SessionPayload, context: JobContext): Promise<JobResult> {
  const { tenantId } = context
  const key: SessionKey = { tenantId, id: payload.sessionId }
  const problems = await listProblems(context, tenantId, key.id)
  if (problems.length === 0 || problems.some(({ isSolved }) => !isSolved)) return {}
  await context.unit("optimization.begin-cleaning-up", [advanceSession(key, "RunningPermutations", "CleaningUp")])
  if ((await findSession(context, tenantId, key.id))?.status !== "CleaningUp") return {}

  const sum = (of: (problem: OptimizationProblem) => string | null) =>
    problems.reduce((total, problem) => total + BigInt(of(problem) ?? 0), 0n)
  const totals = {
    moveCount: problems.reduce((total, { moveCount }) => total + moveCount, 0),
    currentCost: sum(({ currentCost }) => currentCost),
    perSimCheapestCost: sum(({ perSimCheapestCost }) => perSimCheapestCost),
    cost: sum(({ cost }) => cost),
    lowerBound: sum(({ lowerBound }) => lowerBound),
  }
  // What is printed as saving is what the rows add up to, or the session does not end well.
  const cohorts = await context.store.read((db) => selectCohorts(db, key))
  const flows = await sumResults(context, key, cohorts)
  const moves = flows.filter(({ fromRatePlan, toRatePlan }) => fromRatePlan !== toRatePlan)
  const agrees =
    flows.reduce((total, { chargeBefore }) => total + chargeBefore, 0n) === totals.currentCost &&
    flows.reduce((total, { chargeAfter }) => total + chargeAfter, 0n) === totals.cost &&
    moves.reduce((total, { deviceCount }) => total + deviceCount, 0) === totals.moveCount
  if (!agrees) throw new CoreError("optimization.not_verified", "The rows of the session do not add up to its totals")
  return { statements: [completeSession(key, totals, context.runtime.clock.now())] }
}
