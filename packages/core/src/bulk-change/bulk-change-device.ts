import type { DeviceChange } from "../ports/mod.ts"
import type { DeviceValues } from "./device-values.ts"
import type { Refusal } from "./plan/refusals.ts"

/**
 * Where one device stands. `NEW` is not begun, `PROCESSING` is being sent or between two steps, `PENDING` is answered and
 * not yet seen at the other side. Ends: `PROCESSED` (seen), `API_FAILED` (the other side did not do it), `ERROR` (we did
 * not send it), `CANCELLED`, `UNKNOWN` (sent, answer lost, not seen).
 */
export type BulkChangeDeviceStatus =
  | "NEW"
  | "PROCESSING"
  | "PENDING"
  | "PROCESSED"
  | "API_FAILED"
  | "ERROR"
  | "CANCELLED"
  | "UNKNOWN"

/** Who does a step: the carrier, the external customer system, or our own inventory. */
export type StepVia = "carrier" | "customerSystem" | "inventory"

/** One call of a device's change. Most changes are one; a deactivation may be two. */
export interface ChangeStep {
  readonly via: StepVia
  readonly change: DeviceChange
  /** What takes the step back; `null` where nothing does. */
  readonly undo: DeviceChange | null
}

/** A row as its plan knows it: what shall happen to a device, or why it shall not. All of it is under the plan's hash. */
export interface PlannedDevice {
  /** Order of processing, from 0. */
  readonly position: number
  readonly serviceProviderId: string
  /** The device as it was asked for. */
  readonly identifier: string
  /** `null` where no device was found. */
  readonly carrierDeviceId: string | null
  /** What changes, before and after. */
  readonly from: DeviceValues
  readonly to: DeviceValues
  readonly steps: readonly ChangeStep[]
  /** Micro-units for the billing period, negative where it costs more; `null` where it is not known. */
  readonly saving: number | null
  /** Whether nothing can take the change back once it is made. */
  readonly isIrreversible: boolean
  /** What else happens, for people. */
  readonly sideEffects: readonly string[]
  readonly refusal: Refusal | null
}

/** One row of a bulk change: what shall happen to a device, and what did. */
export interface BulkChangeDevice extends Omit<PlannedDevice, "refusal"> {
  readonly status: BulkChangeDeviceStatus
  /** Stable reason of a status that is not the plain course, for example `stale`. */
  readonly code: string | null
  /** The same for people, with what to do next where something is. */
  readonly text: string | null
  /** The step that is under way, or next. */
  readonly step: number
  /** Whether steps that were made are being taken back, because a later one failed or the bulk change was cancelled. */
  readonly isUndoing: boolean
  readonly round: number
  readonly processedAt: number | null
  /** When a read showed the change; `null` while none did. */
  readonly verifiedAt: number | null
}

/** Counts of a bulk change. `planned` = `processed + failed + unknown + cancelled + open`, always. */
export interface BulkChangeSummary {
  readonly planned: number
  readonly processed: number
  /** Refused by the plan or the carrier, stale, or accepted and never done. */
  readonly failed: number
  readonly unknown: number
  readonly cancelled: number
  /** Not begun, or begun and not settled. */
  readonly open: number
  /** Seen at the carrier by a read of our own. */
  readonly verified: number
}
