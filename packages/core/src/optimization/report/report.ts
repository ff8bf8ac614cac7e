import type { ScanCertificate } from "../../ports/mod.ts"
import type { OptimizationApply } from "../apply/apply.ts"
import type { DroppedRatePlan } from "../load/usable-rate-plans.ts"
import type { OptimizationResult } from "../results/list-results.ts"
import type { OptimizationExclusion, OptimizationGroup, OptimizationProblem } from "../session/read-session.ts"
import type { CostComponents } from "../session/session.ts"

/** What became of the changes, where they were applied. */
export interface ReportedChanges {
  readonly planned: number
  readonly processed: number
  readonly failed: number
  readonly unknown: number
  /** Seen in a read of the carrier. */
  readonly verified: number
}

/** Usage of some SIMs together, bytes, and where it goes until the end of the period. */
export interface ReportedForecast {
  /** As it was read. */
  readonly usedBytes: bigint
  /** At the end of the period: what was optimized. */
  readonly projectedBytes: bigint
  /** The bands of the SIMs, added up: a wider band than that of the sum. */
  readonly lowBytes: bigint
  readonly highBytes: bigint
}

/** One rate plan before and after. Money in micro-units. */
export interface ReportedRatePlan {
  readonly name: string
  readonly monthly: number
  readonly includedBytes: number
  readonly pool: string | null
  readonly devicesBefore: number
  readonly devicesAfter: number
  readonly costBefore: bigint
  readonly costAfter: bigint
  /** The same in parts. */
  readonly componentsBefore: CostComponents
  readonly componentsAfter: CostComponents
  /** Usage of the SIMs that end on it, together. */
  readonly forecast: ReportedForecast
  /** Least and most that a SIM uses that ends on it; `null` where none does. */
  readonly usageAfter: { readonly leastBytes: number; readonly mostBytes: number } | null
}

/** SIMs that move from one plan to another. */
export interface ReportedFlow {
  readonly fromRatePlan: string
  readonly toRatePlan: string
  readonly deviceCount: number
  readonly saving: bigint
}

/** SIMs by usage, from the least to the most used. Bin 0 used nothing; bin n less than `bounds[n - 1]`, not less than half. */
export interface ReportedUsage {
  /** Bytes, powers of two. */
  readonly bounds: readonly number[]
  /** For each bin, how many SIMs end on each plan. */
  readonly bins: readonly Readonly<Record<string, number>>[]
}

/** All that a report shows, small whatever the size of the fleet. Money in micro-units. */
export interface OptimizationReport {
  readonly sessionId: string
  /** For people. */
  readonly serviceProvider: string
  readonly period: { readonly startsAt: number; readonly endsAt: number; readonly timeZone: string }
  readonly finishedAt: number
  readonly deviceCount: number
  readonly excludedCount: number
  readonly groupCount: number
  readonly moveCount: number
  readonly currentCost: bigint
  readonly baseCost: bigint
  readonly perSimCheapestCost: bigint
  readonly sequencesCost: bigint
  readonly cost: bigint
  readonly lowerBound: bigint
  readonly saving: bigint
  readonly gap: number
  readonly ratePlans: readonly ReportedRatePlan[]
  readonly flows: readonly ReportedFlow[]
  readonly usage: ReportedUsage
  /** Of all priced SIMs. */
  readonly forecast: ReportedForecast
  readonly largestMoves: readonly OptimizationResult[]
  /** Groups, with what the sequences strategy made of them. */
  readonly groups: readonly OptimizationGroup[]
  /** SIMs in a billable status; more than `deviceCount` where some could not be priced. */
  readonly expectedDeviceCount: number
  /** `currentCost` and `cost` in their parts. */
  readonly components: { readonly before: CostComponents; readonly after: CostComponents } | null
  readonly problems: readonly OptimizationProblem[]
  readonly exclusions: readonly OptimizationExclusion[]
  readonly droppedRatePlans: readonly DroppedRatePlan[]
  /** Of the sync whose devices were optimized. */
  readonly certificate: ScanCertificate | null
  readonly changes: ReportedChanges | null
  /** Which moves were planned within which guard rails, and what they brought; `null` where none were planned. */
  readonly apply: OptimizationApply | null
}
