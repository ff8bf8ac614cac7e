/** How a call ended, as far as the pace is concerned. */
export type CallOutcome =
  /** The carrier answered it (an error answer included). */
  | { readonly kind: "accepted" }
  /** The carrier refused it for the call rate; the carrier's own word on the wait, when it gave one. */
  | { readonly kind: "refused"; readonly retryAfterMs: number | undefined }
  /** No answer to judge by. */
  | { readonly kind: "lost" }

/** Leave to send one call. */
export interface CallSlot {
  /**
   * Gives the slot back. Must be called exactly once, however the call ended.
   *
   * @returns How long the limiter now pauses all calls, milliseconds; 0 when it does not.
   */
  release(outcome: CallOutcome): number
}

/**
 * Who may call, and when. The carrier's limit belongs to the account: clients of one account share one limiter.
 *
 * The default keeps the pace within one process; another one can keep it in a place that several processes share.
 */
export interface CallLimiter {
  /**
   * Waits for leave to send one call.
   *
   * @param options `signal` ends the wait: the promise rejects with its reason and the place in the queue is given up.
   * `isRetry` marks a call that was refused before and may go first.
   */
  acquire(options?: { readonly signal?: AbortSignal; readonly isRetry?: boolean }): Promise<CallSlot>
}
