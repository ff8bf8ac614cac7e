/**
 * How long the optimizer takes, as a multiple of sorting the same usages in the same run.
 *
 *   node --conditions=@altaworx/source bench/optimizer/main.ts [--quick]
 *
 * Prints the tables of the package README, small fleets last. `answer` is a run that stops at a gap of 1e-5, `default` one with the whole default budget.
 * Each figure is the median of three runs. `gap` is (cost - lowerBound) / lowerBound, the last column the absolute gap as a
 * share of the dearest monthly price.
 */
import { bound, type Problem, type SolvedResult, solveSync } from "@altaworx/optimizer"
import { type MadeProblem, makeProblem } from "../../packages/optimizer/test/make-problem.ts"

const RUNS = 3

const fleets: readonly [name: string, made: Omit<MadeProblem, "seed">][] = [
  ["1e4 x 5", { sims: 10_000, plans: 5 }],
  ["1e4 x 15", { sims: 10_000, plans: 15 }],
  ["1e4 x 50", { sims: 10_000, plans: 50 }],
  ["1e5 x 5", { sims: 100_000, plans: 5 }],
  ["1e5 x 15", { sims: 100_000, plans: 15 }],
  ["1e5 x 50", { sims: 100_000, plans: 50 }],
  ["1e6 x 5", { sims: 1_000_000, plans: 5 }],
  ["1e6 x 15", { sims: 1_000_000, plans: 15 }],
  ["1e6 x 50", { sims: 1_000_000, plans: 50 }],
  ["1e6 x 15 mixed", { sims: 1_000_000, plans: 15, alone: 0.3 }],
  ["1e6 x 15, 6 communication plans, prorated", { sims: 1_000_000, plans: 15, commPlans: 6, prorated: 0.2 }],
]

const isQuick = process.argv.includes("--quick")
console.log("| SIMs x plans | sort ms | answer / sort | gap | default / sort | gap | gap in dearest monthly prices |")
console.log("| --- | --- | --- | --- | --- | --- | --- |")
for (const [name, made] of fleets) {
  if (isQuick && made.sims > 100_000) continue
  const plain = makeProblem({ ...made, seed: 1 })
  const problem: Problem = { ...plain, sims: { ...plain.sims, usage: Float64Array.from(plain.sims.usage) } }
  const usage = Float64Array.from(plain.sims.usage)
  const sort = time(() => usage.slice().sort()).ms
  const answer = time(() => solved(problem, 1e-5))
  const full = time(() => solved(problem))
  check(problem, answer.value)
  check(problem, full.value)
  const dearest = Math.max(...problem.plans.map((plan) => plan.monthly))
  const left = (Number(full.value.cost) - Number(full.value.lowerBound)) / dearest
  const cells = [
    name,
    sort.toFixed(1),
    (answer.ms / sort).toFixed(1),
    answer.value.gap.toExponential(1),
    (full.ms / sort).toFixed(1),
    full.value.gap.toExponential(1),
    left.toFixed(3),
  ]
  console.log(`| ${cells.join(" | ")} |`)
}
console.log(`\npeak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`)
await import("./small-fleets.ts")

function solved(problem: Problem, targetGap = 0): SolvedResult {
  const result = solveSync(problem, { targetGap })
  if (result.status === "infeasible") throw new Error("The made-up fleets are feasible")
  return result
}

function time<Value>(run: () => Value): { ms: number; value: Value } {
  let value = run()
  const times: number[] = []
  for (let k = 0; k < RUNS; k++) {
    const start = performance.now()
    value = run()
    times.push(performance.now() - start)
  }
  return { ms: times.sort((a, b) => a - b)[RUNS >> 1]!, value }
}

function check(problem: Problem, result: SolvedResult): void {
  const { lowerBound } = bound(problem, result.multipliers)
  if (lowerBound.toString() !== result.lowerBound)
    throw new Error(`Bound is ${lowerBound}, the result states ${result.lowerBound}`)
}
