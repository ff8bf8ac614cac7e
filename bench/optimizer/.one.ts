import { solveSync } from "@altaworx/optimizer"
import { largeFleet } from "/work/main/bench/optimizer/large-fleet.ts"
const made = JSON.parse(process.argv[2]!)
const problem = largeFleet({ seed: 1, sims: 1e6, plans: 15, ...made })
const gap = Number(process.argv[3] ?? 1e-5)
const reps = Number(process.argv[4] ?? 3)
const dearest = Math.max(...problem.plans.map((p) => p.monthly))
for (let k = 0; k < reps; k++) {
  const t = performance.now()
  let last = t
  const log: string[] = []
  const r = solveSync(problem, {
    targetGap: gap,
    onProgress: (p) => {
      const n = performance.now()
      log.push(`${p.phase} ${(n - last).toFixed(0)}`)
      last = n
    },
  })
  const n = performance.now()
  console.log(
    (n - t).toFixed(0),
    "ms",
    log.join(" "),
    (n - last).toFixed(0),
    r.gap,
    r.status,
    ((Number(r.cost) - Number(r.lowerBound)) / dearest).toFixed(3),
  )
}
console.log(process.resourceUsage().maxRSS >> 10, "MB")
