/** The cheapest rate plan for every SIM, with proof: sessions, joint problems, results, reasons, report. */
export { type OptimizationHandlersOptions, optimizationHandlers } from "./handlers.ts"
export type { SessionPayload, SolvePayload } from "./job-types.ts"
export { FINISH_OPTIMIZATION, PREPARE_OPTIMIZATION, SOLVE_OPTIMIZATION } from "./job-types.ts"
export type { CommunicationPlanGroup, ProblemDefinition } from "./joint-problems.ts"
export { type CollectOptimizationReportRequest, collectOptimizationReport } from "./collect-report.ts"
export {
  eachMove,
  type ListOptimizationResultsRequest,
  listOptimizationResults,
  type OptimizationResult,
  type OptimizationResultPage,
} from "./list-results.ts"
export { optimizationCsv } from "./optimization-csv.ts"
export {
  findLatestOptimizationSession,
  getOptimizationSession,
  type ListOptimizationSessionsRequest,
  listOptimizationSessions,
  type OptimizationExclusion,
  type OptimizationProblem,
  type OptimizationSessionDetails,
  type OptimizationSessionProgress,
} from "./read-session.ts"
export type {
  OptimizationReport,
  ReportedChanges,
  ReportedFlow,
  ReportedRatePlan,
  ReportedUsage,
} from "./report.ts"
export { renderOptimizationReport } from "./render-report.ts"
export type { Candidate, ExclusionReason, OptimizationSession, OptimizationStatus } from "./session.ts"
export type { SolverBudget } from "./solve.ts"
export {
  type OptimizationSessionStatements,
  optimizationSessionStatements,
  type StartOptimizationRequest,
  startOptimizationSession,
} from "./start-session.ts"
export type { DroppedRatePlan } from "./usable-rate-plans.ts"
