/** How finalize waits for rows that are still to be processed. */
export interface FinalizeSettings {
  /** How often it looks again before the wait is over. */
  readonly maxRetries: number
  /** Pause between two looks, milliseconds. */
  readonly delayBetweenRetriesMs: number
  /** `continue` clears what is left, counts it as not refreshed, and goes on; `stop` fails the run and its session. */
  readonly atMaximum: "continue" | "stop"
}

export const DEFAULT_FINALIZE_SETTINGS: FinalizeSettings = {
  maxRetries: 14,
  delayBetweenRetriesMs: 300_000,
  atMaximum: "continue",
}
