import { type FaultPoint, seededRandom } from "../../src/testing/mod.ts"
import { LEADS } from "./leads.ts"
import { reachablePoints } from "./point-names.ts"
import { FAULT_KINDS, type FaultKind, type PlannedFault, type SimulationPlan } from "./simulation-plan.ts"

// A worker whose clock is this far ahead takes leases (60 s) that others still hold. Less than the read-back deadline
// (300 s) by more than a write stays invisible: a look must not come after the deadline by skew alone.
const MOST_SKEW_MS = 75_000
// Beside its kill. Five of a thousand seeds' then strike each point by each other kind.
const NAMED_FAULTS = 3
const OTHER_KINDS = FAULT_KINDS.filter((kind) => kind !== "crash")

/** So many seeds in a row kill at each named point at least once. */
export const seedsThatKillEverywhere = (): number => 2 * reachablePoints().length
/** So many seeds in a row strike each named point by each kind of fault at least once. */
export const seedsThatStrikeAll = (): number =>
  Math.ceil((2 * reachablePoints().length * OTHER_KINDS.length) / NAMED_FAULTS)

/**
 * Draws a run from its seed. Seeds that follow each other walk through all named points with a kill, and through them with
 * every other kind of fault, so that a batch strikes each in each way.
 */
export function planSimulation(seed: number): SimulationPlan {
  const random = seededRandom(seed)
  const below = (count: number) => Math.floor(random() * count)
  const oneOf = <T>(...values: readonly T[]) => values[below(values.length)] as T
  const workers = oneOf(1, 1, 2, 3)
  const named = namedFaults(seed, random)
  const anywhere = Array.from({ length: 3 + below(10) }, (): PlannedFault => {
    const kind = oneOf<FaultKind>("crash", "crash", "error", "error", ...FAULT_KINDS.slice(2))
    return { kind, at: { step: 1 + below(random() < 0.5 ? 500 : 2_500) }, times: 1 }
  })
  const plan: SimulationPlan = {
    seed,
    devices: 30 + below(random() < 0.1 ? 341 : 71),
    store: oneOf("file", "memory"),
    clockSkews: Array.from({ length: workers }, (_, i) => (i === 0 ? 0 : below(2 * MOST_SKEW_MS) - MOST_SKEW_MS)),
    claimSize: oneOf(1, 1, 3),
    concurrency: oneOf(1, 1, 2),
    callsPerSecond: oneOf(5, 50, 400),
    pagesPerUnit: oneOf(1, 2, 3),
    pagesPerSlice: oneOf(2, 4, 8),
    promotionChunk: oneOf(25, 60, 150),
    sequences: oneOf(2, 4, 12),
    lookback: oneOf("all", "all", "month"),
    cancelsAfter: random() < 0.1 ? oneOf(0, 1, 3) : null,
    releasesLeases: random() < 0.5,
    uncertifiedScans: oneOf(0, 0, 0, 1, 2, 5),
    faults: [...named, ...anywhere],
  }
  return named.reduce(ledTo, plan)
}

function namedFaults(seed: number, random: () => number): readonly PlannedFault[] {
  const points = reachablePoints()
  /** Every other walk through the points strikes where each is first reached, which each run that comes to it does. */
  const fault = (kind: FaultKind, walk: number, index: number): PlannedFault => ({
    kind,
    at: {
      point: points[index % points.length] as FaultPoint,
      occurrence: walk % 2 === 0 ? 1 : 1 + Math.floor(random() * 8),
    },
    times: kind === "error" && random() < 0.2 ? 6 : 1,
  })
  return [
    fault("crash", Math.floor(seed / points.length), seed),
    ...Array.from({ length: NAMED_FAULTS }, (_, i) => {
      const index = seed * NAMED_FAULTS + i
      const round = Math.floor(index / points.length)
      // Each walk begins with another kind; its points take the kinds in turn.
      const kind = OTHER_KINDS[(round + (index % points.length)) % OTHER_KINDS.length] as FaultKind
      return fault(kind, Math.floor(round / OTHER_KINDS.length), index)
    }),
  ]
}

/** The plan of a run that comes to where the fault waits, although most do not. */
function ledTo(plan: SimulationPlan, { at }: PlannedFault): SimulationPlan {
  const lead = "point" in at ? LEADS[at.point.replace(/^\w+:/, "")] : undefined
  return lead ? { ...plan, ...lead, faults: [...plan.faults, ...(lead.faults ?? [])] } : plan
}
