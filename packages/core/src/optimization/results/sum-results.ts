import type { Platform } from "../../store/mod.ts"
import type { StoredCohort } from "../load/cohort-statements.ts"
import type { SessionKey } from "../session/statements.ts"
import { sumWindow, type WindowSum } from "./result-statements.ts"

/** SIMs that go from one plan to another, or stay on one, together. Money in micro-units. */
export interface Flow {
  readonly fromRatePlan: string
  readonly toRatePlan: string
  readonly deviceCount: number
  readonly chargeBefore: bigint
  readonly chargeAfter: bigint
  /** As it was read, carried to the end of the period, and the band around that: sums over the SIMs. */
  readonly usedBytes: bigint
  readonly projectedBytes: bigint
  readonly lowBytes: bigint
  readonly highBytes: bigint
  readonly leastUsageBytes: number
  readonly mostUsageBytes: number
  /** SIMs by usage: 0 used nothing, `n` less than `2 ** (n + 9)` bytes and not less than half of that. */
  readonly devicesByUsage: ReadonlyMap<number, number>
}

/** Some SIMs of a cohort, one after the other. */
export interface Window {
  readonly cohort: number
  readonly after: string
  readonly last: string
}

// A window is one statement, and statements on a file block everything else of the process while they run.
const WINDOW_SIZE = 5_000

/**
 * Adds up the priced rows of a session by plan before and after, window by window: the sums are exact, and neither memory
 * nor the longest statement grows with the fleet.
 *
 * @param onWindow Called after each window, for example to look at its largest moves.
 */
export async function sumResults(
  core: Platform,
  key: SessionKey,
  cohorts: readonly StoredCohort[],
  onWindow: (window: Window) => Promise<void> = () => Promise.resolve(),
): Promise<readonly Flow[]> {
  const flows = new Map<string, Flow>()
  for (const { position, problem, ratePlan } of cohorts) {
    if (problem === null || ratePlan === null) continue
    let after = ""
    for (let more = true; more; ) {
      const sums = await core.store.rows<WindowSum>(sumWindow(key, { cohort: position, after, limit: WINDOW_SIZE }))
      let count = 0
      let last = after
      for (const sum of sums) {
        const name = JSON.stringify([ratePlan, sum.toRatePlan ?? ratePlan])
        flows.set(name, addWindow(flows.get(name), ratePlan, sum))
        count += sum.deviceCount
        if (sum.last > last) last = sum.last
      }
      if (count > 0) await onWindow({ cohort: position, after, last })
      more = count === WINDOW_SIZE
      after = last
      await core.runtime.clock.yield()
    }
  }
  return [...flows.values()]
}

function addWindow(flow: Flow | undefined, ratePlan: string, sum: WindowSum): Flow {
  const devicesByUsage = new Map(flow?.devicesByUsage)
  devicesByUsage.set(sum.bin, (devicesByUsage.get(sum.bin) ?? 0) + sum.deviceCount)
  return {
    fromRatePlan: ratePlan,
    toRatePlan: sum.toRatePlan ?? ratePlan,
    deviceCount: (flow?.deviceCount ?? 0) + sum.deviceCount,
    chargeBefore: (flow?.chargeBefore ?? 0n) + BigInt(sum.chargeBefore),
    chargeAfter: (flow?.chargeAfter ?? 0n) + BigInt(sum.chargeAfter),
    usedBytes: (flow?.usedBytes ?? 0n) + BigInt(sum.usedBytes),
    projectedBytes: (flow?.projectedBytes ?? 0n) + BigInt(sum.projectedBytes),
    lowBytes: (flow?.lowBytes ?? 0n) + BigInt(sum.lowBytes),
    highBytes: (flow?.highBytes ?? 0n) + BigInt(sum.highBytes),
    leastUsageBytes: Math.min(flow?.leastUsageBytes ?? Infinity, sum.leastUsageBytes),
    mostUsageBytes: Math.max(flow?.mostUsageBytes ?? 0, sum.mostUsageBytes),
    devicesByUsage,
  }
}
