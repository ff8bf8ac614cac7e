import { fleetOf, type Fleet } from "/work/main/packages/optimizer/src/fleet.ts"
import { largeFleet } from "/work/main/bench/optimizer/large-fleet.ts"
import { relaxFleet } from "/work/main/packages/optimizer/src/relax-fleet.ts"
import { loadClassCharge, newClassCharge } from "/work/main/packages/optimizer/src/class-charge.ts"
import { drawEnvelope, newEnvelope, placeAfter } from "/work/main/packages/optimizer/src/envelope.ts"
import { factorize, solveFactorized } from "/work/main/packages/optimizer/src/cholesky.ts"
const made = JSON.parse(process.argv[2]!)
const problem = largeFleet({ seed: 1, sims: 1e6, plans: 15, ...made })
const fleet = fleetOf(problem)
const t0 = performance.now()
const full = relaxFleet(fleet)
const t1 = performance.now()
const { tariff } = fleet
const K = tariff.poolCount
const charge = newClassCharge(tariff.planCount),
  env = newEnvelope(tariff.planCount)
let evals = 0
function evaluate(lambda: Float64Array, X: Float64Array, H: Float64Array | null, m: number): number {
  evals++
  const prices = { pool: lambda, max: new Float64Array(tariff.planCount), min: new Float64Array(tariff.planCount) }
  X.fill(0)
  H?.fill(0)
  let value = 0
  for (let c = 0; c < fleet.classCount; c++) {
    const first = fleet.classStart[c]!,
      end = fleet.classStart[c + 1]!
    loadClassCharge(fleet, c, charge)
    drawEnvelope(tariff, charge, prices, fleet.usage[first]!, env)
    let from = first
    const win = Math.max(2, Math.round(m * (end - first)))
    for (let p = 0; p < env.count; p++) {
      const to = p === env.count - 1 ? end : placeAfter(fleet.usage, env.until[p]!, from, end)
      const vol = fleet.usageBefore[to]! - fleet.usageBefore[from]!
      const plan = env.plan[p]!,
        pool = tariff.poolOf[plan]!
      value += (to - from) * env.intercept[p]! + env.slope[p]! * vol
      X[pool]! += vol - (to - from) * charge.allowance[plan]!
      if (H !== null && p < env.count - 1) {
        const b = env.until[p]!
        const lo = Math.max(first, to - win),
          hi = Math.min(end - 1, to + win)
        const spanLo = Math.min(fleet.usage[lo]!, b),
          spanHi = Math.max(fleet.usage[hi]!, b)
        const density = (hi - lo) / Math.max(1, spanHi - spanLo)
        const q = env.plan[p + 1]!,
          pq = tariff.poolOf[q]!
        const w = density / (env.slope[p]! - env.slope[p + 1]!)
        const vi = b - charge.allowance[plan]!,
          vj = -(b - charge.allowance[q]!)
        H[pool * K + pool]! += w * vi * vi
        H[pq * K + pq]! += w * vj * vj
        H[pool * K + pq]! += w * vi * vj
        H[pq * K + pool]! += w * vi * vj
      }
      from = to
    }
  }
  return value
}
const rho = tariff.poolRate.map((r) => r.perKb)
function gapAt(l: Float64Array, X: Float64Array) {
  let g = 0
  for (let k = 0; k < K; k++) g += (X[k]! > 0 ? rho[k]! * X[k]! : 0) - l[k]! * X[k]!
  return g
}
export function newton(start: Float64Array) {
  let l = start.slice(),
    X = new Float64Array(K)
  const H = new Float64Array(K * K)
  let m = 0.01,
    tau = 1e-3
  let value = evaluate(l, X, H, m)
  for (let it = 0; it < 60; it++) {
    const free: number[] = []
    for (let k = 0; k < K; k++) if (!(l[k]! <= 0 && X[k]! < 0) && !(l[k]! >= rho[k]! && X[k]! > 0)) free.push(k)
    const n = free.length
    const A = new Float64Array(n * n),
      d = new Float64Array(n)
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < a; b++) A[a * n + b] = H[free[a]! * K + free[b]!]!
      const k = free[a]!
      const s = Math.max(l[k]!, rho[k]! * 1e-6)
      // damping: curvature scale + gradient scale over price
      A[a * n + a] = H[k * K + k]! * (1 + tau) + (tau * Math.abs(X[k]!)) / s + (1e-12 * value) / (s * s)
      d[a] = X[k]!
    }
    factorize(A, n)
    solveFactorized(A, n, d)
    const t = l.slice()
    for (let a = 0; a < n; a++) {
      const k = free[a]!
      t[k] = Math.min(rho[k]!, Math.max(l[k]! / 8, l[k]! + d[a]!, 0))
      if (l[k]! + d[a]! < l[k]! / 8) t[k] = l[k]! < rho[k]! * 1e-6 ? 0 : l[k]! / 8
      else if (l[k]! + d[a]! > Math.max(8 * l[k]!, rho[k]! * 1e-5))
        t[k] = Math.min(rho[k]!, Math.max(8 * l[k]!, rho[k]! * 1e-5))
    }
    let predicted = 0
    for (let k = 0; k < K; k++) predicted += X[k]! * (t[k]! - l[k]!)
    for (let a = 0; a < n; a++)
      for (let b = 0; b < n; b++)
        predicted -= 0.5 * H[free[a]! * K + free[b]!]! * (t[free[a]!]! - l[free[a]!]!) * (t[free[b]!]! - l[free[b]!]!)
    const X2 = new Float64Array(K)
    const v2 = evaluate(t, X2, null, m)
    const gain = v2 - value
    console.log(
      it,
      "L",
      value.toPrecision(14),
      "gap",
      (gapAt(l, X) / value).toExponential(2),
      "tau",
      tau.toExponential(1),
      "m",
      m.toExponential(1),
      "pred",
      (predicted / value).toExponential(1),
      "gain",
      (gain / value).toExponential(1),
      "short",
      ((full.choice.value - value) / value).toExponential(2),
      n,
    )
    if (gain > 0) {
      const ratio = gain / predicted
      l = t
      X = X2
      value = v2
      if (ratio > 0.7) tau = Math.max(1e-9, tau / 8)
      else if (ratio < 0.25) tau *= 4
    } else {
      tau = Math.max(tau * 8, 1e-6)
    }
    m = Math.max(2e-6, Math.min(0.01, m * (gain > 0 ? 0.5 : 0.7)))
    evaluate(l, X, H, m)
    if (gapAt(l, X) / value < 1e-8) break
  }
  return { l, value, X }
}
const start = new Float64Array(K)
const mode = process.argv[3] ?? "perturb"
if (mode === "perturb") {
  let s = 1
  for (let k = 0; k < K; k++) {
    s = (s * 16807) % 2147483647
    start[k] = Math.min(rho[k]!, full.prices.pool[k]! * (1 + 0.02 * ((2 * s) / 2147483647 - 1)))
  }
} else {
  // hull slopes
  for (let k = 0; k < K; k++) {
    const plans = problem.plans.map((p, j) => j).filter((j) => tariff.poolOf[j] === k)
    const s = plans.map((j) => problem.plans[j]!.monthly / Math.max(1, problem.plans[j]!.included))
    start[k] = Math.min(rho[k]!, Math.min(...s))
  }
}
evals = 0
const t2 = performance.now()
const out = newton(start)
console.log(
  "relax",
  (t1 - t0).toFixed(0),
  "newton",
  (performance.now() - t2).toFixed(1),
  "evals",
  evals,
  "classes",
  fleet.classCount,
)
console.log("full", full.choice.value, "newton", out.value)
const best = full.prices.pool
console.log(
  Array.from(out.l, (v, k) => `${v.toPrecision(4)}/${best[k]!.toPrecision(4)}/${rho[k]!.toPrecision(3)}`).join(" "),
)
