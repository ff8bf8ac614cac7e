import type { FaultPoint } from "../../src/testing/mod.ts"
import type { FaultKind, PlannedFault, SimulationPlan } from "./simulation-plan.ts"

/** What a plan needs so that its run comes to a point that most runs do not come to. */
type Lead = Partial<Pick<SimulationPlan, "cancelsAfter" | "clockSkews" | "lookback" | "releasesLeases" | "faults">>

const first = (kind: FaultKind, point: FaultPoint, times = 1): PlannedFault => ({
  kind,
  at: { point, occurrence: 1 },
  times,
})

const CANCELS: Lead = { cancelsAfter: 0 }
/** Its job is tried five times; two tenants share the errors, so one of them has five at least. */
const GIVES_UP: Lead = { faults: [first("error", "before:optimization.begin-cleaning-up", 9)] }

/** A scan of all has to miss those that left after the first. */
const MISSES: Lead = { lookback: "all" }

/** By the name of the point. */
export const LEADS: Readonly<Record<string, Lead>> = {
  "bulk-change.adopt-intents": { faults: [first("crash", "after:carrier.change")] },
  "bulk-change.cancel": CANCELS,
  "bulk-change.cancel-devices": CANCELS,
  "carrier.get": MISSES,
  "jobs.bury": GIVES_UP,
  "jobs.release": { clockSkews: [0], releasesLeases: true },
  "jobs.retry": { faults: [first("error", "before:sync.stage-devices", 3)] },
  "jobs.return": { faults: [first("stop", "after:jobs.claim")] },
  "optimization.discard-sims": { faults: [first("crash", "after:optimization.copy-sims")] },
  "optimization.start-session": GIVES_UP,
  "sync.count-page-failure": { faults: [first("error", "after:carrier.list")] },
  "sync.mark-missing": MISSES,
}
