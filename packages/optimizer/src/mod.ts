export { checkProblem } from "./check-problem.ts"
export { isProblemError, ProblemError, type ProblemErrorCode } from "./problem-error.ts"
export type {
  Assignment,
  CommPlan,
  OverageRounding,
  Pool,
  Problem,
  RatePlan,
  SimColumns,
} from "./problem.ts"
export type { Conflict, InfeasibleResult, Multipliers, Result, SolvedResult } from "./result.ts"
export { type PlanPrice, type PoolPrice, type Price, price } from "./price.ts"
export { type Repricing, reprice } from "./reprice.ts"
export { type Bound, bound } from "./bound.ts"
export { type ExplainedSim, type Explanation, type ExplanationInRows, explain, explainEach } from "./explain.ts"
export { solve, solveSync } from "./solve.ts"
export type { SolveAsyncOptions, SolveOptions, SolveProgress } from "./solve-options.ts"
export { type Verification, verify } from "./verify.ts"
export { baseAssignment } from "./base-assignment.ts"
export { type BreakEven, breakEven } from "./break-even.ts"
export { type Forecast, type ForecastOptions, forecast, type UsageObservation } from "./forecast.ts"
export {
  ASSIGNMENT_ORDERS,
  type AssignmentOrder,
  type SequenceGroup,
  type SequencesOptions,
  type SequencesOutcome,
  sequences,
} from "./sequences.ts"
export { type WhatIf, type WhatIfChange, whatIf, whatIfSync } from "./what-if.ts"
