import type { DeviceScanScope } from "./certificate.ts"

/** The four parts of a scan, in order. */
export type ScanPhase = "locate" | "sweep" | "chase" | "count"

/**
 * Where a scan stands: plain JSON, one or two kilobytes whatever the fleet's size.
 *
 * Store it in the same transaction as the rows of its batch. Its content is the scan's own business.
 */
export interface ScanCheckpoint {
  readonly version: 1
  readonly scope: DeviceScanScope
  readonly phase: ScanPhase
  /** Lower bound of the scan, epoch milliseconds, whole seconds. */
  readonly since: number
  /** Start of the first chase window, server time, epoch milliseconds: never moves while a sweep lasts. */
  readonly fence: number
  /** Next page to read, downwards, in the sweep; 0 when none is left. */
  readonly nextPage: number
  /** The last page with rows when the sweep began. */
  readonly endPage: number
  /** Start of the current chase window, epoch milliseconds. */
  readonly windowStart: number
  /** Epoch milliseconds, the client's clock. */
  readonly startedAt: number
  readonly sweeps: number
  readonly steps: number
  readonly pages: number
  readonly rows: number
  readonly duplicates: number
  readonly calls: number
  /** A stitched sweep's place: see `ScanOptions.stitch`. Undefined before it has begun, and in other sweeps. */
  readonly stitching: { readonly low: number; readonly known: readonly string[] } | undefined
  readonly isStitched: boolean
  /** Distinct ICCIDs seen, as far as this run and the one before it know. */
  readonly distinct: number
  /** The carrier refused to look back as far as was asked. */
  readonly isCapped: boolean
}
