import { fleetOf } from "/work/main/packages/optimizer/src/fleet.ts"
import { largeFleet } from "/work/main/bench/optimizer/large-fleet.ts"
import * as rf from "/work/main/packages/optimizer/src/relax-fleet.ts"
const made = JSON.parse(process.argv[2]!)
const problem = largeFleet({ seed: 1, sims: 1e6, plans: 15, ...made })
const fleet = fleetOf(problem)
for (let k = 0; k < (process.env.ONE ? 1 : 3); k++) {
  const t = performance.now()
  const r = rf.relaxFleet(fleet)
  console.log("total", (performance.now() - t).toFixed(0), r.choice.value)
}
