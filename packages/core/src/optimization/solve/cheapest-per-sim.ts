import type { Problem } from "@altaworx/optimizer"

/**
 * The cheapest permitted plan for each SIM as if it were alone, with the overage terms of its pool where it has one.
 * What a tariff comparison finds; on shared pools it is often dearer than what is found together. A SIM stays where
 * nothing is cheaper.
 */
export function cheapestPerSim(problem: Problem): Int32Array {
  const { plans, commPlans = [], sims } = problem
  const pools = new Map((problem.pools ?? []).map((pool) => [pool.id, pool]))
  const terms = plans.map((plan) => {
    const owner = (plan.pool == null ? undefined : pools.get(plan.pool)) ?? plan
    return {
      monthly: plan.monthly,
      included: plan.included,
      overageCost: owner.overageCost ?? 0,
      overageBlock: owner.overageBlock || 1,
      isBlock: owner.overageRounding === "block",
      smsIncluded: plan.smsIncluded ?? 0,
      smsCost: plan.smsCost ?? 0,
    }
  })
  const positions = new Map(plans.map((plan, at) => [plan.id, at]))
  const permitted = commPlans.map((commPlan) => commPlan.plans.map((id) => positions.get(id) as number))
  return Int32Array.from(sims.usage, (usage, sim) => {
    const sms = sims.sms?.[sim] ?? 0
    const current = sims.currentPlan?.[sim] ?? -1
    let best = -1
    let least = Infinity
    for (const plan of permitted[sims.commPlan?.[sim] ?? 0] ?? positions.values()) {
      const { monthly, included, overageCost, overageBlock, isBlock, smsIncluded, smsCost } = terms[plan]!
      const blocks = Math.max(0, usage - included) / overageBlock
      const charge =
        monthly + (isBlock ? Math.ceil(blocks) : blocks) * overageCost + Math.max(0, sms - smsIncluded) * smsCost
      if (charge < least || (charge === least && plan === current)) {
        least = charge
        best = plan
      }
    }
    return best
  })
}
