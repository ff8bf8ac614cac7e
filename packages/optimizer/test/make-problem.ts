import type { CommPlan, Pool, Problem, RatePlan } from "../src/mod.ts"

/** What a made-up fleet should look like. Everything follows from `seed`. */
export interface MadeProblem {
  readonly seed: number
  readonly sims: number
  readonly plans: number
  /** How many pools the plans share; default one pool per plan. */
  readonly pools?: number
  readonly rounding?: "exact" | "block"
  /** KB in one unit of overage. */
  readonly block?: number
  /** Share of plans without a pool. */
  readonly alone?: number
  readonly commPlans?: number
  /** Share of SIMs that are active for part of the cycle. */
  readonly prorated?: number
  readonly sms?: boolean
  readonly changeCost?: number
  /** Puts a maximum or a minimum on about every other plan, met by an even spread. */
  readonly limits?: boolean
  /** Few distinct usages, so that many SIMs are interchangeable. */
  readonly coarse?: boolean
}

/** A random source of doubles in [0, 1), the same on every runtime. */
export function randomFrom(seed: number): () => number {
  let state = (seed * 2654435761 + 88675123) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A fleet with log-normal usage, a quarter of it zero, and plans that grow dearer more slowly than their allowance. */
export function makeProblem(made: MadeProblem): Problem {
  const random = randomFrom(made.seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const rounding = made.rounding ?? "exact"
  const block = made.block ?? 1024
  const overageCosts = [500_000, 100_000, 20_000]
  const plans: RatePlan[] = []
  const pools: Pool[] = []
  const poolCount = made.pools ?? made.plans
  for (let k = 0; k < poolCount; k++) {
    const overageCost = overageCosts[Math.min(2, Math.floor((3 * k) / Math.max(1, poolCount)))]!
    pools.push({ id: `pool${k}`, overageCost, overageBlock: block, overageRounding: rounding })
  }
  for (let j = 0; j < made.plans; j++) {
    // From 0.25 MB to 10 GB in even ratios, whatever the number of plans.
    const included = Math.round(256 * 40_000 ** (j / Math.max(1, made.plans - 1)))
    const monthly = Math.round((400_000 + 25 * included ** 0.85 * (0.9 + 0.2 * random())) / 10_000) * 10_000
    const isAlone = random() < (made.alone ?? 0)
    const sms = made.sms ? { smsIncluded: 10 * below(3), smsCost: 50_000 } : {}
    const terms = isAlone
      ? { pool: null, overageCost: overageCosts[below(3)]!, overageBlock: block, overageRounding: rounding }
      : { pool: `pool${j % poolCount}` }
    plans.push({ id: `P${j}`, monthly, included, ...terms, ...sms })
  }
  const commPlans: CommPlan[] = []
  for (let c = 0; c < (made.commPlans ?? 0); c++) {
    const ids = plans.filter((_, j) => j === c % made.plans || random() < 0.5).map((plan) => plan.id)
    commPlans.push({ id: `c${c}`, plans: ids })
  }
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const column = (draw: () => number): number[] => Array.from({ length: made.sims }, draw)
  const usage = column(() => {
    const volume = random() < 0.25 ? 0 : Math.floor(Math.exp(8.3 + 1.6 * normal()))
    return made.coarse ? Math.round(volume / 8192) * 8192 : volume
  })
  if (made.limits) {
    const even = made.sims / made.plans
    plans.forEach((plan, j) => {
      const draw = random()
      if (draw < 0.35) plans[j] = { ...plan, maxSims: Math.ceil(even * (1 + random())) }
      else if (draw < 0.6) plans[j] = { ...plan, minSims: Math.floor(even * random()) }
    })
  }
  return {
    version: 1,
    cycleDays: 30,
    ...(made.changeCost ? { changeCost: made.changeCost } : {}),
    plans,
    pools,
    ...(commPlans.length > 0 ? { commPlans } : {}),
    sims: {
      usage,
      ...(made.prorated ? { days: column(() => (random() < made.prorated! ? 1 + below(30) : 30)) } : {}),
      ...(made.sms ? { sms: column(() => (random() < 0.8 ? 0 : below(40))) } : {}),
      ...(commPlans.length > 0 ? { commPlan: column(() => below(commPlans.length)) } : {}),
      ...(made.changeCost ? { currentPlan: column(() => below(made.plans + 1) - 1) } : {}),
    },
  }
}
