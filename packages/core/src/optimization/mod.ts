/** The cheapest rate plan for every SIM, with proof: sessions, joint problems, results, reasons, report. */
export { type OptimizationHandlersOptions, optimizationHandlers } from "./handlers.ts"
export type { AwaitedSync, SyncPort, SyncRequest } from "./begin.ts"
export {
  cancelOptimizationSession,
  deleteOptimizationSession,
  endOptimizationJob,
  type OptimizationSessionReference,
} from "./end-session.ts"
export { customerOptimizationMessages, optimizationMessages } from "./messages.ts"
export { optimizationSchedule } from "./schedule.ts"
export type { SequencesPayload, SessionPayload, SolvePayload } from "./job-types.ts"
export { FINISH_OPTIMIZATION, PREPARE_OPTIMIZATION, RUN_SEQUENCES, SOLVE_OPTIMIZATION } from "./job-types.ts"
export type { CommunicationPlanGroup, ProblemDefinition } from "./joint-problems.ts"
export {
  eachApplyMove,
  findApplicableSession,
  findOptimizationApply,
  type HeldBackBy,
  type OptimizationApply,
  type OptimizationApplyMove,
} from "./apply.ts"
export { type CollectOptimizationReportRequest, collectOptimizationReport } from "./collect-report.ts"
export {
  type CanaryRail,
  checkGuardRails,
  DEFAULT_GUARD_RAILS,
  type FieldCondition,
  type GuardRails,
  type SimCondition,
  type SimField,
} from "./guard-rails.ts"
export type { RecentChanges } from "./guarded-sims.ts"
export {
  eachMove,
  type ListOptimizationResultsRequest,
  listOptimizationResults,
  type OptimizationResult,
  type OptimizationResultPage,
} from "./list-results.ts"
export { eachLeftOutDevice, type LeftOutDevice } from "./left-out.ts"
export { optimizationCsv } from "./optimization-csv.ts"
export {
  type OptimizationWorkbook,
  type OptimizationWorkbookRequest,
  optimizationWorkbook,
} from "./optimization-workbook.ts"
export {
  findLatestOptimizationSession,
  getOptimizationSession,
  type ListOptimizationSessionsRequest,
  listOptimizationSessions,
  type OptimizationExclusion,
  type OptimizationGroup,
  type OptimizationProblem,
  type OptimizationSessionDetails,
  type OptimizationSessionProgress,
} from "./read-session.ts"
export type {
  OptimizationReport,
  ReportedChanges,
  ReportedFlow,
  ReportedForecast,
  ReportedRatePlan,
  ReportedUsage,
} from "./report.ts"
export { type ChangesPort, reconcileJob } from "./reconcile-job.ts"
export { type MoveFates, reconcile } from "./reconcile.ts"
export type { Difference, Missing, MoveFate, Reconciliation } from "./reconciliation.ts"
export { type PlanApplyRequest, planApply } from "./plan-apply.ts"
export { renderOptimizationReport } from "./render-report.ts"
export { renderOptimizationReportJson } from "./report-json.ts"
export type { ChargeComponents } from "./components.ts"
export type {
  Candidate,
  ComponentsByRatePlan,
  CostComponents,
  DirectReason,
  ExclusionReason,
  OptimizationSession,
  OptimizationStatus,
  PortalType,
  Projection,
  SessionRequest,
} from "./session.ts"
export { DEFAULT_OPTIMIZATION_SETTINGS, type OptimizationSettings } from "./settings.ts"
export type { SolverBudget } from "./solve.ts"
export {
  type OptimizationSessionStatements,
  optimizationSessionStatements,
  type StartOptimizationRequest,
  startOptimizationSession,
} from "./start-session.ts"
export {
  type OptimizationWhatIf,
  type OptimizationWhatIfChange,
  type OptimizationWhatIfRequest,
  whatIfOptimization,
} from "./what-if.ts"
export { type StartCustomerOptimizationRequest, startCustomerOptimization } from "./start-customer-session.ts"
export type { ChargeType, DroppedRatePlan } from "./usable-rate-plans.ts"
