import { checkAssignment } from "../problem/check-assignment.ts"
import { checkProblem } from "../problem/check-problem.ts"
import { exactOverageCharge } from "./overage.ts"
import { priceChecked } from "./price.ts"
import type { Assignment, Problem } from "../problem/problem.ts"
import { exactCharge, termsOf } from "./sim-charge.ts"
import { tariffOf } from "./tariff.ts"

/** An assignment whose exact cost is kept while its SIMs are moved one by one. */
export interface Repricing {
  /** What `price` would say of the assignment as it stands, micro-units. */
  readonly total: bigint
  /** The assignment as it stands. */
  readonly assignment: Int32Array
  /** What `total` would change by if this SIM went to this plan, and nothing else moved. */
  difference(sim: number, plan: number): bigint
  /** Puts a SIM on a plan. */
  move(sim: number, plan: number): void
}

/**
 * Prices an assignment exactly, and again after each move in constant time: what one move is worth beside all others.
 * Permissions and limits of plans are not looked at.
 *
 * @param problem The problem.
 * @param assignment Where the SIMs stand first; it is copied.
 * @throws {ProblemError} If the problem or the assignment is malformed.
 *
 * @example
 * ```ts
 * const bill = reprice(problem, result.assignment)
 * console.log(bill.difference(0, 2)) // what it costs to put the first SIM on the third plan
 * ```
 */
export function reprice(problem: Problem, assignment: Assignment): Repricing {
  checkProblem(problem)
  checkAssignment(problem, assignment)
  const tariff = tariffOf(problem)
  const plans = Int32Array.from(assignment)
  const priced = priceChecked(problem, tariff, assignment)
  const netUsage = priced.pools.map((pool) => pool.netUsage)
  let { total } = priced

  const chargeOf = (sim: number, plan: number) => exactCharge(tariff, plan, termsOf(problem, tariff, sim, plan))
  const overageOf = (pool: number, net: bigint) => exactOverageCharge(net, tariff.poolRate[pool]!)
  /** Net usage of the pools that a move changes, after it. */
  const netAfter = (sim: number, plan: number): ReadonlyMap<number, bigint> => {
    const after = new Map<number, bigint>()
    const change = (at: number, sign: bigint) => {
      const pool = tariff.poolOf[at]!
      const net = sign * BigInt(termsOf(problem, tariff, sim, at).excess)
      if (pool >= 0) after.set(pool, (after.get(pool) ?? netUsage[pool]!) + net)
    }
    change(plans[sim]!, -1n)
    change(plan, 1n)
    return after
  }
  const difference = (sim: number, plan: number): bigint => {
    let sum = chargeOf(sim, plan) - chargeOf(sim, plans[sim]!)
    for (const [pool, net] of netAfter(sim, plan)) sum += overageOf(pool, net) - overageOf(pool, netUsage[pool]!)
    return sum
  }
  return {
    get total() {
      return total
    },
    assignment: plans,
    difference,
    move(sim, plan) {
      total += difference(sim, plan)
      for (const [pool, net] of netAfter(sim, plan)) netUsage[pool] = net
      plans[sim] = plan
    },
  }
}
