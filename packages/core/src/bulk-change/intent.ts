import type { ChangeIntent, ChangeOutcome } from "../ports/mod.ts"

/** An intent with the carrier's answer, waiting to be seen at the carrier. */
export interface OpenIntent extends ChangeIntent {
  readonly position: number
  readonly outcome: Exclude<ChangeOutcome, "refused">
  readonly code: string | null
  readonly text: string
  /** From when a look that does not show the change is the last one. */
  readonly deadlineAt: number
  /** Looks so far. */
  readonly looks: number
}

/** How a device's row ends. */
export interface Settlement {
  readonly position: number
  readonly status: "PROCESSED" | "API_FAILED" | "UNKNOWN"
  readonly code: string | null
  readonly text: string
  readonly isVerified: boolean
}

/** When to look again for a change that does not show yet. */
export interface Postponement {
  readonly position: number
  readonly readDueAt: number
}
