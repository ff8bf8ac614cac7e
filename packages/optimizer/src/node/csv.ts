import type { Problem } from "../problem/problem.ts"
import type { SolvedResult } from "../problem/result.ts"

const LINES_PER_PART = 8192

/**
 * A result as CSV (RFC 4180): `sim,id,usage_kb,current_plan,plan,moves`, one line per SIM in the order of the problem.
 *
 * Plans are named by id; `current_plan` is empty where there is none.
 *
 * @returns The text in parts of some thousand lines: the whole of a large fleet would weigh more than the fleet.
 */
export function* csvOf(problem: Problem, result: SolvedResult): Generator<string, void, void> {
  const { id, usage, currentPlan } = problem.sims
  const planIds = problem.plans.map((plan) => quote(plan.id))
  let lines = ["sim,id,usage_kb,current_plan,plan,moves"]
  for (let sim = 0; sim < usage.length; sim++) {
    const plan = result.assignment[sim]!
    const current = currentPlan?.[sim] ?? -1
    const name = id?.[sim] === undefined ? "" : quote(id[sim]!)
    const from = current < 0 ? "" : planIds[current]!
    if (lines.length === LINES_PER_PART) {
      yield `${lines.join("\r\n")}\r\n`
      lines = []
    }
    lines.push(`${sim},${name},${usage[sim]},${from},${planIds[plan]},${current >= 0 && current !== plan ? 1 : 0}`)
  }
  yield `${lines.join("\r\n")}\r\n`
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
