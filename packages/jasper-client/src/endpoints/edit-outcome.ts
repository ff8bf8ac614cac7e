import type { CallOptions } from "../call-options.ts"
import type { JasperError } from "../errors.ts"
import type { DeviceDetails } from "../wire/device-details.ts"

/** How `editAndVerify` reads back. */
export interface VerifyOptions extends Omit<CallOptions, "notAfter"> {
  /** Reading back ends this long after the write was answered or lost. @default 120000 */
  readonly deadlineMs?: number
  /** Between two reads. @default 2000 */
  readonly intervalMs?: number
}

/** What became of an edit. */
export interface EditOutcome {
  /**
   * `applied`: read back with the new values. `refused`: the carrier said no, nothing happened. `unknown`: neither
   * could be shown by the deadline.
   */
  readonly outcome: "applied" | "refused" | "unknown"
  /** Why it is `unknown`; undefined otherwise. */
  readonly reason: /** Answered 200, yet the new values never became visible. */
    | "silent_no_op_suspected"
    /** The answer was lost and the new values never became visible. */
    | "reply_lost"
    /** The values could not be read: every read failed. */
    | "read_back_failed"
    /** Accepted for a later date. */
    | "deferred"
    | undefined
  /** The refusal, or what was lost. */
  readonly error: JasperError | undefined
  /** The last state read. */
  readonly details: DeviceDetails | undefined
  /** Read-backs made. */
  readonly reads: number
}
