import { CoreError, isCoreError } from "../errors/mod.ts"
import {
  type GaveUpContext,
  handleJob,
  type JobContext,
  type JobFailure,
  type JobHandler,
  type JobResult,
} from "../jobs/mod.ts"
import { type ChangesPort, RECONCILE_OPTIMIZATION, reconcileChanges } from "./apply/reconcile-job.ts"
import { prepareOptimization } from "./group/prepare.ts"
import {
  AWAIT_SYNC,
  BEGIN_OPTIMIZATION,
  END_OPTIMIZATION,
  FINISH_OPTIMIZATION,
  PREPARE_OPTIMIZATION,
  RECEIVE_CUSTOMER_OPTIMIZATION,
  RECEIVE_OPTIMIZATION,
  RUN_SEQUENCES,
  SCHEDULE_OPTIMIZATIONS,
  type SessionPayload,
  SOLVE_OPTIMIZATION,
  TELL_OPTIMIZATION,
} from "./job-types.ts"
import { finishOptimization } from "./results/finish.ts"
import { endOptimization, endWithErrors, tellOptimization } from "./session/end-session.ts"
import { DEFAULT_OPTIMIZATION_SETTINGS, type OptimizationSettings } from "./settings.ts"
import { runSequences } from "./solve/run-sequences.ts"
import { type SolverBudget, solveOptimization } from "./solve/solve.ts"
import { awaitSync, beginOptimization, receiveOptimization, type SyncPort } from "./start/begin.ts"
import { scheduleOptimizations } from "./start/schedule.ts"
import { receiveCustomerOptimization } from "./start/start-customer-session.ts"

export interface OptimizationHandlersOptions {
  /** @default the optimizer's own budget */
  readonly solverBudget?: SolverBudget
  /** @default DEFAULT_OPTIMIZATION_SETTINGS */
  readonly settings?: Partial<OptimizationSettings>
  /** How the changes of sessions ended. @default sessions are not reconciled */
  readonly changes?: ChangesPort
  /** Where syncs come from that sessions wait for. @default sessions that have not synced end with that reason */
  readonly sync?: SyncPort
}

/** The handlers of a session's jobs. A job that is given up ends its session with the reason. */
export function optimizationHandlers(options: OptimizationHandlersOptions = {}): readonly JobHandler[] {
  const budget = options.solverBudget ?? {}
  const settings = { ...DEFAULT_OPTIMIZATION_SETTINGS, ...options.settings }
  const sync = options.sync ?? noSync
  const { changes } = options
  return [
    handleJob(SCHEDULE_OPTIMIZATIONS, scheduleOptimizations),
    handleJob(RECEIVE_OPTIMIZATION, receiveOptimization),
    handleJob(RECEIVE_CUSTOMER_OPTIMIZATION, receiveCustomerOptimization),
    handleJob(BEGIN_OPTIMIZATION, beginOptimization, giveUp),
    handleJob(AWAIT_SYNC, (payload, context) => awaitSync(payload, context, sync), giveUp),
    handleJob(END_OPTIMIZATION, endOptimization),
    handleJob(TELL_OPTIMIZATION, tellOptimization),
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
    ...(changes
      ? [handleJob(RECONCILE_OPTIMIZATION, (payload, context) => reconcileChanges(payload, context, changes))]
      : []),
  ]
}

const noSync: SyncPort = {
  find: () => Promise.resolve(undefined),
  start: () => Promise.reject(new CoreError("carrier.refused", "Cannot start the session's sync: there is no sync")),
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
