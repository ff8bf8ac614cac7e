import highsLoader from "highs"
import type { Problem } from "../src/mod.ts"

/** What HiGHS says of a problem. Costs are doubles, good to a few micro-units per million. */
export interface HighsAnswer {
  /** Best cost found, Infinity if none. */
  readonly cost: number
  readonly isProved: boolean
  readonly isInfeasible: boolean
}

/** Solves a problem as a mixed-integer programme; proportional overage is not rounded. */
export async function solveWithHighs(problem: Problem, seconds: number): Promise<HighsAnswer> {
  const highs = await highsLoader()
  const { sims, plans, cycleDays } = problem
  const pools = problem.pools ?? []
  const objective: string[] = []
  const rows: string[] = []
  const binaries: string[] = []
  const integers: string[] = []
  const volume = new Map<string, string[]>(pools.map((pool) => [pool.id, []]))
  const held: string[][] = plans.map(() => [])
  for (let i = 0; i < sims.usage.length; i++) {
    const days = sims.days ? sims.days[i]! : cycleDays
    const choices: string[] = []
    plans.forEach((plan, j) => {
      if (problem.commPlans && sims.commPlan && !problem.commPlans[sims.commPlan[i]!]!.plans.includes(plan.id)) return
      const x = `x${i}_${j}`
      let cost = Math.floor((2 * plan.monthly * days + cycleDays) / (2 * cycleDays))
      const sms = (sims.sms ? sims.sms[i]! : 0) - (plan.smsIncluded ?? 0)
      if (sms > 0) cost += sms * (plan.smsCost ?? 0)
      const current = sims.currentPlan ? sims.currentPlan[i]! : -1
      if (current >= 0 && current !== j) cost += problem.changeCost ?? 0
      const net = sims.usage[i]! - Math.floor((plan.included * days) / cycleDays)
      if (plan.pool == null) {
        const [unit, block] = [plan.overageCost ?? 0, plan.overageBlock || 1]
        if (net > 0)
          cost += plan.overageRounding === "block" ? Math.ceil(net / block) * unit : Math.round((net * unit) / block)
      } else if (net !== 0) {
        volume.get(plan.pool)!.push(`${net < 0 ? "-" : "+"} ${Math.abs(net)} ${x}`)
      }
      objective.push(`+ ${cost} ${x}`)
      choices.push(x)
      held[j]!.push(x)
      binaries.push(x)
    })
    if (choices.length === 0) return { cost: Infinity, isProved: true, isInfeasible: true }
    rows.push(`${choices.join(" + ")} = 1`)
  }
  pools.forEach((pool, k) => {
    const terms = volume.get(pool.id)!
    if (terms.length === 0 || pool.overageCost === 0) return
    const block = pool.overageBlock || 1
    rows.push(`${terms.join(" ")} - ${block} y${k} <= 0`)
    objective.push(`+ ${pool.overageCost} y${k}`)
    if (pool.overageRounding === "block") integers.push(`y${k}`)
  })
  if (plans.some((plan, j) => held[j]!.length === 0 && plan.minSims)) {
    return { cost: Infinity, isProved: true, isInfeasible: true }
  }
  plans.forEach((plan, j) => {
    if (held[j]!.length === 0) return
    if (plan.maxSims != null) rows.push(`${held[j]!.join(" + ")} <= ${plan.maxSims}`)
    if (plan.minSims) rows.push(`${held[j]!.join(" + ")} >= ${plan.minSims}`)
  })
  const wrap = (terms: string[]): string => terms.join("\n ")
  const text = `Minimize\n obj: ${wrap(objective)}\nSubject To\n${rows
    .map((row, r) => ` r${r}: ${row.replaceAll(" + ", "\n + ").replaceAll(" - ", "\n - ")}`)
    .join("\n")}\n${integers.length > 0 ? `General\n ${wrap(integers)}\n` : ""}Binary\n ${wrap(binaries)}\nEnd\n`
  const answer = highs.solve(text, { time_limit: seconds, mip_rel_gap: 0, mip_abs_gap: 0.4, output_flag: false })
  const isInfeasible = answer.Status === "Infeasible"
  const cost = Number.isFinite(answer.ObjectiveValue) && !isInfeasible ? answer.ObjectiveValue : Infinity
  return { cost, isProved: answer.Status === "Optimal" || isInfeasible, isInfeasible }
}
