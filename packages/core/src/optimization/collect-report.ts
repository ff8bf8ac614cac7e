import { CoreError } from "../errors/mod.ts"
import { getBillingPeriod } from "../inventory/mod.ts"
import type { ScanCertificate } from "../ports/mod.ts"
import type { Platform } from "../store/mod.ts"
import { listLargestMoves } from "./list-results.ts"
import { getOptimizationSession, type OptimizationSessionDetails } from "./read-session.ts"
import type { OptimizationReport, ReportedChanges, ReportedRatePlan, ReportedUsage } from "./report.ts"
import { countByUsage, type StoredFlow, sumFlows } from "./statements.ts"

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
  const flows = await core.store.rows<StoredFlow>(sumFlows(key))
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
    perSimCheapestCost: money(session.perSimCheapestCost),
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
        saving: BigInt(chargeBefore) - BigInt(chargeAfter),
      }))
      .toSorted((a, b) => b.deviceCount - a.deviceCount),
    usage: await usageOf(core, key, flows),
    largestMoves: await listLargestMoves(core, key, request.moveCount ?? 20),
    problems: session.problems,
    exclusions: session.exclusions,
    droppedRatePlans: session.droppedRatePlans,
    certificate: request.certificate ?? null,
    changes: request.changes ?? null,
  }
}

/** Plans that hold SIMs before or after, smallest allowance first. */
function ratePlansOf(session: OptimizationSessionDetails, flows: readonly StoredFlow[]): readonly ReportedRatePlan[] {
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
        costBefore: before.reduce((sum, flow) => sum + BigInt(flow.chargeBefore), 0n),
        costAfter: after.reduce((sum, flow) => sum + BigInt(flow.chargeAfter), 0n),
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

async function usageOf(
  core: Platform,
  key: { readonly tenantId: string; readonly id: string },
  flows: readonly StoredFlow[],
): Promise<ReportedUsage> {
  const bounds = usageBounds(Math.max(0, ...flows.map(({ mostUsageBytes }) => mostUsageBytes)))
  const bins: Record<string, number>[] = Array.from({ length: bounds.length + 1 }, () => ({}))
  const rows = await core.store.rows<{ bin: number; ratePlan: string; deviceCount: number }>(countByUsage(key, bounds))
  for (const { bin, ratePlan, deviceCount } of rows) bins[bin]![ratePlan] = deviceCount
  return { bounds, bins }
}

// A factor of two for each column shows a fleet from a kilobyte to terabytes in some thirty of them.
const MOST_BINS = 32

/** Bounds of usage bins, powers of two from 1 KB on; the last one is above `most`. */
function usageBounds(most: number): readonly number[] {
  const last = Math.max(11, Math.floor(Math.log2(Math.max(1, most))) + 1)
  const first = Math.max(10, last - MOST_BINS + 1)
  return Array.from({ length: last - first + 1 }, (_, at) => 2 ** (first + at))
}
