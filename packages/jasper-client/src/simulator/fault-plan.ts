/** Kinds of faults under which a simulator counts what it injected. */
export type FaultKind =
  | "rateLimited"
  | "serverErrors"
  | "dropped"
  | "lostReplies"
  | "silentNoOps"
  | "lateReads"
  | "drifted"

/** Which faults a simulator injects, and when. */
export interface FaultPlan {
  readonly rules: readonly []
}
