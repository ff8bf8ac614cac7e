import { isCoreError } from "../errors/mod.ts"
import {
  type GaveUpContext,
  handleJob,
  type JobContext,
  type JobFailure,
  type JobHandler,
  type JobResult,
} from "../jobs/mod.ts"
import { finishOptimization } from "./finish.ts"
import {
  FINISH_OPTIMIZATION,
  PREPARE_OPTIMIZATION,
  RUN_SEQUENCES,
  type SessionPayload,
  SOLVE_OPTIMIZATION,
} from "./job-types.ts"
import { prepareOptimization } from "./prepare.ts"
import { runSequences } from "./run-sequences.ts"
import { DEFAULT_OPTIMIZATION_SETTINGS, type OptimizationSettings } from "./settings.ts"
import { type SolverBudget, solveOptimization } from "./solve.ts"
import { endWithErrors } from "./end-session.ts"

export interface OptimizationHandlersOptions {
  /** @default the optimizer's own budget */
  readonly solverBudget?: SolverBudget
  /** @default DEFAULT_OPTIMIZATION_SETTINGS */
  readonly settings?: Partial<OptimizationSettings>
}

/** The handlers of a session's jobs. A job that is given up ends its session with the reason. */
export function optimizationHandlers(options: OptimizationHandlersOptions = {}): readonly JobHandler[] {
  const budget = options.solverBudget ?? {}
  const settings = { ...DEFAULT_OPTIMIZATION_SETTINGS, ...options.settings }
  return [
    handleJob(
      PREPARE_OPTIMIZATION,
      whileItRuns((payload, context) => prepareOptimization(payload, context, settings)),
      giveUp,
    ),
    handleJob(RUN_SEQUENCES, whileItRuns(runSequences), giveUp),
    handleJob(
      SOLVE_OPTIMIZATION,
      whileItRuns((payload, context) => solveOptimization(payload, context, budget)),
      giveUp,
    ),
    handleJob(FINISH_OPTIMIZATION, whileItRuns(finishOptimization), giveUp),
  ]
}

/** Ends a job quietly whose session ended, or went on without it, while it worked: its next unit was refused. */
function whileItRuns<P>(run: (payload: P, context: JobContext) => Promise<JobResult>) {
  return async (payload: P, context: JobContext): Promise<JobResult> => {
    try {
      return await run(payload, context)
    } catch (error) {
      if (isCoreError(error, "store.outdated")) return {}
      throw error
    }
  }
}

function giveUp(payload: SessionPayload, failure: JobFailure, context: GaveUpContext): JobResult {
  return endWithErrors(context, context.tenantId, payload, failure)
}
