import { type GaveUpContext, handleJob, type JobFailure, type JobHandler, type JobResult } from "../jobs/mod.ts"
import { finishOptimization } from "./finish.ts"
import { FINISH_OPTIMIZATION, PREPARE_OPTIMIZATION, type SessionPayload, SOLVE_OPTIMIZATION } from "./job-types.ts"
import { prepareOptimization } from "./prepare.ts"
import { type SolverBudget, solveOptimization } from "./solve.ts"
import { failSession } from "./statements.ts"

export interface OptimizationHandlersOptions {
  /** @default the optimizer's own budget */
  readonly solverBudget?: SolverBudget
}

/** The handlers of a session's jobs. A job that is given up ends its session with the reason. */
export function optimizationHandlers(options: OptimizationHandlersOptions = {}): readonly JobHandler[] {
  const budget = options.solverBudget ?? {}
  return [
    handleJob(PREPARE_OPTIMIZATION, prepareOptimization, giveUp),
    handleJob(SOLVE_OPTIMIZATION, (payload, context) => solveOptimization(payload, context, budget), giveUp),
    handleJob(FINISH_OPTIMIZATION, finishOptimization, giveUp),
  ]
}

function giveUp(payload: SessionPayload, failure: JobFailure, context: GaveUpContext): JobResult {
  const key = { tenantId: context.tenantId, id: payload.sessionId }
  return { statements: [failSession(key, payload, { ...failure, now: context.runtime.clock.now() })] }
}
