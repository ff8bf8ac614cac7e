import type { ChangeIntent, ChangeOutcome } from "../../ports/mod.ts"
import type { BulkChangeDevice, ChangeStep, StepVia } from "../bulk-change-device.ts"

/** An intent by its row and its id. */
export interface IntentName {
  readonly position: number
  readonly id: string
}

/** A step of a row that is about to be sent. */
export interface StepToSend {
  readonly row: BulkChangeDevice
  readonly via: StepVia
  readonly intent: ChangeIntent
}

/** An intent with its answer, waiting to be seen at the other side. */
export interface OpenIntent {
  readonly position: number
  readonly round: number
  readonly step: number
  readonly isUndoing: boolean
  readonly serviceProviderId: string
  readonly intent: ChangeIntent
  readonly via: StepVia
  readonly outcome: Exclude<ChangeOutcome, "refused">
  readonly code: string | null
  readonly text: string
  readonly sentAt: number
  /** From when a look that does not show the change is the last one. */
  readonly deadlineAt: number
  /** Looks so far. */
  readonly looks: number
  /** Whether it ended unknown before, and somebody asked to look again. */
  readonly isRecheck: boolean
  readonly steps: readonly ChangeStep[]
  /** Why the row is being taken back, where it is. */
  readonly rowCode: string | null
  readonly rowText: string | null
}

/** When to look again for a change that does not show yet. */
export interface Postponement extends IntentName {
  readonly readDueAt: number
}
