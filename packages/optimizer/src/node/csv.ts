import type { Problem } from "../problem.ts"
import type { SolvedResult } from "../result.ts"

/**
 * A result as CSV (RFC 4180): `sim,id,usage_kb,current_plan,plan,moves`, one line per SIM in the order of the problem.
 *
 * Plans are named by id; `current_plan` is empty where there is none.
 */
export function csvOf(problem: Problem, result: SolvedResult): string {
  const { id, usage, currentPlan } = problem.sims
  const planIds = problem.plans.map((plan) => quote(plan.id))
  const lines = ["sim,id,usage_kb,current_plan,plan,moves"]
  for (let sim = 0; sim < usage.length; sim++) {
    const plan = result.assignment[sim]!
    const current = currentPlan?.[sim] ?? -1
    const name = id?.[sim] === undefined ? "" : quote(id[sim]!)
    const from = current < 0 ? "" : planIds[current]!
    lines.push(`${sim},${name},${usage[sim]},${from},${planIds[plan]},${current >= 0 && current !== plan ? 1 : 0}`)
  }
  return `${lines.join("\r\n")}\r\n`
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
