import type { CommPlan, Pool, Problem, RatePlan } from "../src/mod.ts"
import { randomFrom } from "./make-problem.ts"

const SAFE = Number.MAX_SAFE_INTEGER

/**
 * A problem in which every feature of the format is on or off by the toss of a coin: shared and idle pools, exact and block overage,
 * tight limits, plans that nobody may use, prorated and idle SIMs, SMS, change costs, prices of zero and far beyond what a
 * double can add. About one in six has no answer. Everything follows from `seed`.
 */
export function makeAwkwardProblem(seed: number, mostSims: number): Problem {
  const random = randomFrom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const chance = (share: number): boolean => random() < share
  const pick = <Value>(values: readonly Value[]): Value => values[below(values.length)]!
  const spread = (most: number): number => Math.floor(Math.max(1, most) ** random())
  const cycleDays = pick([30, 31, 28, 1, 7, 365])
  // Everything stays in the ten thousands, in usual sizes, or goes up to what the format allows.
  const size = pick(["plain", "plain", "plain", "tiny", "huge"] as const)
  const money = size === "huge" ? SAFE : size === "tiny" ? 12 : 40_000_000
  const volume = size === "huge" ? SAFE : size === "tiny" ? 9 : 20_000_000
  const simCount = chance(0.05) ? 0 : chance(0.1) ? 1 : spread(mostSims)
  const planCount = chance(0.1) ? 1 : 1 + below(chance(0.2) ? 20 : 6)
  const overage = (): Pick<Pool, "overageCost" | "overageBlock" | "overageRounding"> => ({
    overageCost: chance(0.1) ? 0 : spread(money / 20),
    ...(chance(0.8) ? { overageBlock: pick([1, 3, 1000, 1024, 10_240, 1 << 20, 1 + spread(volume)]) } : {}),
    ...(chance(0.7) ? { overageRounding: pick(["exact", "block"] as const) } : {}),
  })
  const pools: Pool[] = Array.from({ length: below(4) }, (_, k) => ({ id: `pool ${k}`, ...overage() }))
  const withSms = chance(0.3)
  const plans = Array.from({ length: planCount }, (_, j): RatePlan => {
    const isPooled = pools.length > 0 && chance(0.75)
    return {
      id: `plan ${j}`,
      monthly: chance(0.08) ? 0 : spread(money),
      included: chance(0.15) ? 0 : spread(volume),
      ...(isPooled
        ? { pool: pick(pools).id }
        : { ...(chance(0.5) ? { pool: null } : {}), ...(chance(0.9) ? overage() : {}) }),
      ...(withSms && chance(0.7) ? { smsIncluded: below(20), smsCost: spread(money / 100) } : {}),
    }
  })
  // Twins: the same plan again under another name, or nearly.
  if (planCount > 1 && chance(0.2)) plans[1] = { ...plans[0]!, id: "twin", monthly: plans[0]!.monthly + below(2) }
  const commPlans: CommPlan[] = Array.from({ length: chance(0.4) ? 1 + below(4) : 0 }, (_, c) => {
    const kept = plans.filter(() => chance(0.6)).map((plan) => plan.id)
    return { id: `comm ${c}`, plans: kept.length > 0 || chance(0.02) ? kept : [pick(plans).id] }
  })
  const column = (draw: () => number): number[] => Array.from({ length: simCount }, draw)
  const usages = chance(0.3) ? Array.from({ length: 3 }, () => below(volume)) : null
  const commPlan = column(() => below(Math.max(1, commPlans.length)))
  const currentPlan = column(() => below(planCount + 1) - 1)
  const permitted = (i: number): number[] =>
    plans.flatMap((plan, j) => (commPlans.length === 0 || commPlans[commPlan[i]!]!.plans.includes(plan.id) ? [j] : []))
  if (chance(0.35)) {
    // Limits around an assignment that exists, often so that they just fit it.
    const count = plans.map(() => 0)
    for (let i = 0; i < simCount; i++) {
      const options = permitted(i)
      if (options.length > 0) count[pick(options)]!++
    }
    plans.forEach((plan, j) => {
      const slack = (): number => (chance(0.5) ? 0 : below(2 + simCount / 4))
      if (chance(0.4)) plans[j] = { ...plans[j]!, maxSims: count[j]! + slack() }
      if (chance(0.4)) plans[j] = { ...plans[j]!, minSims: Math.max(0, count[j]! - slack()) }
      if (chance(0.02)) plans[j] = { ...plan, minSims: count[j]! + 1, maxSims: count[j]! }
    })
  }
  return {
    cycleDays,
    ...(chance(0.4) ? { changeCost: chance(0.2) ? 0 : spread(money / 10) } : {}),
    plans,
    ...(pools.length > 0 || chance(0.5) ? { pools } : {}),
    ...(commPlans.length > 0 ? { commPlans } : {}),
    sims: {
      usage: column(() => (chance(0.25) ? 0 : usages ? pick(usages) : spread(volume) - 1)),
      ...(chance(0.4) ? { days: column(() => (chance(0.6) ? cycleDays : below(cycleDays + 1))) } : {}),
      ...(withSms || chance(0.1) ? { sms: column(() => (chance(0.6) ? 0 : spread(size === "huge" ? SAFE : 60))) } : {}),
      ...(commPlans.length > 0 ? { commPlan } : {}),
      ...(chance(0.6) ? { currentPlan } : {}),
    },
  }
}
