import { checkProblem } from "./problem/check-problem.ts"
import type { Pool, Problem } from "./problem/problem.ts"
import type { Multipliers, Result } from "./problem/result.ts"

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
  let cost: bigint | null = null
  let lowerBound: bigint | null = null
  const compare = (name: string, found: string | number | null, stated: string | number | null): void => {
    if (found !== stated) errors.push(`${name} is ${found}, the result states ${stated}`)
  }
  if (result.status === "infeasible") {
    if (result.conflicts.length === 0) errors.push("No conflict is named")
    for (const { message, plans } of result.conflicts)
      if (!isContradiction(problem, plans)) errors.push(`No contradiction: ${message}`)
  } else {
    cost = costOf(problem, result.assignment, errors)
    lowerBound = boundOf(problem, result.multipliers, errors)
    const breaches: string[] = []
    const { currentPlan } = problem.sims
    const standing = currentPlan == null ? null : costOf(problem, currentPlan, breaches)
    const current = breaches.length > 0 ? null : standing
    compare("Current cost", current === null ? null : String(current), result.currentCost)
    if (cost !== null) compare("Cost", String(cost), result.cost)
    if (lowerBound !== null) compare("Lower bound", String(lowerBound), result.lowerBound)
    if (cost !== null && lowerBound !== null) {
      if (lowerBound > cost) errors.push(`Lower bound ${lowerBound} exceeds cost ${cost}`)
      compare("Gap", Number(cost - lowerBound) / Math.max(1, Number(lowerBound)), result.gap)
    }
    if (cost !== null && current !== null && cost > current) errors.push(`Cost ${cost} exceeds the current ${current}`)
  }
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

/** Positions of the plans each SIM may use. */
function permittedPlans({ plans, commPlans, sims }: Problem): (sim: number) => readonly number[] {
  const everything = [...plans.keys()]
  const column = sims.commPlan
  if (column == null || commPlans == null) return () => everything
  const byComm = commPlans.map((commPlan) => everything.filter((plan) => commPlan.plans.includes(plans[plan]!.id)))
  return (sim) => byComm[column[sim]!]!
}

/** Tells whether some plans hold too few for the SIMs that can go nowhere else, or ask for more than may come. */
function isContradiction(problem: Problem, ids: readonly string[]): boolean {
  const permitted = permittedPlans(problem)
  const isNamed = (plan: number): boolean => ids.includes(problem.plans[plan]!.id)
  const simCounts = new Map<readonly number[], number>()
  for (let sim = 0; sim < problem.sims.usage.length; sim++)
    simCounts.set(permitted(sim), (simCounts.get(permitted(sim)) ?? 0) + 1)
  let [captive, able, most, least] = [0, 0, 0, 0]
  for (const [plans, count] of simCounts) {
    if (plans.every(isNamed)) captive += count
    if (plans.some(isNamed)) able += count
  }
  problem.plans.forEach(({ minSims, maxSims }, plan) => {
    if (!isNamed(plan)) return
    most += maxSims ?? Infinity
    least += minSims ?? 0
  })
  return captive > most || able < least || least > most
}

/** Exact cost, `null` where an entry names no plan; what is not permitted is said in `errors`. */
function costOf(problem: Problem, assignment: ArrayLike<number>, errors: string[]): bigint | null {
  const { plans, pools, sims } = problem
  if (assignment.length !== sims.usage.length) {
    errors.push(`Assignment has ${assignment.length} entries for ${sims.usage.length} SIMs`)
    return null
  }
  const permitted = permittedPlans(problem)
  const excessOf = new Map<unknown, bigint>()
  const counts = plans.map(() => 0)
  let cost = 0n
  for (let sim = 0; sim < assignment.length; sim++) {
    const plan = assignment[sim]!
    const pool = plans[plan]?.pool
    if (plans[plan] === undefined) {
      errors.push(`SIM ${sim} is on plan ${plan}, which does not exist`)
      return null
    }
    if (!permitted(sim).includes(plan)) errors.push(`SIM ${sim} is not permitted plan ${plan}`)
    const { own, excess } = terms(problem, sim, plan)
    excessOf.set(pool, (excessOf.get(pool) ?? 0n) + excess)
    counts[plan]!++
    cost += own
  }
  for (const pool of pools ?? []) cost += overageOf(excessOf.get(pool.id) ?? 0n, pool)
  plans.forEach(({ id, minSims, maxSims }, plan) => {
    const held = counts[plan]!
    if (held < (minSims ?? 0) || held > (maxSims ?? Infinity))
      errors.push(`Plan ${id} holds ${held} SIMs of ${minSims ?? 0} to ${maxSims ?? "any number"}`)
  })
  return cost
}

const ONE = 10n ** 18n

function boundOf(problem: Problem, multipliers: Multipliers, errors: string[]): bigint | null {
  const found = errors.length
  /** Decimal text as a fraction of 10^18, later digits dropped. */
  const fraction = (side: keyof Multipliers, id: string, isLegal: (value: bigint) => boolean): bigint => {
    const text = Object.hasOwn(multipliers[side], id) ? multipliers[side][id]! : "0"
    const match = /^(\d+)(?:\.(\d*))?$/.exec(text)
    const value = match === null ? -1n : BigInt(match[1]! + (match[2] ?? "").padEnd(18, "0").slice(0, 18))
    if (value < 0n || !isLegal(value)) errors.push(`Multiplier ${side} of ${id} is not legal: ${text}`)
    return value
  }
  const perKb = new Map<string, bigint>()
  let scaled = 0n
  let loss = 0n
  for (const pool of problem.pools ?? []) {
    const most = (BigInt(pool.overageCost) * ONE) / BigInt(pool.overageBlock || 1)
    const value = fraction("pools", pool.id, (price) => price <= most)
    perKb.set(pool.id, value)
    const off = pool.overageRounding === "block" ? 0n : largestRoundedOff(pool) - (most - value)
    if (off > 0n) loss += off
  }
  const perSim = problem.plans.map(({ id, minSims, maxSims }) => {
    const most = fraction("max", id, (price) => price === 0n || maxSims != null)
    const least = fraction("min", id, (price) => price === 0n || minSims != null)
    scaled += least * BigInt(minSims ?? 0) - most * BigInt(maxSims ?? 0)
    return most - least
  })
  if (errors.length > found) return null
  const permitted = permittedPlans(problem)
  for (let sim = 0; sim < problem.sims.usage.length; sim++) {
    let cheapest: bigint | undefined
    for (const plan of permitted(sim)) {
      const { own, excess } = terms(problem, sim, plan)
      const value = own * ONE + perSim[plan]! + (perKb.get(problem.plans[plan]!.pool ?? "") ?? 0n) * excess
      if (cheapest === undefined || value < cheapest) cheapest = value
    }
    scaled += cheapest ?? 0n
  }
  const floor = wholeBelow(scaled)
  const ceiling = -wholeBelow(loss - scaled)
  const least = ceiling < 0n ? 0n : ceiling
  return least < floor ? least : floor
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
