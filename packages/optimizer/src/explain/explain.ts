import { checkAssignment } from "../problem/check-assignment.ts"
import { checkProblem } from "../problem/check-problem.ts"
import { exactMultipliersOf, MULTIPLIER_SCALE } from "../prices/exact-multipliers.ts"
import { permissionsOf } from "../limits/is-permitted.ts"
import { exactOverageCharge } from "../charge/overage.ts"
import type { Assignment, Problem } from "../problem/problem.ts"
import type { Multipliers } from "../problem/result.ts"
import { exactCharge, nearCharge, termsOf } from "../charge/sim-charge.ts"
import { splitByLargestRemainder } from "../charge/split-by-largest-remainder.ts"
import { type Tariff, tariffOf } from "../charge/tariff.ts"

/** Why one SIM is where it is, and what that saves. All money in micro-units. */
export interface ExplainedSim {
  /** Position in the problem. */
  readonly sim: number
  /** Position in `plans` before and after. */
  readonly from: number
  readonly to: number
  /** Monthly, SMS, change cost and own overage. */
  readonly ownBefore: bigint
  readonly ownAfter: bigint
  /** Share of the pool's overage: by net overuse, largest remainder. */
  readonly shareBefore: bigint
  readonly shareAfter: bigint
  /** `ownBefore + shareBefore - ownAfter - shareAfter`; these add up to the total saving exactly. */
  readonly saving: bigint
  /** Reason, not a summand: what one more KB in the new plan's pool is worth, micro-units; 0 without a pool. */
  readonly poolPrice: number
  /** Reason, not a summand: the next best permitted plan at these prices, -1 if there is no other. */
  readonly nextPlan: number
  /**
   * Reason, not a summand: how much dearer the next best plan is at these prices, micro-units; 0 if there is no
   * other. Negative for the few SIMs that make the fleet fit in whole numbers.
   */
  readonly margin: number
}

/** One row per SIM, in the order of the problem, and the totals they add up to. */
export interface Explanation extends ExplanationInRows {
  readonly rows: readonly ExplainedSim[]
}

/** The same, with rows that are made one by one each time they are read. */
export interface ExplanationInRows {
  readonly costBefore: bigint
  readonly costAfter: bigint
  readonly saving: bigint
  readonly rows: Iterable<ExplainedSim>
}

/**
 * Splits the difference between two assignments into one row per SIM, to the last micro-unit.
 *
 * A pool is charged as a whole, so its overage is shared among the SIMs that use more than they bring. A SIM that does not
 * move may therefore still save or pay: the pool it is in has changed around it.
 *
 * @param problem The problem.
 * @param before Position in `plans` for each SIM, for example the current plans.
 * @param after The same after, for example `result.assignment`.
 * @param multipliers `result.multipliers`: the prices that give the reasons.
 * @throws {ProblemError} If the problem, an assignment or a multiplier is malformed.
 *
 * @example
 * ```ts
 * const { rows, saving } = explain(problem, current, result.assignment, result.multipliers)
 * rows.reduce((sum, row) => sum + row.saving, 0n) === saving // true
 * ```
 */
export function explain(
  problem: Problem,
  before: Assignment,
  after: Assignment,
  multipliers: Multipliers,
): Explanation {
  const { rows, ...totals } = explainEach(problem, before, after, multipliers)
  return { ...totals, rows: [...rows] }
}

/**
 * {@link explain} for large fleets: each row is made as it is asked for, so that no two have to be kept.
 *
 * @throws {ProblemError} If the problem, an assignment or a multiplier is malformed: at once, not while rows are read.
 *
 * @example
 * ```ts
 * for (const { sim, saving } of explainEach(problem, current, result.assignment, result.multipliers).rows) {
 *   if (saving > 0n) console.log(sim, saving)
 * }
 * ```
 */
export function explainEach(
  problem: Problem,
  before: Assignment,
  after: Assignment,
  multipliers: Multipliers,
): ExplanationInRows {
  checkProblem(problem)
  checkAssignment(problem, before, "before")
  checkAssignment(problem, after, "after")
  const tariff = tariffOf(problem)
  const exact = exactMultipliersOf(tariff, multipliers)
  const near = (value: bigint): number => Number(value) / Number(MULTIPLIER_SCALE)
  const poolPrice = exact.pools.map(near)
  const limitPrice = exact.max.map((value, plan) => near(value - exact.min[plan]!))
  const permitted = permissionsOf(problem, tariff)
  const old = chargesOf(problem, tariff, before)
  const now = chargesOf(problem, tariff, after)

  function rowOf(sim: number): ExplainedSim {
    const to = after[sim]!
    const [nextPlan, margin] = nextBest(tariff, permitted(sim), to, (plan) => {
      const terms = termsOf(problem, tariff, sim, plan)
      const inPool = poolPrice[tariff.poolOf[plan]!] ?? 0
      return nearCharge(tariff, plan, terms) + inPool * terms.excess + limitPrice[plan]!
    })
    return {
      sim,
      from: before[sim]!,
      to,
      ownBefore: old.own[sim]!,
      ownAfter: now.own[sim]!,
      shareBefore: old.share[sim]!,
      shareAfter: now.share[sim]!,
      saving: old.own[sim]! + old.share[sim]! - now.own[sim]! - now.share[sim]!,
      poolPrice: poolPrice[tariff.poolOf[to]!] ?? 0,
      nextPlan,
      margin,
    }
  }
  const rows = {
    *[Symbol.iterator]() {
      for (let sim = 0; sim < before.length; sim++) yield rowOf(sim)
    },
  }
  return { costBefore: old.total, costAfter: now.total, saving: old.total - now.total, rows }
}

interface Charges {
  readonly own: readonly bigint[]
  readonly share: readonly bigint[]
  readonly total: bigint
}

function chargesOf(problem: Problem, tariff: Tariff, assignment: Assignment): Charges {
  const own: bigint[] = []
  const share: bigint[] = []
  // By pool: its net usage, and the SIMs that use more than they bring.
  const netUsage = tariff.poolIds.map(() => 0n)
  const overusing = tariff.poolIds.map((): { sim: number; excess: number }[] => [])
  let total = 0n
  for (let sim = 0; sim < assignment.length; sim++) {
    const plan = assignment[sim]!
    const terms = termsOf(problem, tariff, sim, plan)
    own.push(exactCharge(tariff, plan, terms))
    share.push(0n)
    total += own[sim]!
    const pool = tariff.poolOf[plan]!
    if (pool < 0) continue
    netUsage[pool]! += BigInt(terms.excess)
    if (terms.excess > 0) overusing[pool]!.push({ sim, excess: terms.excess })
  }
  overusing.forEach((sims, pool) => {
    const overage = exactOverageCharge(netUsage[pool]!, tariff.poolRate[pool]!)
    total += overage
    const parts = splitByLargestRemainder(
      overage,
      sims.map(({ excess }) => excess),
    )
    sims.forEach(({ sim }, k) => {
      share[sim] = parts[k]!
    })
  })
  return { own, share, total }
}

/** The next best permitted plan at these prices, and how much dearer it is; near enough for reasons. */
function nextBest(
  tariff: Tariff,
  permitted: Uint8Array,
  chosen: number,
  valueOf: (plan: number) => number,
): [plan: number, margin: number] {
  let next = -1
  let least = Infinity
  for (let plan = 0; plan < tariff.planCount; plan++) {
    if (plan === chosen || permitted[plan] === 0) continue
    const value = valueOf(plan)
    if (value >= least) continue
    next = plan
    least = value
  }
  return next < 0 ? [-1, 0] : [next, least - valueOf(chosen)]
}
