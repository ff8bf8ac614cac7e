import { fleetOf } from "/work/main/packages/optimizer/src/fleet.ts"
import { largeFleet } from "/work/main/bench/optimizer/large-fleet.ts"
import { relaxFleet } from "/work/main/packages/optimizer/src/relax-fleet.ts"
import { assignAtPrices, totalsOf } from "/work/main/packages/optimizer/src/assign-at-prices.ts"
import { solveSync } from "@altaworx/optimizer"
const made = JSON.parse(process.argv[2]!)
const problem = largeFleet({ seed: 1, sims: 1e6, plans: 15, ...made })
const fleet = fleetOf(problem),
  { tariff } = fleet
const relaxed = relaxFleet(fleet)
const lam = relaxed.prices.pool
const place = new Int32Array(fleet.simCount)
fleet.order.forEach((s, p) => (place[s] = p))
function show(name: string, plans: Int32Array) {
  const t = totalsOf(fleet, plans)
  let slack = 0
  const parts: string[] = []
  t.netUsage.forEach((x, k) => {
    const s = (x > 0 ? tariff.poolRate[k]!.perKb * x : 0) - lam[k]! * x
    slack += s
    parts.push(`${x}:${(s / 1e3).toFixed(0)}k`)
  })
  const ex = t.cost - relaxed.choice.value
  console.log(
    name,
    "excess",
    ex.toFixed(0),
    (ex / relaxed.choice.value).toExponential(2),
    "slack",
    slack.toFixed(0),
    "regret",
    (ex - slack).toFixed(0),
    parts.join(" "),
  )
}
show("assign", assignAtPrices(fleet, relaxed))
for (const g of [1e-5, 0]) {
  const r = solveSync(problem, { targetGap: g })
  const plans = new Int32Array(fleet.simCount)
  for (let i = 0; i < plans.length; i++) plans[place[i]!] = r.assignment[i] as number
  show("solve" + g, plans)
}
console.log(
  Array.from(lam, (v, k) => v.toPrecision(4) + "/" + tariff.poolRate[k]!.perKb.toPrecision(3)).join(" "),
  JSON.stringify(Array.from(totalsOf(fleet, assignAtPrices(fleet, relaxed)).simCount)),
  JSON.stringify(problem.plans.map((p) => p.included)),
)
