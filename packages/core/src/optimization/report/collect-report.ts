import { CoreError } from "../../errors/mod.ts"
import { getBillingPeriod } from "../../inventory/mod.ts"
import type { ScanCertificate } from "../../ports/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { findOptimizationApply } from "../apply/apply.ts"
import { openResults } from "../results/list-results.ts"
import { largestMoves, type StoredResult } from "../results/result-statements.ts"
import { type Flow, sumResults } from "../results/sum-results.ts"
import { getOptimizationSession, type OptimizationSessionDetails } from "../session/read-session.ts"
import type { CostComponents } from "../session/session.ts"
import { addComponents } from "../solve/components.ts"
import type {
  OptimizationReport,
  ReportedChanges,
  ReportedForecast,
  ReportedRatePlan,
  ReportedUsage,
} from "./report.ts"

export interface CollectOptimizationReportRequest {
  readonly tenantId: string
  readonly sessionId: string
  /** Name of the provider, for people. @default its id */
  readonly serviceProvider?: string
  /** Of the sync whose devices were optimized. */
  readonly certificate?: ScanCertificate | null
  /** What became of the changes. */
  readonly changes?: ReportedChanges | null
  /** How many moves to show, those that save most. @default 20 */
  readonly moveCount?: number
}

/**
 * Collects what a report shows from the stored rows, by sums and counts of the database: memory does not grow with the fleet.
 *
 * @throws {CoreError} `input.not_found` if the tenant has no such session; `input.invalid` while it has no result.
 */
export async function collectOptimizationReport(
  core: Platform,
  request: CollectOptimizationReportRequest,
): Promise<OptimizationReport> {
  const key = { tenantId: request.tenantId, id: request.sessionId }
  const session = await getOptimizationSession(core, key.tenantId, key.id)
  if (session.status !== "CompleteWithSuccess") {
    throw new CoreError("input.invalid", `Cannot report: the session is ${session.status}`, { field: "sessionId" })
  }
  const { startsAt, endsAt, timeZone } = await getBillingPeriod(core, key.tenantId, session.billingPeriodId)
  const { cohorts, toResult } = await openResults(core, key)
  const limit = request.moveCount ?? 20
  let largest: readonly StoredResult[] = []
  const flows = await sumResults(core, key, cohorts, async (window) => {
    const moves = await core.store.rows<StoredResult>(largestMoves(key, { ...window, limit }))
    largest = [...largest, ...moves].toSorted(bySaving).slice(0, limit)
  })
  const money = (amount: string | null) => BigInt(amount ?? 0)
  return {
    sessionId: session.id,
    serviceProvider: request.serviceProvider ?? session.serviceProviderId,
    period: { startsAt, endsAt, timeZone },
    finishedAt: session.finishedAt ?? session.startedAt,
    deviceCount: session.deviceCount,
    excludedCount: session.excludedCount,
    groupCount: session.groupCount,
    moveCount: session.moveCount,
    currentCost: money(session.currentCost),
    baseCost: money(session.baseCost),
    perSimCheapestCost: money(session.perSimCheapestCost),
    sequencesCost: money(session.sequencesCost),
    cost: money(session.cost),
    lowerBound: money(session.lowerBound),
    saving: money(session.saving),
    gap: session.gap ?? 0,
    ratePlans: ratePlansOf(session, flows),
    flows: flows
      .filter(({ fromRatePlan, toRatePlan }) => fromRatePlan !== toRatePlan)
      .map(({ fromRatePlan, toRatePlan, deviceCount, chargeBefore, chargeAfter }) => ({
        fromRatePlan,
        toRatePlan,
        deviceCount,
        saving: chargeBefore - chargeAfter,
      }))
      .toSorted((a, b) => b.deviceCount - a.deviceCount),
    usage: usageOf(flows),
    forecast: forecastOf(flows),
    largestMoves: largest.map(toResult),
    groups: session.groups,
    expectedDeviceCount: session.expectedDeviceCount,
    components: session.components,
    problems: session.problems,
    exclusions: session.exclusions,
    droppedRatePlans: session.droppedRatePlans,
    certificate: request.certificate ?? null,
    changes: request.changes ?? null,
    apply: (await findOptimizationApply(core, key.tenantId, key.id)) ?? null,
  }
}

/** Plans that hold SIMs before or after, smallest allowance first. */
function ratePlansOf(session: OptimizationSessionDetails, flows: readonly Flow[]): readonly ReportedRatePlan[] {
  const plans = new Map(session.problems.flatMap(({ definition }) => definition.plans.map((plan) => [plan.id, plan])))
  return [...plans.values()]
    .map(({ id, monthly, included, pool }) => {
      const before = flows.filter(({ fromRatePlan }) => fromRatePlan === id)
      const after = flows.filter(({ toRatePlan }) => toRatePlan === id)
      return {
        name: id,
        monthly,
        includedBytes: included * 1024,
        pool: pool ?? null,
        devicesBefore: before.reduce((sum, flow) => sum + flow.deviceCount, 0),
        devicesAfter: after.reduce((sum, flow) => sum + flow.deviceCount, 0),
        costBefore: before.reduce((sum, flow) => sum + flow.chargeBefore, 0n),
        costAfter: after.reduce((sum, flow) => sum + flow.chargeAfter, 0n),
        componentsBefore: partsOf(session, id, "before"),
        componentsAfter: partsOf(session, id, "after"),
        forecast: forecastOf(after),
        usageAfter:
          after.length === 0
            ? null
            : {
                leastBytes: Math.min(...after.map((flow) => flow.leastUsageBytes)),
                mostBytes: Math.max(...after.map((flow) => flow.mostUsageBytes)),
              },
      }
    })
    .filter(({ devicesBefore, devicesAfter }) => devicesBefore + devicesAfter > 0)
    .toSorted((a, b) => a.includedBytes - b.includedBytes || (a.name < b.name ? -1 : 1))
}

function partsOf({ problems }: OptimizationSessionDetails, ratePlan: string, when: "before" | "after"): CostComponents {
  return addComponents(problems.map(({ componentsByRatePlan }) => componentsByRatePlan?.[ratePlan]?.[when]))
}

function forecastOf(flows: readonly Flow[]): ReportedForecast {
  const sum = (of: keyof ReportedForecast) => flows.reduce((total, flow) => total + flow[of], 0n)
  return {
    usedBytes: sum("usedBytes"),
    projectedBytes: sum("projectedBytes"),
    lowBytes: sum("lowBytes"),
    highBytes: sum("highBytes"),
  }
}

/** Bins from the first to the last that hold any SIM. */
function usageOf(flows: readonly Flow[]): ReportedUsage {
  const used = flows.flatMap(({ devicesByUsage }) => [...devicesByUsage.keys()]).filter((bin) => bin > 0)
  const last = Math.max(1, ...used)
  const first = Math.min(last, ...used)
  const bins: Record<string, number>[] = Array.from({ length: last - first + 2 }, () => ({}))
  for (const { toRatePlan, devicesByUsage } of flows) {
    for (const [bin, devices] of devicesByUsage) {
      const counts = bins[bin === 0 ? 0 : bin - first + 1]!
      counts[toRatePlan] = (counts[toRatePlan] ?? 0) + devices
    }
  }
  // The first bin of any usage has no lower bound of its own: what is below it is empty.
  return { bounds: Array.from({ length: last - first + 1 }, (_, at) => 2 ** (first + at + 9)), bins }
}

function bySaving(a: StoredResult, b: StoredResult): number {
  return (
    b.chargeBefore - b.chargeAfter - (a.chargeBefore - a.chargeAfter) ||
    (a.carrierDeviceId < b.carrierDeviceId ? -1 : 1)
  )
}
