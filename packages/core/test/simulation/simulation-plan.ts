import type { FaultPoint } from "../../src/testing/mod.ts"

/** What can befall a process at a point. */
export const FAULT_KINDS = ["crash", "error", "freeze", "stall", "lease-loss", "duplicate", "stop"] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** A fault that waits: at a named point, or at the so manyth point of the whole run. */
export interface PlannedFault {
  readonly kind: FaultKind
  /** The name, and how often it has to be reached; or how many points were reached in all. */
  readonly at: { readonly point: FaultPoint; readonly occurrence: number } | { readonly step: number }
  /** How many times in a row it strikes: six errors outlast the attempts of most jobs. */
  readonly times: number
}

/** Everything that a seed decides. */
export interface SimulationPlan {
  readonly seed: number
  readonly devices: number
  readonly store: "file" | "memory"
  /** How far each process's clock is off, milliseconds; the first one is the host, whose clock is right. */
  readonly clockSkews: readonly number[]
  readonly claimSize: number
  readonly concurrency: number
  readonly callsPerSecond: number
  readonly pagesPerUnit: number
  readonly pagesPerSlice: number
  readonly promotionChunk: number
  /** Orders of its rate plans that an optimization tries for a group; five of them are a job. */
  readonly sequences: number
  /** How far back the second sync looks. */
  readonly lookback: "all" | "month"
  /** After how many rounds of jobs somebody cancels the first tenant's bulk change; `null` where nobody does. */
  readonly cancelsAfter: number | null
  /** Whether a host that is alone takes its own leases back after a crash, or lets them lapse. */
  readonly releasesLeases: boolean
  /** Scans that the carrier changes too fast for: they end without a certificate, the first ones of the run. */
  readonly uncertifiedScans: number
  /** The first is the kill that this seed is about. */
  readonly faults: readonly PlannedFault[]
}
