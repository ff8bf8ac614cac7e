import { breakEven } from "./break-even.ts"
import { checkProblem } from "./check-problem.ts"
import { poolCharge } from "./pool-charge.ts"
import { priceChecked } from "./price.ts"
import type { Problem } from "./problem.ts"
import { overageCharge } from "./overage.ts"
import { type Tariff, tariffOf } from "./tariff.ts"

/** The four orders in which the legacy system placed SIMs. */
export type AssignmentOrder =
  | "largest-first"
  | "smallest-first"
  | "largest-first-by-communication-plan"
  | "smallest-first-by-communication-plan"

/** All four, in the legacy order. */
export const ASSIGNMENT_ORDERS: readonly AssignmentOrder[] = [
  "largest-first",
  "smallest-first",
  "largest-first-by-communication-plan",
  "smallest-first-by-communication-plan",
]

/** Limits of the legacy strategy. */
export interface SequencesOptions {
  /** Groups with more plans are not permuted. @default 15 */
  readonly planLimit?: number
  /** First permutation to try, counted from 0 in lexicographic order. @default 0 */
  readonly offset?: number
  /** Most permutations to try per group: one batch. @default 1000 */
  readonly batchSize?: number
  /** @default all four */
  readonly orders?: readonly AssignmentOrder[]
}

/** What the legacy strategy found for one group of SIMs with the same permitted plans. */
export interface SequenceGroup {
  /** Ids of the permitted plans. */
  readonly plans: readonly string[]
  readonly simCount: number
  /** The winning permutation, plan ids; empty where none was tried. */
  readonly sequence: readonly string[]
  readonly order: AssignmentOrder | null
  /** Permutations tried, and how many there are. */
  readonly tried: number
  readonly sequences: number
  /** True when the group has more plans than the limit, or none, and was left where it is. */
  readonly isRefused: boolean
}

/** The outcome of the legacy strategy. */
export interface SequencesOutcome {
  /** Position in `plans` for each SIM; `null` if a refused group has SIMs without a current plan. */
  readonly assignment: readonly number[] | null
  /** Its exact joint price, micro-units. */
  readonly cost: bigint | null
  readonly groups: readonly SequenceGroup[]
}

/**
 * The legacy strategy, for comparison: permutations of plans, each filled greedily in four orders, group by group.
 *
 * A plan of a sequence takes SIMs while their mean usage stays at or below its break-even; SIMs left over go where they add least. Groups
 * are judged one by one, as the legacy system did, and their assignments priced together at the end. Limits on SIMs per plan are
 * not looked at. Nothing is proved, and the work grows with the factorial of the plans.
 *
 * @throws {ProblemError} If the problem is malformed.
 *
 * @example
 * ```ts
 * const old = sequences(problem, { batchSize: 120 })
 * ```
 */
export function sequences(problem: Problem, options: SequencesOptions = {}): SequencesOutcome {
  checkProblem(problem)
  const { planLimit = 15, offset = 0, batchSize = 1000, orders = ASSIGNMENT_ORDERS } = options
  const tariff = tariffOf(problem)
  const ceiling = new Float64Array(tariff.planCount).fill(Infinity)
  for (const { plan, usage } of breakEven(problem)) ceiling[tariff.planIds.indexOf(plan)] = usage ?? Infinity
  const assignment = Array.from(problem.sims.usage, (_, sim) => problem.sims.currentPlan?.[sim] ?? -1)
  const groups = groupsOf(problem, tariff).map(({ plans, sims }): SequenceGroup => {
    const count = plans.reduce((product, _, k) => product * (k + 1), 1)
    const found = { plans: plans.map((plan) => tariff.planIds[plan]!), simCount: sims.length, sequences: count }
    if (plans.length === 0 || plans.length > planLimit) {
      return { ...found, sequence: [], order: null, tried: 0, isRefused: true }
    }
    const filler = newFiller(problem, tariff, sims, ceiling)
    let best: { cost: number; plans: Int32Array; sequence: readonly number[]; order: AssignmentOrder } | null = null
    let tried = 0
    for (let k = offset; k < Math.min(count, offset + batchSize); k++) {
      const sequence = permutation(plans, k)
      tried++
      for (const order of filler.different(orders)) {
        const filled = filler.fill(sequence, order)
        if (best === null || filled.cost < best.cost) best = { ...filled, sequence, order }
      }
    }
    if (best === null) return { ...found, sequence: [], order: null, tried, isRefused: false }
    const winner = best
    sims.forEach((sim, k) => {
      assignment[sim] = winner.plans[k]!
    })
    const sequence = winner.sequence.map((plan) => tariff.planIds[plan]!)
    return { ...found, sequence, order: winner.order, tried, isRefused: false }
  })
  if (assignment.includes(-1)) return { assignment: null, cost: null, groups }
  return { assignment, cost: priceChecked(problem, tariff, assignment).total, groups }
}

interface Group {
  readonly plans: readonly number[]
  readonly sims: readonly number[]
}

/** SIMs by the set of plans they may use. */
function groupsOf(problem: Problem, tariff: Tariff): readonly Group[] {
  const comm = problem.commPlans == null ? null : (problem.sims.commPlan ?? null)
  const groups = new Map<string, { plans: number[]; sims: number[] }>()
  for (let sim = 0; sim < problem.sims.usage.length; sim++) {
    const permitted = comm === null ? null : tariff.permitted[comm[sim]!]!
    const key = permitted === null ? "" : permitted.join("")
    let group = groups.get(key)
    if (group === undefined) {
      const plans = Array.from({ length: tariff.planCount }, (_, plan) => plan)
      group = { plans: plans.filter((plan) => permitted === null || permitted[plan] === 1), sims: [] }
      groups.set(key, group)
    }
    group.sims.push(sim)
  }
  return [...groups.values()]
}

/** The `k`-th permutation in lexicographic order. */
function permutation(items: readonly number[], k: number): readonly number[] {
  const left = [...items]
  const result: number[] = []
  let rest = k
  for (let size = left.length; size > 0; size--) {
    let block = 1
    for (let i = 2; i < size; i++) block *= i
    const at = Math.floor(rest / block)
    rest -= at * block
    result.push(...left.splice(at, 1))
  }
  return result
}

interface Filler {
  /** Those of some orders that place the SIMs one after the other as none before them does. */
  different(orders: readonly AssignmentOrder[]): readonly AssignmentOrder[]
  fill(sequence: readonly number[], order: AssignmentOrder): { cost: number; plans: Int32Array }
}

function newFiller(problem: Problem, tariff: Tariff, sims: readonly number[], ceiling: Float64Array): Filler {
  const { usage, days, sms, currentPlan, commPlan } = problem.sims
  const count = sims.length
  const own = new Float64Array(count * tariff.planCount)
  const net = new Float64Array(count * tariff.planCount)
  sims.forEach((sim, k) => {
    const active = days?.[sim] ?? tariff.cycleDays
    const monthly = tariff.monthlyFor(active)
    const allowance = tariff.allowanceFor(active)
    const current = currentPlan?.[sim] ?? -1
    for (let plan = 0; plan < tariff.planCount; plan++) {
      const excess = usage[sim]! - allowance[plan]!
      const smsAbove = (sms?.[sim] ?? 0) - tariff.smsIncluded[plan]!
      net[k * tariff.planCount + plan] = excess
      own[k * tariff.planCount + plan] =
        monthly[plan]! +
        (smsAbove > 0 ? smsAbove * tariff.smsCost[plan]! : 0) +
        (current >= 0 && current !== plan ? tariff.changeCost : 0) +
        (tariff.poolOf[plan]! < 0 ? overageCharge(excess, tariff.ownRate[plan]!) : 0)
    }
  })
  const ascending = Int32Array.from(sims.keys()).sort((a, b) => usage[sims[a]!]! - usage[sims[b]!]! || a - b)
  const descending = ascending.toReversed()
  // Within one communication plan, an order by communication plan is the order itself.
  const isMixed = commPlan != null && sims.some((sim) => commPlan[sim] !== commPlan[sims[0]!])
  const byComm = (order: Int32Array): Int32Array =>
    isMixed ? order.toSorted((a, b) => commPlan[sims[a]!]! - commPlan[sims[b]!]!) : order
  const orders: Record<AssignmentOrder, Int32Array> = {
    "largest-first": descending,
    "smallest-first": ascending,
    "largest-first-by-communication-plan": byComm(descending),
    "smallest-first-by-communication-plan": byComm(ascending),
  }
  const different = (asked: readonly AssignmentOrder[]) =>
    asked.filter((order, at) => asked.findIndex((other) => orders[other] === orders[order]) === at)
  const amounts = Float64Array.from(sims, (sim) => usage[sim]!)
  const fill: Filler["fill"] = (sequence, order) => {
    const plans = new Int32Array(count).fill(-1)
    const volume = new Float64Array(tariff.poolCount)
    let cost = 0
    const put = (k: number, plan: number): void => {
      plans[k] = plan
      cost += own[k * tariff.planCount + plan]!
      const pool = tariff.poolOf[plan]!
      if (pool >= 0) volume[pool]! += net[k * tariff.planCount + plan]!
    }
    // Those that no plan has taken yet, in their order.
    const left = orders[order].slice()
    let leftCount = count
    for (const plan of sequence) {
      let used = 0
      let held = 0
      let kept = 0
      for (let at = 0; at < leftCount; at++) {
        const k = left[at]!
        const next = used + amounts[k]!
        if (next > ceiling[plan]! * (held + 1)) {
          left[kept++] = k
          continue
        }
        used = next
        held++
        put(k, plan)
      }
      leftCount = kept
    }
    for (let rest = 0; rest < leftCount; rest++) {
      const k = left[rest]!
      let best = -1
      let least = Infinity
      for (const plan of sequence) {
        const pool = tariff.poolOf[plan]!
        const at = k * tariff.planCount + plan
        const pooled =
          pool < 0 ? 0 : poolCharge(tariff, pool, volume[pool]! + net[at]!) - poolCharge(tariff, pool, volume[pool]!)
        if (own[at]! + pooled >= least) continue
        best = plan
        least = own[at]! + pooled
      }
      put(k, best)
    }
    for (let pool = 0; pool < tariff.poolCount; pool++) cost += poolCharge(tariff, pool, volume[pool]!)
    return { cost, plans }
  }
  return { different, fill }
}
