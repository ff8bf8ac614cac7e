/** Limits of the sequences strategy. */
export interface OptimizationSettings {
  /** Groups with more rate plans get no sequences; the certified strategy has no such limit. */
  readonly ratePlanLimit: number
  /** Most sequences of a group that are tried: orders of its plans, from the one by allowance on. */
  readonly sequenceBatchSize: number
  /** Sequences that one job fills. */
  readonly queueItemsPerMessage: number
}

export const DEFAULT_OPTIMIZATION_SETTINGS: OptimizationSettings = {
  ratePlanLimit: 15,
  sequenceBatchSize: 24,
  queueItemsPerMessage: 5,
}
