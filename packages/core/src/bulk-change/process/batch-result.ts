import { changeDeviceAssignments, type DeviceAssignmentChange, recordDevices, recordSwap } from "../../inventory/mod.ts"
import type { ChangeAnswer, ListedDevice } from "../../ports/mod.ts"
import type { Statement } from "../../store/mod.ts"
import type { BulkChangeKey } from "../bulk-change.ts"
import { moveDevices, postponeDevices } from "../device-statements.ts"
import type { IntentName, Postponement } from "./intent.ts"
import { recordAnswers, returnDevices } from "./intent-statements.ts"
import type { NewLogEntry } from "../log/log-entry.ts"
import { appendLog } from "../log/log-statements.ts"
import { postponeLooks, settleIntents } from "./look-statements.ts"
import type { RowMove } from "./progress.ts"

/** What the calls of a batch led to, and what was decided without a call: all that is to be written of it, in one unit. */
export interface BatchResult {
  readonly answers: (IntentName & ChangeAnswer & { readonly readDueAt: number; readonly deadlineAt: number })[]
  /** Steps that surely did not reach the other side. */
  readonly returned: IntentName[]
  readonly settled: IntentName[]
  readonly moves: RowMove[]
  readonly entries: NewLogEntry[]
  /** Rows that wait, and looks that are due later. */
  readonly waiting: { readonly position: number; readonly readyAt: number }[]
  readonly postponed: Postponement[]
  readonly assignments: DeviceAssignmentChange[]
  readonly swaps: Parameters<typeof recordSwap>[1][]
  readonly reads: { readonly device: ListedDevice; readonly newId?: string }[]
}

export const emptyResult = (): BatchResult => ({
  answers: [],
  returned: [],
  settled: [],
  moves: [],
  entries: [],
  waiting: [],
  postponed: [],
  assignments: [],
  swaps: [],
  reads: [],
})

/** The statements that write a result: as many for a hundred devices as for one. None where it is empty. */
export function resultStatements(
  key: BulkChangeKey,
  serviceProviderId: string,
  result: BatchResult,
  now: number,
): readonly Statement[] {
  const scope = { tenantId: key.tenantId, serviceProviderId }
  const where = <T>(items: readonly T[], write: (items: readonly T[]) => Statement | readonly Statement[]) =>
    items.length === 0 ? [] : [write(items)].flat()
  return [
    ...where(result.answers, (answers) => recordAnswers(key, answers)),
    ...where(result.returned, (returned) => returnDevices(key, returned)),
    ...where(result.settled, (settled) => settleIntents(key, settled, now)),
    ...where(result.moves, (moves) => moveDevices(key, moves, now)),
    ...where(result.waiting, (waiting) => postponeDevices(key, waiting)),
    ...where(result.postponed, (postponed) => postponeLooks(key, postponed)),
    ...where(result.entries, (entries) => appendLog(key, entries, now)),
    ...where(result.assignments, (changes) => changeDeviceAssignments(scope, changes, now)),
    ...result.swaps.flatMap((swap) => recordSwap(scope, swap, now)),
    ...where(result.reads, (reads) => recordDevices(scope, reads, now)),
  ]
}
