import { breakEven } from "@altaworx/optimizer"
import type { DirectReason } from "../session/session.ts"
import type { OptimizationSettings } from "../settings.ts"
import type { ProblemDefinition } from "./joint-problems.ts"

/** A group of a problem as the sequences strategy sees it. */
export interface PlannedGroup {
  readonly problem: number
  /** Position among the problem's groups, and in its `commPlans`. */
  readonly eligibility: number
  readonly communicationPlans: readonly string[]
  readonly deviceCount: number
  /** By allowance, then price. `maxAvgUsage`: KB of mean usage above which the next plan is cheaper; `null` where never. */
  readonly ratePlans: readonly { readonly ratePlan: string; readonly maxAvgUsage: number | null }[]
  /** `null` where it has sequences. */
  readonly directReason: DirectReason | null
  /** Orders of its rate plans that are tried, each at its number. */
  readonly sequences: readonly (readonly string[])[]
}

/** What the sequences strategy tries for the groups of a problem. */
export function planSequences(
  definition: ProblemDefinition,
  problem: number,
  deviceCounts: readonly number[],
  settings: OptimizationSettings,
): readonly PlannedGroup[] {
  return definition.groups.map(({ communicationPlans }, eligibility) => {
    const terms = groupTerms(definition, eligibility)
    const ratePlans = breakEven({ version: 1, cycleDays: definition.cycleDays, ...terms, sims: { usage: [] } }).map(
      ({ plan, usage }) => ({ ratePlan: plan, maxAvgUsage: usage }),
    )
    const deviceCount = deviceCounts[eligibility] ?? 0
    const directReason = directReasonOf(deviceCount, ratePlans.length, settings)
    const names = ratePlans.map(({ ratePlan }) => ratePlan)
    const count = directReason === null ? sequenceCount(names.length, deviceCount, settings) : 0
    const sequences = Array.from({ length: count }, (_, number) => nthOrder(names, number))
    return { problem, eligibility, communicationPlans, deviceCount, ratePlans, directReason, sequences }
  })
}

/** Plans of one group, by allowance, then price, with their pools. */
export function groupTerms(
  { plans, pools, groups }: ProblemDefinition,
  eligibility: number,
): Pick<ProblemDefinition, "plans" | "pools"> {
  const permitted = new Set(groups[eligibility]?.ratePlans)
  const own = plans
    .filter(({ id }) => permitted.has(id))
    .toSorted((a, b) => a.included - b.included || a.monthly - b.monthly)
  return { plans: own, pools: pools.filter(({ id }) => own.some(({ pool }) => pool === id)) }
}

function directReasonOf(deviceCount: number, planCount: number, settings: OptimizationSettings): DirectReason | null {
  if (deviceCount === 0) return "no_sims"
  if (deviceCount === 1) return "single_sim"
  if (planCount <= 1) return "single_rate_plan"
  return planCount > settings.ratePlanLimit ? "rate_plan_limit" : null
}

function sequenceCount(planCount: number, deviceCount: number, settings: OptimizationSettings): number {
  const { sequenceBatchSize, sequenceSims, queueItemsPerMessage } = settings
  const affordable = Math.max(queueItemsPerMessage, Math.floor(sequenceSims / Math.max(1, deviceCount)))
  return Math.min(factorial(planCount), sequenceBatchSize, affordable)
}

function factorial(n: number): number {
  let product = 1
  for (let k = 2; k <= n; k++) product *= k
  return product
}

/** The order of a number: all orders in lexicographic sequence of positions, from 0. The optimizer counts them the same way. */
export function nthOrder<T>(items: readonly T[], number: number): readonly T[] {
  const left = [...items]
  const order: T[] = []
  for (let rest = number; left.length > 0; ) {
    const block = factorial(left.length - 1)
    const at = Math.floor(rest / block)
    rest -= at * block
    order.push(...left.splice(at, 1))
  }
  return order
}
