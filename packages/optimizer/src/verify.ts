import { checkProblem } from "./check-problem.ts"
import type { Problem } from "./problem.ts"
import type { Multipliers, Result } from "./result.ts"

/** What an independent recomputation found. */
export interface Verification {
  /** True when nothing below is wrong. */
  readonly isValid: boolean
  /** One sentence per contradiction; empty when valid. */
  readonly errors: readonly string[]
  /** Exact cost of the assignment, micro-units; `null` where there is none. */
  readonly cost: bigint | null
  /** Exact lower bound of the multipliers, micro-units; `null` where there is none. */
  readonly lowerBound: bigint | null
}

/**
 * Recomputes a result from the problem alone: cost, permissions, limits, bound, gap and current cost.
 *
 * Written a second time, in bigint, SIM by SIM, on purpose: it shares no arithmetic with the solver, so a mistake in
 * one shows against the other. `optimal` by integer search is taken on trust; that cost and bound do not contradict
 * it is checked.
 *
 * @throws {ProblemError} If the problem is malformed. A wrong result is reported, not thrown.
 *
 * @example
 * ```ts
 * verify(problem, solveSync(problem)).isValid // true
 * ```
 */
export function verify(problem: Problem, result: Result): Verification {
  checkProblem(problem)
  const errors: string[] = []
  if (result.status === "infeasible") {
    if (result.conflicts.length === 0) errors.push("Status is infeasible but no conflict is named")
    return { isValid: errors.length === 0, errors, cost: null, lowerBound: null }
  }
  const cost = costOf(problem, result.assignment, errors)
  const lowerBound = boundOf(problem, result.multipliers, errors)
  if (cost !== null && String(cost) !== result.cost) errors.push(`Cost is ${cost}, the result states ${result.cost}`)
  if (lowerBound !== null && String(lowerBound) !== result.lowerBound) {
    errors.push(`Lower bound is ${lowerBound}, the result states ${result.lowerBound}`)
  }
  if (cost !== null && lowerBound !== null) {
    if (lowerBound > cost) errors.push(`Lower bound ${lowerBound} exceeds cost ${cost}`)
    const gap = Number(cost - lowerBound) / Math.max(1, Number(lowerBound))
    if (!(Math.abs(gap - result.gap) <= 1e-12 * Math.max(1, gap))) {
      errors.push(`Gap is ${gap}, the result states ${result.gap}`)
    }
  }
  const current = currentCostOf(problem)
  if (current !== result.currentCost) errors.push(`Current cost is ${current}, the result states ${result.currentCost}`)
  if (current !== null && cost !== null && cost > BigInt(current))
    errors.push(`Cost ${cost} exceeds the current ${current}`)
  return { isValid: errors.length === 0, errors, cost, lowerBound }
}

interface Terms {
  readonly overageCost?: number
  readonly overageBlock?: number
  readonly overageRounding?: string
}

function halfUp(numerator: bigint, denominator: bigint): bigint {
  const doubled = 2n * numerator + denominator
  return (doubled - (doubled % (2n * denominator))) / (2n * denominator)
}

function overageOf(excess: bigint, terms: Terms): bigint {
  if (excess < 1n || !terms.overageCost) return 0n
  const block = BigInt(terms.overageBlock || 1)
  const price = BigInt(terms.overageCost)
  if (terms.overageRounding !== "block") return halfUp(excess * price, block)
  const started = excess / block + (excess % block > 0n ? 1n : 0n)
  return started * price
}

/** Everything a plan means for one SIM: its own charge, and what it adds to its pool. */
function terms(problem: Problem, sim: number, plan: number): { own: bigint; excess: bigint } {
  const { sims, cycleDays } = problem
  const chosen = problem.plans[plan]!
  const days = BigInt(sims.days?.[sim] ?? cycleDays)
  const cycle = BigInt(cycleDays)
  const excess = BigInt(sims.usage[sim]!) - (BigInt(chosen.included) * days) / cycle
  let own = halfUp(BigInt(chosen.monthly) * days, cycle)
  const paidSms = BigInt(sims.sms?.[sim] ?? 0) - BigInt(chosen.smsIncluded ?? 0)
  if (paidSms > 0n) own += paidSms * BigInt(chosen.smsCost ?? 0)
  const current = sims.currentPlan?.[sim] ?? -1
  if (current !== -1 && current !== plan) own += BigInt(problem.changeCost ?? 0)
  if (chosen.pool == null) own += overageOf(excess, chosen)
  return { own, excess }
}

function permittedPlans(problem: Problem): (sim: number) => ReadonlySet<number> {
  const everything = new Set(problem.plans.keys())
  const byComm = problem.commPlans?.map(
    (commPlan) => new Set(commPlan.plans.map((id) => problem.plans.findIndex((plan) => plan.id === id))),
  )
  const column = problem.sims.commPlan
  return (sim) => (byComm != null && column != null ? byComm[column[sim]!]! : everything)
}

function costOf(problem: Problem, assignment: ArrayLike<number>, errors: string[]): bigint | null {
  const { usage } = problem.sims
  if (assignment.length !== usage.length) {
    errors.push(`Assignment has ${assignment.length} entries for ${usage.length} SIMs`)
    return null
  }
  const permitted = permittedPlans(problem)
  const excessOf = new Map<string, bigint>()
  const counts = problem.plans.map(() => 0)
  let cost = 0n
  for (let sim = 0; sim < usage.length; sim++) {
    const plan = assignment[sim]!
    if (problem.plans[plan] === undefined) {
      errors.push(`SIM ${sim} is on plan ${plan}, which does not exist`)
      return null
    }
    if (!permitted(sim).has(plan)) errors.push(`SIM ${sim} is not permitted plan ${plan}`)
    const { own, excess } = terms(problem, sim, plan)
    const pool = problem.plans[plan].pool
    if (pool != null) excessOf.set(pool, (excessOf.get(pool) ?? 0n) + excess)
    counts[plan]!++
    cost += own
  }
  for (const pool of problem.pools ?? []) cost += overageOf(excessOf.get(pool.id) ?? 0n, pool)
  problem.plans.forEach(({ id, minSims, maxSims }, plan) => {
    if (minSims != null && counts[plan]! < minSims)
      errors.push(`Plan ${id} holds ${counts[plan]}, fewer than ${minSims}`)
    if (maxSims != null && counts[plan]! > maxSims)
      errors.push(`Plan ${id} holds ${counts[plan]}, more than ${maxSims}`)
  })
  return cost
}

function currentCostOf(problem: Problem): string | null {
  const current = problem.sims.currentPlan
  if (current == null || Array.from(current).includes(-1)) return null
  const errors: string[] = []
  const cost = costOf(problem, current, errors)
  return errors.length === 0 ? String(cost) : null
}

/** Decimal text as a fraction of 10^18, later digits dropped. */
function fraction(text: string | undefined, name: string, errors: string[]): bigint {
  const match = /^(\d+)(?:\.(\d*))?$/.exec(text ?? "0")
  if (match === null) {
    errors.push(`Multiplier of ${name} is not a decimal of 0 or more: ${text}`)
    return 0n
  }
  return BigInt(match[1]! + (match[2] ?? "").padEnd(18, "0").slice(0, 18))
}

function boundOf(problem: Problem, multipliers: Multipliers, errors: string[]): bigint | null {
  const one = 10n ** 18n
  const found = errors.length
  const perKb = new Map<string, bigint>()
  let loss = 0n
  for (const pool of problem.pools ?? []) {
    const value = fraction(multipliers.pools[pool.id], `pool ${pool.id}`, errors)
    const block = BigInt(pool.overageBlock || 1)
    const spare = BigInt(pool.overageCost) * one - value * block
    if (spare < 0n) errors.push(`Multiplier of pool ${pool.id} exceeds the price of its overage`)
    perKb.set(pool.id, value)
    loss += poolLoss(pool, value, one)
  }
  let scaled = 0n
  const perSim = problem.plans.map((plan) => {
    const most = fraction(multipliers.max[plan.id], `maxSims of ${plan.id}`, errors)
    const least = fraction(multipliers.min[plan.id], `minSims of ${plan.id}`, errors)
    if ((most > 0n && plan.maxSims == null) || (least > 0n && plan.minSims == null)) {
      errors.push(`Plan ${plan.id} has a multiplier for a limit it does not have`)
    }
    scaled += least * BigInt(plan.minSims ?? 0) - most * BigInt(plan.maxSims ?? 0)
    return most - least
  })
  if (errors.length > found) return null
  const permitted = permittedPlans(problem)
  for (let sim = 0; sim < problem.sims.usage.length; sim++) {
    let cheapest: bigint | undefined
    for (const plan of permitted(sim)) {
      const { own, excess } = terms(problem, sim, plan)
      const pool = problem.plans[plan]!.pool
      const value = own * one + perSim[plan]! + (pool == null ? 0n : perKb.get(pool)! * excess)
      if (cheapest === undefined || value < cheapest) cheapest = value
    }
    scaled += cheapest ?? 0n
  }
  const floor = scaled >= 0n ? scaled / one : -((one - 1n - scaled) / one)
  const net = scaled - loss
  const whole = net >= 0n ? (net + one - 1n) / one : -(-net / one)
  return whole < floor ? whole : floor
}

/** What rounding to whole micro-units can take off a pool's overage beyond the room its multiplier leaves. */
function poolLoss(pool: Terms, value: bigint, one: bigint): bigint {
  if (pool.overageRounding === "block" || !pool.overageCost) return 0n
  const price = BigInt(pool.overageCost)
  const block = BigInt(pool.overageBlock || 1)
  let [divisor, rest] = [price, block]
  while (rest > 0n) [divisor, rest] = [rest, divisor % rest]
  const steps = block / divisor
  const below = (steps - 1n) / 2n
  const off = (below * one + steps - 1n) / steps
  const room = (price * one) / block - value
  return off > room ? off - room : 0n
}
