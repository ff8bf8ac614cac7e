/** Options of every single call. */
export interface CallOptions {
  readonly signal?: AbortSignal
  /** Overrides the client's `deadlineMs` for this call. */
  readonly deadlineMs?: number
}
