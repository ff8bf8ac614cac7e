import type { OptimizationStatus } from "./session.ts"

/** Where a session may go from each state. A complete one goes nowhere: it is superseded or deleted, and stays as it ended. */
export const TRANSITIONS: Readonly<Record<OptimizationStatus, readonly OptimizationStatus[]>> = {
  NotStarted: ["CommGroupSetup", "CompleteWithErrors"],
  CommGroupSetup: ["RunningPermutations", "CompleteWithErrors"],
  RunningPermutations: ["CleaningUp", "CompleteWithErrors"],
  CleaningUp: ["CompleteWithSuccess", "CompleteWithErrors"],
  CompleteWithSuccess: [],
  CompleteWithErrors: [],
}

/** States that lead to this one. */
export function statesBefore(to: OptimizationStatus): readonly OptimizationStatus[] {
  return (Object.keys(TRANSITIONS) as OptimizationStatus[]).filter((from) => TRANSITIONS[from].includes(to))
}
