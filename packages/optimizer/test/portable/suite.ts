import {
  baseAssignment,
  bound,
  breakEven,
  explain,
  forecast,
  type Problem,
  price,
  sequences,
  solve,
  solveSync,
  verify,
  whatIfSync,
} from "../../src/mod.ts"

/**
 * The public API on problems of all sizes, everything it answers hashed: the same bytes on every runtime.
 *
 * The fleets are made with whole numbers only; `Math.log` and the like differ between engines in their last digits.
 */
export async function runSuite(): Promise<Record<string, string>> {
  const small = fleet(300, 5, "block")
  const medium = fleet(6000, 12, "exact")
  const answers: Record<string, unknown> = {}
  for (const [name, problem] of Object.entries({ small, medium })) {
    const result = await solve(problem, { workUnits: 60 })
    if (result.status === "infeasible") throw new Error("The fleets are feasible")
    answers[`${name} solve`] = result
    answers[`${name} price`] = price(problem, result.assignment)
    answers[`${name} bound`] = bound(problem, result.multipliers)
    answers[`${name} verify`] = verify(problem, result)
    answers[`${name} explain`] = explain(problem, baseAssignment(problem), result.assignment, result.multipliers)
  }
  // Every path of the solver: SIM by SIM, and in bulk, with limits that bind.
  const middling = fleet(1500, 7, "exact")
  const large = fleet(20_000, 12, "exact")
  answers["middling solve"] = solveSync(middling, { workUnits: 40 })
  const limits = large.plans.map((plan, j) => ({ ...plan, ...[{ maxSims: 2500 }, { minSims: 1200 }, {}][j % 3] }))
  answers["large solve"] = solveSync({ ...large, plans: limits }, { workUnits: 60 })
  const plans = small.plans.map((plan) => ({ ...plan, maxSims: 20 }))
  answers["infeasible"] = solveSync({ ...small, plans })
  const start = solveSync(small, { workUnits: 20 })
  if (start.status === "infeasible") throw new Error("The fleets are feasible")
  answers["whatIf"] = whatIfSync(small, { plans: { P1: { monthly: 900_000 } } }, { start, workUnits: 20 })
  answers["breakEven"] = breakEven(small)
  answers["sequences"] = sequences(small)
  answers["forecast"] = forecast({
    usage: 102_400,
    observedAt: 15 * 86_400_000,
    cycleStartsAt: 0,
    cycleEndsAt: 30 * 86_400_000,
  })
  const hashed = Object.entries(answers).map(async ([name, answer]) => [name, await hash(answer)] as const)
  return Object.fromEntries(await Promise.all(hashed))
}

async function hash(value: unknown): Promise<string> {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part))
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest).subarray(0, 12), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

function fleet(sims: number, planCount: number, overageRounding: "exact" | "block"): Problem {
  let state = sims
  const below = (limit: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % limit
  }
  const column = (draw: () => number): number[] => Array.from({ length: sims }, draw)
  return {
    cycleDays: 30,
    changeCost: 70_000,
    plans: Array.from({ length: planCount }, (_, j) => ({
      id: `P${j}`,
      monthly: 400_000 + 130_000 * j * j,
      included: 500 * (j + 1) ** 3,
      smsIncluded: 5 * (j % 3),
      smsCost: 30_000,
      ...(j % 5 === 3 ? { overageCost: 90_000, overageBlock: 1000 } : { pool: `pool${j % 4}` }),
    })),
    pools: [0, 1, 2, 3].map((k) => ({
      id: `pool${k}`,
      overageCost: 500_000 - 110_000 * k,
      overageBlock: 1024,
      overageRounding,
    })),
    commPlans: [
      { id: "all", plans: Array.from({ length: planCount }, (_, j) => `P${j}`) },
      { id: "even", plans: Array.from({ length: planCount }, (_, j) => `P${j}`).filter((_, j) => j % 2 === 0) },
    ],
    sims: {
      usage: column(() => (below(4) === 0 ? 0 : below(300) * below(300))),
      days: column(() => (below(5) === 0 ? below(31) : 30)),
      sms: column(() => (below(3) === 0 ? below(25) : 0)),
      commPlan: column(() => below(2)),
      currentPlan: column(() => below(planCount + 1) - 1),
    },
  }
}
