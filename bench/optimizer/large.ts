/**
 * How fast, how close and in how much memory a large fleet is solved.
 *
 *   node --conditions=@altaworx/source bench/optimizer/large.ts [--sims 1000000] [--only TEXT] [--seeds 1,2,3] [--runs 3]
 *
 * One line per kind of fleet and seed; each runs in a process of its own, so that the memory is its own. `sort` is
 * `Float64Array.prototype.sort` of the same usages in the same process. `quick` stops at a gap of 1e-5, `default` is
 * `solveSync(problem)`. `of dearest` is cost minus bound as a share of the dearest monthly price. Memory is the peak of the
 * process after one `solveSync(problem)`, with what it was before in brackets.
 */
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { bound, type Problem, price, type SolvedResult, solveSync } from "@altaworx/optimizer"
import { type LargeFleet, largeFleet } from "./large-fleet.ts"

const { values } = parseArgs({
  options: {
    sims: { type: "string", default: "1000000" },
    only: { type: "string", default: "" },
    seeds: { type: "string", default: "1" },
    runs: { type: "string", default: "3" },
    fleet: { type: "string" },
  },
})

const kinds: readonly [name: string, made: Omit<LargeFleet, "sims" | "seed">][] = [
  ["5 plans", { plans: 5 }],
  ["15 plans", { plans: 15 }],
  ["15 plans, 4 pools", { plans: 15, pools: 4 }],
  ["15 plans, mixed", { plans: 15, alone: 0.3 }],
  ["15 plans, 6 communication plans", { plans: 15, commPlans: 6 }],
  ["15 plans, 6 communication plans, prorated", { plans: 15, commPlans: 6, prorated: 0.2 }],
  ["15 plans, prorated, change cost", { plans: 15, prorated: 0.2, changeCost: 250_000 }],
  ["15 plans, limits", { plans: 15, limits: true }],
  ["15 plans, blocks", { plans: 15, rounding: "block", alone: 0.3 }],
  ["15 plans, SMS", { plans: 15, sms: true }],
  ["50 plans", { plans: 50 }],
  ["100 plans", { plans: 100 }],
]

if (values.fleet !== undefined) {
  console.log(measure(JSON.parse(values.fleet) as LargeFleet & { name: string }))
} else {
  console.log("| fleet | sort ms | quick ms | quick / sort | gap | default ms | / sort | gap | of dearest | peak MB |")
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
  for (const [name, made] of kinds) {
    if (!name.includes(values.only)) continue
    for (const seed of values.seeds.split(",").map(Number)) {
      const fleet = JSON.stringify({ ...made, name, sims: Number(values.sims), seed })
      const args = ["--conditions=@altaworx/source", fileURLToPath(import.meta.url), "--runs", values.runs]
      process.stdout.write(execFileSync(process.execPath, [...args, "--fleet", fleet], { encoding: "utf8" }))
    }
  }
}

function measure(made: LargeFleet & { readonly name: string }): string {
  const problem = largeFleet(made)
  const before = peakMegabytes()
  solved(problem, 0)
  const peak = peakMegabytes()
  const quick = time(() => solved(problem, 1e-5))
  const full = time(() => solved(problem, 0))
  const usage = problem.sims.usage as Float64Array
  const sort = time(() => usage.slice().sort()).ms
  check(problem, quick.value)
  check(problem, full.value)
  const dearest = Math.max(...problem.plans.map((plan) => plan.monthly))
  const left = (Number(full.value.cost) - Number(full.value.lowerBound)) / dearest
  const cells = [
    made.seed === 1 ? made.name : `${made.name}, seed ${made.seed}`,
    sort.toFixed(0),
    quick.ms.toFixed(0),
    (quick.ms / sort).toFixed(2),
    quick.value.gap.toExponential(1),
    full.ms.toFixed(0),
    (full.ms / sort).toFixed(1),
    full.value.status === "optimal" ? "optimal" : full.value.gap.toExponential(1),
    left.toFixed(3),
    `${peak} (${before})`,
  ]
  return `| ${cells.join(" | ")} |`
}

function solved(problem: Problem, targetGap: number): SolvedResult {
  const result = solveSync(problem, { targetGap })
  if (result.status === "infeasible") throw new Error("The made-up fleets are feasible")
  return result
}

function time<Value>(run: () => Value): { ms: number; value: Value } {
  let value: Value
  const times: number[] = []
  do {
    const start = performance.now()
    value = run()
    times.push(performance.now() - start)
  } while (times.length < Number(values.runs))
  return { ms: times.sort((a, b) => a - b)[times.length >> 1]!, value }
}

function check(problem: Problem, result: SolvedResult): void {
  const { lowerBound } = bound(problem, result.multipliers)
  if (lowerBound.toString() !== result.lowerBound)
    throw new Error(`Bound is ${lowerBound}, the result states ${result.lowerBound}`)
  const { total } = price(problem, result.assignment)
  if (total.toString() !== result.cost) throw new Error(`Cost is ${total}, the result states ${result.cost}`)
}

function peakMegabytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024)
}
