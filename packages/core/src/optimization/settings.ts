/** Limits of the sequences strategy. */
export interface OptimizationSettings {
  /** Groups with more rate plans get no sequences; the certified strategy has no such limit. */
  readonly ratePlanLimit: number
  /** Most sequences of a group that are tried: orders of its plans, from the one by allowance on. */
  readonly sequenceBatchSize: number
  /**
   * Most SIMs of a group that are placed over all its sequences: large groups get fewer sequences, so that the comparison
   * does not take longer than the answer. One message's worth is always tried.
   */
  readonly sequenceSims: number
  /** Sequences that one job fills. */
  readonly queueItemsPerMessage: number
}

export const DEFAULT_OPTIMIZATION_SETTINGS: OptimizationSettings = {
  ratePlanLimit: 15,
  sequenceBatchSize: 24,
  sequenceSims: 100_000,
  queueItemsPerMessage: 5,
}
