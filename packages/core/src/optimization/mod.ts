/** The cheapest rate plan for every SIM, with proof: sessions, joint problems, results, reasons, report. */
export { type OptimizationHandlersOptions, optimizationHandlers } from "./handlers.ts"
export type { AwaitedSync, SyncPort, SyncRequest } from "./start/begin.ts"
export {
  cancelOptimizationSession,
  deleteOptimizationSession,
  endOptimizationJob,
  type OptimizationSessionReference,
} from "./session/end-session.ts"
export { customerOptimizationMessages, optimizationMessages } from "./start/messages.ts"
export { optimizationSchedule } from "./start/schedule.ts"
export type { SequencesPayload, SessionPayload, SolvePayload } from "./job-types.ts"
export { FINISH_OPTIMIZATION, PREPARE_OPTIMIZATION, RUN_SEQUENCES, SOLVE_OPTIMIZATION } from "./job-types.ts"
export type { CommunicationPlanGroup, ProblemDefinition } from "./group/joint-problems.ts"
export {
  eachApplyMove,
  findApplicableSession,
  findOptimizationApply,
  type HeldBackBy,
  type OptimizationApply,
  type OptimizationApplyMove,
} from "./apply/apply.ts"
export { type CollectOptimizationReportRequest, collectOptimizationReport } from "./report/collect-report.ts"
export {
  type CanaryRail,
  checkGuardRails,
  DEFAULT_GUARD_RAILS,
  type FieldCondition,
  type GuardRails,
  type SimCondition,
  type SimField,
} from "./apply/guard-rails.ts"
export type { RecentChanges } from "./apply/guarded-sims.ts"
export {
  eachMove,
  type ListOptimizationResultsRequest,
  listOptimizationResults,
  type OptimizationResult,
  type OptimizationResultPage,
} from "./results/list-results.ts"
export { eachLeftOutDevice, type LeftOutDevice } from "./results/left-out.ts"
export { optimizationCsv } from "./report/optimization-csv.ts"
export {
  type OptimizationWorkbook,
  type OptimizationWorkbookRequest,
  optimizationWorkbook,
} from "./report/optimization-workbook.ts"
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
} from "./session/read-session.ts"
export type {
  OptimizationReport,
  ReportedChanges,
  ReportedFlow,
  ReportedForecast,
  ReportedRatePlan,
  ReportedUsage,
} from "./report/report.ts"
export { type ChangesPort, reconcileJob } from "./apply/reconcile-job.ts"
export { type MoveFates, reconcile } from "./apply/reconcile.ts"
export type { Difference, Missing, MoveFate, Reconciliation } from "./apply/reconciliation.ts"
export { type PlanApplyRequest, planApply } from "./apply/plan-apply.ts"
export { renderOptimizationReport } from "./report/render-report.ts"
export { renderOptimizationReportJson } from "./report/report-json.ts"
export type { ChargeComponents } from "./solve/components.ts"
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
} from "./session/session.ts"
export { DEFAULT_OPTIMIZATION_SETTINGS, type OptimizationSettings } from "./settings.ts"
export type { SolverBudget } from "./solve/solve.ts"
export {
  type OptimizationSessionStatements,
  optimizationSessionStatements,
  type StartOptimizationRequest,
  startOptimizationSession,
} from "./start/start-session.ts"
export {
  type OptimizationWhatIf,
  type OptimizationWhatIfChange,
  type OptimizationWhatIfRequest,
  whatIfOptimization,
} from "./what-if.ts"
export { type StartCustomerOptimizationRequest, startCustomerOptimization } from "./start/start-customer-session.ts"
export type { ChargeType, DroppedRatePlan } from "./load/usable-rate-plans.ts"
