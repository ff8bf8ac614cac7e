import type { Problem } from "../src/mod.ts"

/** Cost and permission of an assignment, straight from the words of the format, in bigint. */
export function reference(problem: Problem, assignment: ArrayLike<number>): { cost: bigint; isPermitted: boolean } {
  const { sims, plans, cycleDays } = problem
  const cycle = BigInt(cycleDays)
  const volume: Record<string, bigint> = {}
  const held = plans.map(() => 0)
  let cost = 0n
  let isPermitted = true
  for (let i = 0; i < sims.usage.length; i++) {
    const plan = plans[assignment[i]!]!
    const days = BigInt(sims.days ? sims.days[i]! : cycleDays)
    cost += (2n * BigInt(plan.monthly) * days + cycle) / (2n * cycle)
    const sms = (sims.sms ? sims.sms[i]! : 0) - (plan.smsIncluded ?? 0)
    if (sms > 0) cost += BigInt(sms) * BigInt(plan.smsCost ?? 0)
    const current = sims.currentPlan ? sims.currentPlan[i]! : -1
    if (current >= 0 && current !== assignment[i]) cost += BigInt(problem.changeCost ?? 0)
    const net = BigInt(sims.usage[i]!) - (BigInt(plan.included) * days) / cycle
    if (plan.pool == null) cost += charge(net, plan)
    else volume[plan.pool] = (volume[plan.pool] ?? 0n) + net
    held[assignment[i]!]!++
    if (problem.commPlans && sims.commPlan && !problem.commPlans[sims.commPlan[i]!]!.plans.includes(plan.id)) {
      isPermitted = false
    }
  }
  for (const pool of problem.pools ?? []) cost += charge(volume[pool.id] ?? 0n, pool)
  plans.forEach((plan, j) => {
    if (held[j]! < (plan.minSims ?? 0) || held[j]! > (plan.maxSims ?? Infinity)) isPermitted = false
  })
  return { cost, isPermitted }
}

function charge(
  volume: bigint,
  terms: { overageCost?: number; overageBlock?: number; overageRounding?: string },
): bigint {
  if (volume <= 0n) return 0n
  const cost = BigInt(terms.overageCost ?? 0)
  const block = BigInt(terms.overageBlock || 1)
  if (terms.overageRounding === "block") return ((volume + block - 1n) / block) * cost
  return (2n * volume * cost + block) / (2n * block)
}
