import { exactOverageCharge, overageCharge } from "./overage.ts"
import { checkAssignment } from "./check-assignment.ts"
import { checkProblem } from "./check-problem.ts"
import { priceChecked } from "./price.ts"
import type { Assignment, Problem } from "./problem.ts"
import { type Tariff, tariffOf } from "./tariff.ts"

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
  const { usage, days } = problem.sims
  const priced = priceChecked(problem, tariff, assignment)
  const netUsage = priced.pools.map((pool) => pool.netUsage)
  const charged = priced.pools.map((pool) => pool.overage)
  let total = priced.total

  /** What a SIM adds to the net usage of a plan's pool. */
  const netOf = (sim: number, plan: number) => usage[sim]! - tariff.allowanceFor(days?.[sim] ?? tariff.cycleDays)[plan]!
  const poolCharge = (pool: number, change: number) =>
    exactOverageCharge(netUsage[pool]! + BigInt(change), tariff.poolRate[pool]!)
  /** Calls back for each pool whose net usage a move changes. */
  const eachPool = (sim: number, plan: number, change: (pool: number, by: number) => void) => {
    const [left, joined] = [tariff.poolOf[plans[sim]!]!, tariff.poolOf[plan]!]
    const [out, into] = [left < 0 ? 0 : -netOf(sim, plans[sim]!), joined < 0 ? 0 : netOf(sim, plan)]
    if (left >= 0 && left === joined) return change(left, out + into)
    if (left >= 0) change(left, out)
    if (joined >= 0) change(joined, into)
  }

  const difference = (sim: number, plan: number): bigint => {
    if (plans[sim] === plan) return 0n
    let sum = ownCharge(problem, tariff, sim, plan) - ownCharge(problem, tariff, sim, plans[sim]!)
    eachPool(sim, plan, (pool, by) => {
      sum += poolCharge(pool, by) - charged[pool]!
    })
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
      eachPool(sim, plan, (pool, by) => {
        charged[pool] = poolCharge(pool, by)
        netUsage[pool]! += BigInt(by)
      })
      plans[sim] = plan
    },
  }
}

/** Everything a SIM is charged on a plan but for its pool. */
function ownCharge({ sims }: Problem, tariff: Tariff, sim: number, plan: number): bigint {
  const days = sims.days?.[sim] ?? tariff.cycleDays
  const current = sims.currentPlan?.[sim] ?? -1
  const isMove = current >= 0 && current !== plan
  const smsAbove = Math.max(0, (sims.sms?.[sim] ?? 0) - tariff.smsIncluded[plan]!)
  const sms = smsAbove === 0 ? 0n : BigInt(smsAbove) * BigInt(tariff.smsCost[plan]!)
  const own = BigInt(tariff.monthlyFor(days)[plan]! + (isMove ? tariff.changeCost : 0)) + sms
  if (tariff.poolOf[plan]! >= 0) return own
  const excess = sims.usage[sim]! - tariff.allowanceFor(days)[plan]!
  if (excess <= 0) return own
  const charge = overageCharge(excess, tariff.ownRate[plan]!)
  return own + (charge <= 2 ** 51 ? BigInt(charge) : exactOverageCharge(BigInt(excess), tariff.ownRate[plan]!))
}
