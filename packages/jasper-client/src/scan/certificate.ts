/** What a scan covers: every device, those changed in the last 31 days, or those changed since an instant. */
export type DeviceScanScope = "all" | "month" | "since"

/** How the scan read the list. */
export type ScanMethod = "sweep-and-chase" | "stitch-and-chase"

/** Why a scan that read everything it could still proves nothing. */
export type ScanRefusal =
  /** Devices changed faster than they could be read. */
  | "churn_outran_scan"
  /** The carrier lists more devices than were seen, after every sweep allowed. */
  | "count_short"
  /** The carrier refused to look back as far as scope `all` needs (10000045). */
  | "look_back_capped"
  /** The list's end could not be found in the steps allowed. */
  | "end_not_found"
  /** The server tells no time (no `Date` header, no modification dates): what changed meanwhile cannot be found. */
  | "no_server_clock"

/** What a scan did, and whether it proves completeness. */
export interface ScanCertificate {
  /** True: every device of the scope that existed throughout was delivered at least once, under `assumptions`. */
  readonly certified: boolean
  /** Set exactly when `certified` is false. */
  readonly reason: ScanRefusal | undefined
  readonly scope: DeviceScanScope
  readonly method: ScanMethod
  /** Lower bound that was asked for, epoch milliseconds. */
  readonly since: number
  /** Pages with rows that were delivered. */
  readonly pages: number
  /** Rows delivered, repeats included. */
  readonly rows: number
  /** Rows that had been delivered before in this run; rows from before a resume are not remembered. */
  readonly duplicates: number
  /** Backward sweeps made; 1 unless the count fell short. */
  readonly sweeps: number
  /** Chase windows read. */
  readonly steps: number
  /** Calls sent, of every phase, repeats after failures included. */
  readonly calls: number
  /** Devices the carrier listed at the end; undefined when that could not be counted. */
  readonly listed: number | undefined
  /** `equal`; `more` = more were seen than are listed (removals happened: inconclusive); `unchecked` = not comparable. */
  readonly count: "equal" | "more" | "short" | "unchecked"
  /** Epoch milliseconds, the client's clock. */
  readonly startedAt: number
  readonly finishedAt: number
  /** What the proof rests on, in plain sentences. */
  readonly assumptions: readonly string[]
}
