import { solveSync } from "@altaworx/optimizer"
import { makeProblem } from "../../packages/optimizer/test/make-problem.ts"
let opt = 0,
  n = 0,
  gaps = 0
const lines: string[] = []
const c0 = process.cpuUsage().user
for (const sims of [100, 500, 1500])
  for (const extra of [
    {},
    { alone: 0.3 },
    { pools: 3 },
    { rounding: "block" as const },
    { commPlans: 3, prorated: 0.2 },
    { limits: true },
  ])
    for (const plans of [5, 10]) {
      const r = solveSync(makeProblem({ seed: 7 + sims, sims, plans, ...extra }))
      n++
      if (r.status === "optimal") opt++
      else {
        gaps += r.gap!
      }
      lines.push(r.status === "optimal" ? "o" : r.gap!.toExponential(1))
    }
console.log(
  opt,
  "of",
  n,
  "sum of gaps",
  gaps.toExponential(3),
  "cpu s",
  ((process.cpuUsage().user - c0) / 1e6).toFixed(1),
)
console.log(lines.join(" "))
