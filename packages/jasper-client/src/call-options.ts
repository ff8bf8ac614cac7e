/** Options of every single call. */
export interface CallOptions {
  readonly signal?: AbortSignal
  /** Overrides the client's `deadlineMs` for this call. */
  readonly deadlineMs?: number
  /**
   * Epoch milliseconds by the client's clock: from then on the call is not sent, nor waited with. One whose turn did not come
   * ends as `timeout`, one that would have to wait longer after a refusal as `limit.rate`; one that was sent gets its answer.
   */
  readonly notAfter?: number
}
