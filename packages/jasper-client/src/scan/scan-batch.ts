import type { DeviceSummary } from "../wire/device-summary.ts"
import type { DeviceScanScope } from "./certificate.ts"
import type { ScanCheckpoint, ScanPhase } from "./checkpoint.ts"

/** How to scan. */
export interface ScanOptions {
  readonly scope: DeviceScanScope
  /** Only with scope `since`: changes at or after this instant. */
  readonly since?: Date | number | string
  /**
   * How late a write may become visible in the search, milliseconds; the chase starts this much before the sweep.
   *
   * @default 2000
   */
  readonly marginMs?: number
  /**
   * Read in overlapping windows, so that no device is missed even when others enter with old modification dates (a
   * transfer into the account can do that). About a fifth more calls. Needed before a device may be called missing;
   * `get` must confirm each one.
   *
   * @default false
   */
  readonly stitch?: boolean
  /** Continue here; the batch this checkpoint came with must have been stored. */
  readonly checkpoint?: ScanCheckpoint
  /**
   * How many distinct ICCIDs the consumer has stored for this scan, resumes included; asked for once or twice, at the end.
   * Without it the scan keeps its own compact set (8 to 16 bytes a device), which a resume forgets: the final count is
   * then `unchecked` after a resume.
   */
  readonly countDistinct?: () => number | Promise<number>
  /**
   * Backward sweeps allowed when the final count falls short.
   *
   * @default 10
   */
  readonly maxSweeps?: number
  readonly signal?: AbortSignal
}

/** How far a scan is. */
export interface ScanProgress {
  readonly phase: ScanPhase
  /** Pages read so far in this sweep and chase. */
  readonly pagesRead: number
  /** Pages the sweep has in all; 0 until the end is found. */
  readonly pagesExpected: number
  /** Rows delivered so far, this batch included. */
  readonly rows: number
}

/**
 * Some rows and the place to continue after them.
 *
 * Store rows and checkpoint together, then ask for the next batch. Of two rows with the same ICCID the later one wins.
 */
export interface ScanBatch {
  readonly rows: readonly DeviceSummary[]
  readonly checkpoint: ScanCheckpoint
  readonly progress: ScanProgress
}
