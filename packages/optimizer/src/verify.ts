import { checkProblem } from "./check-problem.ts"
import type { Pool, Problem } from "./problem.ts"
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
 * it is checked. Of an infeasible problem, each conflict must hold.
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
    if (result.conflicts.length === 0) errors.push("No conflict is named")
    for (const { message, plans } of result.conflicts)
      if (!isContradiction(problem, plans)) errors.push(`No contradiction: ${message}`)
    return { isValid: errors.length === 0, errors, cost: null, lowerBound: null }
  }
  const compare = (name: string, found: bigint | null, stated: string | null) => {
    const text = found === null ? null : String(found)
    if (text !== stated) errors.push(`${name} is ${text}, the result states ${stated}`)
  }
  const cost = costOf(problem, result.assignment, errors)
  const lowerBound = boundOf(problem, result.multipliers, errors)
  const current = currentCostOf(problem)
  if (cost !== null) compare("Cost", cost, result.cost)
  if (lowerBound !== null) compare("Lower bound", lowerBound, result.lowerBound)
  compare("Current cost", current, result.currentCost)
  if (cost !== null && lowerBound !== null) {
    if (lowerBound > cost) errors.push(`Lower bound ${lowerBound} exceeds cost ${cost}`)
    const gap = Number(cost - lowerBound) / Math.max(1, Number(lowerBound))
    if (!(Math.abs(gap - result.gap) <= 1e-12 * Math.max(1, gap)))
      errors.push(`Gap is ${gap}, the result states ${result.gap}`)
  }
  if (current !== null && cost !== null && cost > current) errors.push(`Cost ${cost} exceeds the current ${current}`)
  return { isValid: errors.length === 0, errors, cost, lowerBound }
}

function halfUp(numerator: bigint, denominator: bigint): bigint {
  const doubled = 2n * numerator + denominator
  return (doubled - (doubled % (2n * denominator))) / (2n * denominator)
}

function overageOf(excess: bigint, terms: Partial<Pool>): bigint {
  if (excess < 1n) return 0n
  const block = BigInt(terms.overageBlock || 1)
  const price = BigInt(terms.overageCost ?? 0)
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

/** Tells whether some plans hold too few for the SIMs that can go nowhere else, or ask for more than may come. */
function isContradiction(problem: Problem, ids: readonly string[]): boolean {
  const permitted = permittedPlans(problem)
  const isNamed = (plan: number): boolean => ids.includes(problem.plans[plan]!.id)
  const simCounts = new Map<ReadonlySet<number>, number>()
  for (let sim = 0; sim < problem.sims.usage.length; sim++)
    simCounts.set(permitted(sim), (simCounts.get(permitted(sim)) ?? 0) + 1)
  let [bound, able, most, least] = [0, 0, 0, 0]
  for (const [plans, count] of simCounts) {
    if ([...plans].every(isNamed)) bound += count
    if ([...plans].some(isNamed)) able += count
  }
  for (const { id, minSims, maxSims } of problem.plans) {
    if (!ids.includes(id)) continue
    most += maxSims ?? Infinity
    least += minSims ?? 0
  }
  return bound > most || able < least || least > most
}

/** Exact cost, `null` where an entry names no plan; what is not permitted is said in `errors`. */
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
    const held = counts[plan]!
    if (held < (minSims ?? 0)) errors.push(`Plan ${id} holds ${held}, fewer than ${minSims}`)
    if (held > (maxSims ?? Infinity)) errors.push(`Plan ${id} holds ${held}, more than ${maxSims}`)
  })
  return cost
}

function currentCostOf(problem: Problem): bigint | null {
  const errors: string[] = []
  const { currentPlan } = problem.sims
  const cost = currentPlan == null ? null : costOf(problem, currentPlan, errors)
  return errors.length === 0 ? cost : null
}

const ONE = 10n ** 18n

function boundOf(problem: Problem, multipliers: Multipliers, errors: string[]): bigint | null {
  const found = errors.length
  /** Decimal text as a fraction of 10^18, later digits dropped. */
  const fraction = (side: keyof Multipliers, id: string): bigint => {
    const text = Object.hasOwn(multipliers[side], id) ? multipliers[side][id]! : "0"
    const match = /^(\d+)(?:\.(\d*))?$/.exec(text)
    if (match !== null) return BigInt(match[1]! + (match[2] ?? "").padEnd(18, "0").slice(0, 18))
    errors.push(`Multiplier ${side} of ${id} is not a decimal of 0 or more: ${text}`)
    return 0n
  }
  const perKb = new Map<string, bigint>()
  let loss = 0n
  for (const pool of problem.pools ?? []) {
    const value = fraction("pools", pool.id)
    const room = (BigInt(pool.overageCost) * ONE) / BigInt(pool.overageBlock || 1) - value
    if (room < 0n) errors.push(`Multiplier of pool ${pool.id} exceeds the price of its overage`)
    perKb.set(pool.id, value)
    const off = pool.overageRounding === "block" ? 0n : largestRoundedOff(pool)
    if (off > room) loss += off - room
  }
  let scaled = 0n
  const perSim = problem.plans.map(({ id, minSims, maxSims }) => {
    const [most, least] = [fraction("max", id), fraction("min", id)]
    if ((most > 0n && maxSims == null) || (least > 0n && minSims == null))
      errors.push(`Plan ${id} has a multiplier for a limit it does not have`)
    scaled += least * BigInt(minSims ?? 0) - most * BigInt(maxSims ?? 0)
    return most - least
  })
  if (errors.length > found) return null
  const permitted = permittedPlans(problem)
  for (let sim = 0; sim < problem.sims.usage.length; sim++) {
    let cheapest: bigint | undefined
    for (const plan of permitted(sim)) {
      const { own, excess } = terms(problem, sim, plan)
      const pool = problem.plans[plan]!.pool
      const value = own * ONE + perSim[plan]! + (pool == null ? 0n : perKb.get(pool)! * excess)
      if (cheapest === undefined || value < cheapest) cheapest = value
    }
    scaled += cheapest ?? 0n
  }
  const floor = wholeBelow(scaled)
  const ceiling = -wholeBelow(loss - scaled)
  return ceiling < floor ? ceiling : floor
}

function wholeBelow(scaled: bigint): bigint {
  return (scaled - (((scaled % ONE) + ONE) % ONE)) / ONE
}

/** The most that rounding to whole micro-units can take off a pool's proportional overage, as a fraction of 10^18. */
function largestRoundedOff(pool: Pool): bigint {
  const block = BigInt(pool.overageBlock || 1)
  let [divisor, rest] = [BigInt(pool.overageCost), block]
  while (rest > 0n) [divisor, rest] = [rest, divisor % rest]
  const steps = block / divisor
  return (((steps - 1n) / 2n) * ONE + steps - 1n) / steps
}
