/** Options of every single call. */
export interface CallOptions {
  readonly signal?: AbortSignal
  /** Overrides the client's `deadlineMs` for this call. */
  readonly deadlineMs?: number
}

/** Options of an edit. */
export interface EditOptions extends CallOptions {
  /**
   * Epoch milliseconds by the client's clock: from then on the edit is not sent. One whose turn comes later, or that would
   * have to be sent again, ends as `timeout`; one that was sent gets its answer.
   */
  readonly notAfter?: number
}
