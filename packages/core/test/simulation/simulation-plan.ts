import { seededRandom } from "../../src/testing/mod.ts"
import type { FaultPoint } from "../../src/testing/mod.ts"
import { reachablePoints } from "./point-names.ts"

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
  /** How far back the second sync looks. */
  readonly lookback: "all" | "month"
  /** Whether somebody cancels the first tenant's bulk change while it is processed. */
  readonly cancels: boolean
  /** Whether a host that is alone takes its own leases back after a crash, or lets them lapse. */
  readonly releasesLeases: boolean
  /** Scans that the carrier changes too fast for: they end without a certificate, the first ones of the run. */
  readonly uncertifiedScans: number
  readonly faults: readonly PlannedFault[]
}

// A worker whose clock is this far ahead takes leases (60 s) that others still hold. Less than the read-back deadline
// (300 s) by more than a write stays invisible: a look must not come after the deadline by skew alone.
const MOST_SKEW_MS = 75_000
const POINTS_PER_SEED = 4

/** Draws a run from its seed. Seeds that follow each other walk through all named points, so that a batch strikes each. */
export function planSimulation(seed: number): SimulationPlan {
  const random = seededRandom(seed)
  const below = (count: number) => Math.floor(random() * count)
  const oneOf = <T>(...values: readonly T[]) => values[below(values.length)] as T
  const points = reachablePoints()
  const workers = oneOf(1, 1, 2, 3)
  const named = Array.from({ length: POINTS_PER_SEED }, (_, i): PlannedFault => {
    const point = points[(seed * POINTS_PER_SEED + i) % points.length] as FaultPoint
    // Every walk through the points begins with the other kind.
    const round = Math.floor((seed * POINTS_PER_SEED + i) / points.length)
    const kind = (["crash", "error", "freeze"] as const)[(round + i) % 3] as FaultKind
    const times = kind === "error" && random() < 0.2 ? 6 : 1
    return { kind, at: { point, occurrence: 1 + (random() < 0.6 ? 0 : below(6)) }, times }
  })
  const anywhere = Array.from({ length: 3 + below(10) }, (): PlannedFault => {
    const kind = oneOf<FaultKind>(
      "crash",
      "crash",
      "error",
      "error",
      "freeze",
      "stall",
      "lease-loss",
      "duplicate",
      "stop",
    )
    return { kind, at: { step: 1 + below(random() < 0.5 ? 500 : 2_500) }, times: 1 }
  })
  return {
    seed,
    devices: 60 + below(random() < 0.15 ? 341 : 121),
    store: oneOf("file", "memory"),
    clockSkews: Array.from({ length: workers }, (_, i) => (i === 0 ? 0 : below(2 * MOST_SKEW_MS) - MOST_SKEW_MS)),
    claimSize: oneOf(1, 1, 3),
    concurrency: oneOf(1, 1, 2),
    callsPerSecond: oneOf(5, 50, 400),
    pagesPerUnit: oneOf(1, 2, 3),
    pagesPerSlice: oneOf(2, 4, 8),
    promotionChunk: oneOf(25, 60, 150),
    lookback: oneOf("all", "all", "month"),
    cancels: random() < 0.1,
    releasesLeases: random() < 0.5,
    uncertifiedScans: oneOf(0, 0, 0, 1, 2, 5),
    faults: [...named, ...anywhere],
  }
}
