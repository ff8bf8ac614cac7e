import { chooseAtPrices } from "./choose.ts"
import type { Fleet } from "./fleet.ts"
import { relaxFleet } from "./relax-fleet.ts"
import type { RelaxedFleet } from "./relaxed-fleet.ts"
import { STEPS_PER_UNIT, type WorkBudget } from "./work-budget.ts"

/** A fleet some of whose SIMs are left with one plan, and its relaxation. */
export interface SettledFleet {
  readonly fleet: Fleet
  readonly relaxed: RelaxedFleet
}

// Allowances worth less than this share of the one worth most are no lumps.
const LUMP = 0.02
// Less of a SIM than this is noise of the relaxation.
const NOISE = 1e-6
const NEARLY_WHOLE = 1e-3
// A relaxation that ends below the one it is a part of, by more than this share, has lost its way.
const ASTRAY = 1e-7

/**
 * Settles how many SIMs, and which, go on the plans that bring the most allowance, one plan after another.
 *
 * One SIM more or less on such a plan is made up for by hundreds of small moves, which the relaxation of all that is not yet
 * settled finds at once.
 */
export function* settleLumps(
  fleet: Fleet,
  relaxed: RelaxedFleet,
  budget: WorkBudget,
): Generator<void, SettledFleet, void> {
  const { poolOf, allowanceFor, cycleDays, minSims, maxSims } = fleet.tariff
  const allowance = allowanceFor(cycleDays)
  const worth = Float64Array.from(poolOf, (pool, plan) =>
    pool < 0 ? 0 : allowance[plan]! * relaxed.prices.pool[pool]!,
  )
  const most = worth.reduce((a, b) => Math.max(a, b), 0)
  const lumps = Array.from(worth.keys()).filter((plan) => worth[plan]! > LUMP * most)
  lumps.sort((a, b) => worth[b]! - worth[a]! || a - b)
  let now: SettledFleet = { fleet, relaxed }
  while (!budget.isSpent()) {
    const counts = countsOf(now)
    const plan = lumps.find((lump) => counts[lump]! > NOISE)
    if (plan === undefined) break
    lumps.splice(lumps.indexOf(plan), 1)
    const count = counts[plan]!
    const runs = runsOf(now, plan)
    const sides: SettledFleet[] = []
    for (const whole of new Set([Math.floor(count + NEARLY_WHOLE), Math.ceil(count - NEARLY_WHOLE)])) {
      if (whole < minSims[plan]! || whole > maxSims[plan]!) continue
      const side = settle(now.fleet, plan, runs, whole)
      const relaxing = relaxFleet(side, budget.look)
      let step = relaxing.next()
      for (; !step.done; step = relaxing.next()) {
        budget.spend(STEPS_PER_UNIT / 4)
        yield
      }
      sides.push({ fleet: side, relaxed: step.value })
    }
    const value = (side: SettledFleet): number => side.relaxed.choice.value
    const floor = value(now) * (1 - ASTRAY)
    sides.sort((a, b) => Number(value(a) < floor) - Number(value(b) < floor) || value(a) - value(b))
    now = sides[0] ?? now
  }
  return now
}

/** Neighbouring places, and how much of each of their SIMs is on a plan. */
interface Run {
  readonly from: number
  readonly to: number
  readonly share: number
}

/** How many SIMs the relaxation puts on each plan. */
function countsOf({ fleet, relaxed }: SettledFleet): Float64Array {
  const count = new Float64Array(fleet.tariff.planCount)
  for (const plan of chosenBeside(fleet, relaxed)) if (plan >= 0) count[plan]!++
  for (const { plans, amounts } of relaxed.splits) plans.forEach((plan, k) => (count[plan]! += amounts[k]!))
  return count
}

/** Where the relaxation puts SIMs on a plan, most of a SIM first. */
function runsOf({ fleet, relaxed }: SettledFleet, plan: number): readonly Run[] {
  const plans = chosenBeside(fleet, relaxed)
  const runs: Run[] = []
  for (const { from, to, plans: given, amounts } of relaxed.splits) {
    const share = (amounts[given.indexOf(plan)] ?? 0) / (to - from)
    if (share > NOISE) runs.push({ from, to, share })
  }
  for (let from = 0; from < plans.length; ) {
    let to = from + 1
    while (to < plans.length && plans[to] === plans[from]) to++
    if (plans[from] === plan) runs.push({ from, to, share: 1 })
    from = to
  }
  return runs.sort((a, b) => b.share - a.share || b.from - a.from)
}

/** Plan at each place, -1 in runs that are split. */
function chosenBeside(fleet: Fleet, { splitPrices, splits }: RelaxedFleet): Int32Array {
  const plans = new Int32Array(fleet.simCount)
  chooseAtPrices(fleet, splitPrices, plans)
  for (const { from, to } of splits) plans.fill(-1, from, to)
  return plans
}

/** The same fleet with the plan for `count` SIMs of the runs and for nobody else, where they have another. */
function settle(fleet: Fleet, plan: number, runs: readonly Run[], count: number): Fleet {
  const { tariff, simCount, classStart, classComm } = fleet
  const isOnPlan = new Uint8Array(simCount)
  let left = count
  for (const { from, to } of runs) {
    isOnPlan.fill(1, Math.max(from, to - left), to)
    left -= Math.min(left, to - from)
  }
  const permitted = tariff.permitted.slice()
  const all = new Uint8Array(tariff.planCount).fill(1)
  const only = permitted.push(all.map((_, other) => Number(other === plan))) - 1
  const others = new Map<number, number>()
  const without = (comm: number): number => {
    let known = others.get(comm)
    if (known === undefined) {
      const flags = (comm < 0 ? all : permitted[comm]!).slice()
      flags[plan] = 0
      known = flags.includes(1) ? permitted.push(flags) - 1 : comm
      others.set(comm, known)
    }
    return known
  }
  const order = new Int32Array(simCount)
  const usage = new Float64Array(simCount)
  const usageBefore = new Float64Array(simCount + 1)
  const classes: { start: number; comm: number; origin: number }[] = []
  let next = 0
  for (let index = 0; index < fleet.classCount; index++) {
    for (const chosen of [0, 1]) {
      const start = next
      for (let place = classStart[index]!; place < classStart[index + 1]!; place++) {
        if (isOnPlan[place] !== chosen) continue
        order[next] = fleet.order[place]!
        usage[next] = fleet.usage[place]!
        usageBefore[next + 1] = usageBefore[next]! + usage[next]!
        next++
      }
      if (next > start) classes.push({ start, comm: chosen ? only : without(classComm[index]!), origin: index })
    }
  }
  return {
    tariff: { ...tariff, permitted },
    simCount,
    classCount: classes.length,
    classStart: Int32Array.from([...classes.map(({ start }) => start), simCount]),
    classDays: Float64Array.from(classes, ({ origin }) => fleet.classDays[origin]!),
    classComm: Int32Array.from(classes, ({ comm }) => comm),
    classCurrent: Int32Array.from(classes, ({ origin }) => fleet.classCurrent[origin]!),
    classSms: Float64Array.from(classes, ({ origin }) => fleet.classSms[origin]!),
    order,
    usage,
    usageBefore,
  }
}
