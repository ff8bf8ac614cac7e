/**
 * Small fleets, where the optimum can be proved: the optimizer against HiGHS and against the strategy of the earlier system.
 *
 *   node --conditions=@altaworx/source bench/optimizer/small-fleets.ts [seconds for HiGHS, default 20]
 *
 * Prints the second table of the package README. Times are processor time, medians of three runs, of one for HiGHS. `left` is what may still be
 * between the cost and the optimum, as a share; HiGHS and the sequences are given by how much dearer they end.
 */
import { type SequencesOutcome, type SolvedResult, sequences, solveSync, verify } from "@altaworx/optimizer"
import { type MadeProblem, makeProblem } from "../../packages/optimizer/test/make-problem.ts"
import { solveWithHighs } from "../../packages/optimizer/test/solve-with-highs.ts"

const RUNS = 3
const seconds = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 20)

const everything = { pools: 3, alone: 0.3, commPlans: 3, prorated: 0.3, sms: true, changeCost: 250_000 } as const
const fleets: readonly [name: string, made: Omit<MadeProblem, "seed">][] = [
  ["100 x 4", { sims: 100, plans: 4 }],
  ["250 x 5, 2 pools", { sims: 250, plans: 5, pools: 2 }],
  ["250 x 5, SMS", { sims: 250, plans: 5, sms: true }],
  ["500 x 5, one pool", { sims: 500, plans: 5, pools: 1 }],
  ["500 x 5, 4 communication plans", { sims: 500, plans: 5, commPlans: 4 }],
  ["500 x 5, blocks", { sims: 500, plans: 5, rounding: "block" }],
  ["500 x 5, mixed, coarse blocks", { sims: 500, plans: 5, alone: 0.5, pools: 3, rounding: "block", block: 51_200 }],
  ["500 x 5, prorated", { sims: 500, plans: 5, prorated: 0.4 }],
  ["1000 x 5", { sims: 1000, plans: 5 }],
  ["1000 x 5, limits", { sims: 1000, plans: 5, limits: true }],
  ["1000 x 15", { sims: 1000, plans: 15 }],
  ["2000 x 8", { sims: 2000, plans: 8 }],
  ["1000 x 5, change cost", { sims: 1000, plans: 5, changeCost: 250_000 }],
  ["500 x 5, everything, blocks", { ...everything, sims: 500, plans: 5, rounding: "block", block: 10_240 }],
  ["1000 x 5, everything, blocks", { ...everything, sims: 1000, plans: 5, rounding: "block", block: 10_240 }],
  ["250 x 15, blocks", { sims: 250, plans: 15, rounding: "block" }],
]

console.log("| SIMs x plans | ms | status | left | HiGHS s | status | dearer | sequences ms | dearer |")
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
for (const [name, made] of fleets) {
  const problem = makeProblem({ ...made, seed: 11 })
  const ours = time((): SolvedResult => {
    const result = solveSync(problem)
    if (result.status === "infeasible") throw new Error("The made-up fleets are feasible")
    return result
  })
  if (!verify(problem, ours.value).isValid) throw new Error(`The answer to ${name} is not valid`)
  const old = time((): SequencesOutcome => sequences(problem))
  const start = spentMs()
  const highs = await solveWithHighs(problem, seconds)
  const spent = (spentMs() - start) / 1000
  const cost = Number(ours.value.cost)
  const cells = [
    name,
    ours.ms.toFixed(0),
    ours.value.status,
    ours.value.status === "optimal" ? "0" : ours.value.gap.toExponential(1),
    spent.toFixed(1),
    highs.isProved ? "optimal" : "bounded",
    share(highs.cost, cost),
    old.ms.toFixed(0),
    // The earlier strategy does not look at limits, so its cost there is of another problem.
    made.limits ? "-" : share(Number(old.value.cost), cost),
  ]
  console.log(`| ${cells.join(" | ")} |`)
}

function share(other: number, cost: number): string {
  if (!Number.isFinite(other)) return "no answer"
  // HiGHS reckons in doubles and does not round overage.
  return Math.abs(other - cost) < 3 ? "0" : ((other - cost) / cost).toExponential(1)
}

/** Processor time of this process: what else the machine does is not counted. */
function spentMs(): number {
  return process.cpuUsage().user / 1000
}

function time<Value>(run: () => Value): { ms: number; value: Value } {
  let value = run()
  const times: number[] = []
  for (let k = 0; k < RUNS; k++) {
    const start = spentMs()
    value = run()
    times.push(spentMs() - start)
  }
  return { ms: times.sort((a, b) => a - b)[RUNS >> 1]!, value }
}
