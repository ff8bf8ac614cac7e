export { checkProblem } from "./problem/check-problem.ts"
export { isProblemError, ProblemError, type ProblemErrorCode } from "./problem/problem-error.ts"
export type {
  Assignment,
  CommPlan,
  OverageRounding,
  Pool,
  Problem,
  RatePlan,
  SimColumns,
} from "./problem/problem.ts"
export type { Conflict, InfeasibleResult, Multipliers, Result, SolvedResult } from "./problem/result.ts"
export { type PlanPrice, type PoolPrice, type Price, price } from "./charge/price.ts"
export { type Repricing, reprice } from "./charge/reprice.ts"
export { type Bound, bound } from "./bound/bound.ts"
export { type ExplainedSim, type Explanation, type ExplanationInRows, explain, explainEach } from "./explain/explain.ts"
export { solve, solveSync } from "./solve.ts"
export type { SolveAsyncOptions, SolveOptions, SolveProgress } from "./problem/solve-options.ts"
export { type Verification, verify } from "./verify.ts"
export { baseAssignment } from "./earlier/base-assignment.ts"
export { type BreakEven, breakEven } from "./explain/break-even.ts"
export { type Forecast, type ForecastOptions, forecast, type UsageObservation } from "./explain/forecast.ts"
export {
  ASSIGNMENT_ORDERS,
  type AssignmentOrder,
  type SequenceGroup,
  type SequencesOptions,
  type SequencesOutcome,
  sequences,
} from "./earlier/sequences.ts"
export { type WhatIf, type WhatIfChange, whatIf, whatIfSync } from "./what-if.ts"
