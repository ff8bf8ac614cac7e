/** How a sync paces its writes. */
export interface SyncSettings {
  /** Pages of the device list written in one unit: fewer units are faster, and a kill repeats at most these pages. */
  readonly pagesPerUnit: number
  /** Pages of the device list read by one job before it hands over to the next. */
  readonly pagesPerSlice: number
  /** How often the device list is read anew when a scan cannot be certified, before the run fails. */
  readonly scanRestarts: number
  /** Pause before the device list is read anew, milliseconds. */
  readonly restartDelayMs: number
  /** How often a page may fail to be read, over the whole run, before the run fails. A failed page is read again. */
  readonly pageFailureBudget: number
  /**
   * Most devices compared at once, and most that are promoted in one unit. One that takes longer than about 7 ms makes the next ones smaller, down to 250,
   * so that neither the database nor the process is held for long.
   */
  readonly promotionChunk: number
  /**
   * How long before a listing began the next incremental one begins, where the carrier does not tell the time. Covers how far our clock and the carrier's differ, and
   * what the carrier shows late; halved, changes at the border are lost where those come close to it.
   */
  readonly watermarkOverlapMs: number
  /** Share of a provider's devices, 0 to 1, that a run marks missing without asking. */
  readonly missingShare: number
  /** As many devices a run marks missing without asking, whatever their share. */
  readonly missingMinimum: number
}

export const DEFAULT_SYNC_SETTINGS: SyncSettings = {
  pagesPerUnit: 10,
  pagesPerSlice: 2_000,
  scanRestarts: 3,
  restartDelayMs: 5_000,
  pageFailureBudget: 5,
  promotionChunk: 4_000,
  watermarkOverlapMs: 600_000,
  missingShare: 0.05,
  missingMinimum: 10,
}
