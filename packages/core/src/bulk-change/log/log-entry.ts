import { redact } from "../../tenancy/mod.ts"
import type { BulkChangeState } from "../bulk-change.ts"
import type { BulkChangeDeviceStatus } from "../bulk-change-device.ts"

/** What an entry says that became of the bulk change or of one device. All states can be rebuilt from these alone. */
export type LogEvent =
  | {
      readonly kind: "change"
      readonly state: BulkChangeState
      readonly planHash?: string
      readonly deviceCount?: number
      readonly round?: number
    }
  | {
      readonly kind: "device"
      readonly status: BulkChangeDeviceStatus
      readonly code: string | null
    }

/** One entry to add to the log. */
export interface NewLogEntry {
  /** Names what is told: told twice, it is logged once. */
  readonly entryKey: string
  readonly position: number | null
  readonly event: LogEvent
  readonly description: string
  readonly processBy: string
  readonly requestText?: string | null
  readonly responseText?: string | null
  readonly hasErrors?: boolean
  readonly responseStatus: string
}

/** Who is named in entries that nobody asked for by name. */
export const PROCESSOR = "bulk-change"

const FAILED: readonly BulkChangeDeviceStatus[] = ["API_FAILED", "ERROR", "UNKNOWN"]

/** An entry about one device; texts lose secrets and long numbers. */
export function deviceEntry(
  what: "begin" | "answer" | "end" | "refuse" | "cancel" | "recheck" | "retry",
  row: { readonly position: number; readonly round: number; readonly step: number; readonly isUndoing: boolean },
  told: {
    readonly status: BulkChangeDeviceStatus
    readonly code: string | null
    readonly description: string
    readonly request?: unknown
    readonly response?: string | null
    /** Where the same may be told several times. */
    readonly occurrence?: number
  },
): NewLogEntry {
  const { status, code, request, response, occurrence } = told
  const direction = row.isUndoing ? "undo" : "do"
  const parts = [what, row.position, row.round, row.step, direction, ...(occurrence === undefined ? [] : [occurrence])]
  return {
    entryKey: parts.join("/"),
    position: row.position,
    event: { kind: "device", status, code },
    description: redact(told.description),
    processBy: PROCESSOR,
    requestText: request === undefined ? null : redact(JSON.stringify(request)),
    responseText: response === undefined || response === null ? null : redact(response),
    hasErrors: FAILED.includes(status),
    responseStatus: status,
  }
}
