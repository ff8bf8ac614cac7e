import type { Problem } from "../src/mod.ts"
import { reference } from "./reference.ts"

/** The cheapest permitted cost, found by trying every assignment; `null` if there is none. For tiny problems. */
export function bruteForce(problem: Problem): bigint | null {
  const simCount = problem.sims.usage.length
  const assignment = Array.from({ length: simCount }, () => 0)
  let best: bigint | null = null
  for (;;) {
    const { cost, isPermitted } = reference(problem, assignment)
    if (isPermitted && (best === null || cost < best)) best = cost
    let i = 0
    while (i < simCount && ++assignment[i]! === problem.plans.length) assignment[i++] = 0
    if (i === simCount) return best
  }
}
