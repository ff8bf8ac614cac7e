import { breakEven } from "../explain/break-even.ts"
import { checkProblem } from "../problem/check-problem.ts"
import { permissionsOf } from "../limits/is-permitted.ts"
import { poolCharge } from "../charge/pool-charge.ts"
import { priceChecked } from "../charge/price.ts"
import type { Problem } from "../problem/problem.ts"
import { nearCharge, termsOf } from "../charge/sim-charge.ts"
import { type Tariff, tariffOf } from "../charge/tariff.ts"

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
  const idsOf = (plans: readonly number[]) => plans.map((plan) => tariff.planIds[plan]!)
  const ceiling = new Map(
    breakEven(problem).map(({ plan, usage }) => [tariff.planIds.indexOf(plan), usage ?? Infinity]),
  )
  const assignment = Array.from(problem.sims.usage, (_, sim) => problem.sims.currentPlan?.[sim] ?? -1)
  const groups = groupsOf(problem, tariff).map(({ plans, sims }): SequenceGroup => {
    const count = factorial(plans.length)
    const isRefused = plans.length === 0 || plans.length > planLimit
    const end = isRefused ? offset : Math.min(count, offset + batchSize)
    const fill = fillerOf(problem, tariff, sims, ceiling)
    // Within one communication plan, an order by communication plan is the order itself.
    const lines = new Map<string, { order: AssignmentOrder; line: readonly number[] }>()
    for (const order of orders) {
      const line = inOrder(problem, sims, order)
      if (!lines.has(String(line))) lines.set(String(line), { order, line })
    }
    let best: Filled & { order: AssignmentOrder | null; sequence: readonly number[] } = {
      cost: Infinity,
      plans: null,
      order: null,
      sequence: [],
    }
    for (let k = offset; k < end; k++) {
      const sequence = permutation(plans, k)
      for (const { order, line } of lines.values()) {
        const filled = fill(sequence, line)
        if (filled.cost < best.cost) best = { ...filled, order, sequence }
      }
    }
    best.plans?.forEach((plan, k) => {
      assignment[sims[k]!] = plan
    })
    return {
      plans: idsOf(plans),
      simCount: sims.length,
      sequence: idsOf(best.sequence),
      order: best.order,
      tried: Math.max(0, end - offset),
      sequences: count,
      isRefused,
    }
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
  const permitted = permissionsOf(problem, tariff)
  const groups = new Map<string, { plans: number[]; sims: number[] }>()
  for (let sim = 0; sim < problem.sims.usage.length; sim++) {
    const flags = permitted(sim)
    const key = flags.join("")
    if (!groups.has(key)) groups.set(key, { plans: [...flags.keys()].filter((plan) => flags[plan] === 1), sims: [] })
    groups.get(key)!.sims.push(sim)
  }
  return [...groups.values()]
}

function factorial(count: number): number {
  return count < 2 ? 1 : count * factorial(count - 1)
}

/** The `k`-th permutation in lexicographic order. */
function permutation(items: readonly number[], k: number): readonly number[] {
  const left = [...items]
  let rest = k
  return items.map(() => {
    const block = factorial(left.length - 1)
    const at = Math.floor(rest / block)
    rest %= block
    return left.splice(at, 1)[0]!
  })
}

/** Positions in the group, in the order of placing. */
function inOrder({ sims }: Problem, group: readonly number[], order: AssignmentOrder): readonly number[] {
  const sign = order.startsWith("largest") ? -1 : 1
  const comm = order.endsWith("plan") ? sims.commPlan : null
  const commOf = (k: number) => comm?.[group[k]!] ?? 0
  const usageOf = (k: number) => sims.usage[group[k]!]!
  return [...group.keys()].sort((a, b) => commOf(a) - commOf(b) || sign * (usageOf(a) - usageOf(b) || a - b))
}

interface Filled {
  readonly cost: number
  /** By position in the group; `null` before anything was filled. */
  readonly plans: Int32Array | null
}

function fillerOf(
  problem: Problem,
  tariff: Tariff,
  group: readonly number[],
  ceiling: ReadonlyMap<number, number>,
): (sequence: readonly number[], line: readonly number[]) => Filled {
  const { planCount, poolCount, poolOf } = tariff
  const usage = Float64Array.from(group, (sim) => problem.sims.usage[sim]!)
  const own = new Float64Array(group.length * planCount)
  const net = new Float64Array(group.length * planCount)
  for (let at = 0; at < own.length; at++) {
    const terms = termsOf(problem, tariff, group[Math.floor(at / planCount)]!, at % planCount)
    own[at] = nearCharge(tariff, at % planCount, terms)
    net[at] = terms.excess
  }
  return (sequence, line) => {
    const plans = new Int32Array(group.length)
    const volume = new Float64Array(poolCount)
    let cost = 0
    const put = (k: number, plan: number): void => {
      plans[k] = plan
      cost += own[k * planCount + plan]!
      if (poolOf[plan]! >= 0) volume[poolOf[plan]!]! += net[k * planCount + plan]!
    }
    // Those that no plan has taken yet, in their order.
    const left = line.slice()
    for (const plan of sequence) {
      const most = ceiling.get(plan)!
      let [used, held, kept] = [0, 0, 0]
      for (let at = 0; at < left.length; at++) {
        const k = left[at]!
        const next = used + usage[k]!
        if (next > most * (held + 1)) {
          left[kept++] = k
        } else {
          used = next
          held++
          put(k, plan)
        }
      }
      left.length = kept
    }
    for (const k of left) {
      let best = -1
      let least = Infinity
      for (const plan of sequence) {
        const at = k * planCount + plan
        const pool = poolOf[plan]!
        let value = own[at]!
        if (pool >= 0)
          value += poolCharge(tariff, pool, volume[pool]! + net[at]!) - poolCharge(tariff, pool, volume[pool]!)
        if (value >= least) continue
        best = plan
        least = value
      }
      put(k, best)
    }
    volume.forEach((volumeOf, pool) => {
      cost += poolCharge(tariff, pool, volumeOf)
    })
    return { cost, plans }
  }
}
