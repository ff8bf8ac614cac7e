import type { BulkChangeDevice, BulkChangeDeviceStatus, ChangeStep } from "../bulk-change-device.ts"

/** How a step of a device ended. */
export interface StepEnd {
  readonly status: "PROCESSED" | "API_FAILED" | "UNKNOWN"
  readonly code: string | null
  readonly text: string
  /** Whether a read showed it. */
  readonly isVerified: boolean
}

/** Where a device stood when its step ended. */
export type RowBefore = Pick<BulkChangeDevice, "position" | "step" | "isUndoing" | "round" | "code" | "text"> & {
  readonly steps: readonly ChangeStep[]
  /** Whether the step ended unknown before, and somebody asked to look again: nothing more is sent then. */
  readonly isRecheck?: boolean
}

/** Where a device stands next. */
export interface RowMove {
  readonly position: number
  readonly status: BulkChangeDeviceStatus
  readonly code: string | null
  readonly text: string | null
  readonly step: number
  readonly isUndoing: boolean
  /** Whether its next step may be sent. */
  readonly isReady: boolean
  readonly isEnd: boolean
  readonly isVerified: boolean
}

/**
 * What follows from the end of a step: the next step, taking back what was made before, or the end of the row. A step whose
 * end is not known is the end: nothing is sent on a guess.
 */
export function afterStep(row: RowBefore, end: StepEnd): RowMove {
  return row.isUndoing ? afterUndo(row, end) : afterApply(row, end)
}

function afterApply(row: RowBefore, end: StepEnd): RowMove {
  const { step, steps } = row
  if (end.status === "UNKNOWN") return ended(row, end)
  if (end.status === "PROCESSED") {
    if (step + 1 === steps.length) return ended(row, end)
    if (row.isRecheck) return halfDone({ ...row, step: step + 1 }, end.text)
    const text = `Step ${step + 1} of ${steps.length} is made`
    return { ...going(row), step: step + 1, isUndoing: false, code: null, text }
  }
  if (step === 0) return ended(row, end)
  if (!steps[step - 1]?.undo) return halfDone(row, end.text, end.code)
  return { ...going(row), step: step - 1, isUndoing: true, code: end.code, text: end.text }
}

function afterUndo(row: RowBefore, end: StepEnd): RowMove {
  const { step } = row
  const reason = row.text ?? ""
  if (end.status === "UNKNOWN") {
    return { ...ended(row, end), text: `${reason}. Taking back what was made before is not certain: ${end.text}` }
  }
  if (end.status === "API_FAILED") {
    const text = `${reason}. What was made before could not be taken back: ${end.text}`
    return { ...ended(row, { ...end, code: "not_taken_back", text }), step: step + 1, isUndoing: false }
  }
  if (step > 0) {
    if (row.isRecheck || !row.steps[step - 1]?.undo) return halfDone(row, reason)
    return { ...going(row), step: step - 1, isUndoing: true, code: row.code, text: row.text }
  }
  const status = row.code === "cancelled" ? "CANCELLED" : "API_FAILED"
  const text = `${reason}. What was made before was taken back`
  return { ...ended(row, end), status, code: row.code, text, isUndoing: false, isVerified: false }
}

/** Some steps are made, and nothing more is done: a retry goes on at `step`. */
export function halfDone(row: RowBefore, text: string, code: string | null = "half_done"): RowMove {
  const end = { code, text: `${text}. ${row.step} of ${row.steps.length} steps are made and stay` }
  return { ...ended(row, { status: "API_FAILED", isVerified: false, ...end }), isUndoing: false }
}

function going(row: RowBefore) {
  return { position: row.position, status: "PROCESSING", isReady: true, isEnd: false, isVerified: false } as const
}

function ended(row: RowBefore, end: StepEnd): RowMove {
  const { position, step, isUndoing } = row
  return { position, ...end, step, isUndoing, isReady: false, isEnd: true }
}
