import type { Problem } from "./problem.ts"
import type { Conflict } from "./result.ts"
import type { Tariff } from "./tariff.ts"

const MOST_SIMS_NAMED = 1000

/**
 * Finds out why a problem has no assignment; empty if it has one.
 *
 * Whether every SIM finds a place under `maxSims`, and whether every `minSims` can be met, are two flow problems between
 * communication plans and rate plans. If each has a solution, so have both together.
 */
export function findConflicts(problem: Problem, tariff: Tariff): readonly Conflict[] {
  const { planIds, minSims, maxSims, planCount } = tariff
  const column = problem.commPlans == null ? null : (problem.sims.commPlan ?? null)
  const groups = groupsOf(problem, tariff, column)
  const conflicts: Conflict[] = []
  const sims = (members: ReadonlySet<number>): { sims: number[]; simCount: number } => {
    const named: number[] = []
    let simCount = 0
    for (let i = 0; i < problem.sims.usage.length; i++) {
      if (!members.has(column === null ? 0 : column[i]!)) continue
      simCount++
      if (named.length < MOST_SIMS_NAMED) named.push(i)
    }
    return { sims: named, simCount }
  }

  for (let plan = 0; plan < planCount; plan++) {
    if (minSims[plan]! <= maxSims[plan]!) continue
    conflicts.push({
      reason: "min-above-max",
      message: `Plan ${planIds[plan]} must hold at least ${minSims[plan]} and at most ${maxSims[plan]} SIMs`,
      plans: [planIds[plan]!],
      sims: [],
      simCount: 0,
      required: minSims[plan]!,
      available: maxSims[plan]!,
    })
  }
  const stranded = new Set(
    groups.filter((group) => group.size > 0 && !group.permitted.includes(1)).map(({ comm }) => comm),
  )
  if (stranded.size > 0) {
    const found = sims(stranded)
    conflicts.push({
      reason: "no-permitted-plan",
      message: `${found.simCount} SIMs may use no plan at all`,
      plans: [],
      ...found,
      required: found.simCount,
      available: 0,
    })
  }
  if (conflicts.length > 0) return conflicts

  const crowded = saturate(groups, (plan) => maxSims[plan]!, planCount)
  if (crowded !== null) {
    const found = sims(new Set(crowded.groups.map((g) => groups[g]!.comm)))
    const available = crowded.plans.reduce((sum, plan) => sum + maxSims[plan]!, 0)
    conflicts.push({
      reason: "too-few-places",
      message: `${found.simCount} SIMs may use only plans that hold ${available} at most`,
      plans: crowded.plans.toSorted((a, b) => a - b).map((plan) => planIds[plan]!),
      ...found,
      required: found.simCount,
      available,
    })
  }
  const wanting = starve(groups, minSims, planCount)
  if (wanting !== null) {
    const found = sims(new Set(wanting.groups.map((g) => groups[g]!.comm)))
    const required = wanting.plans.reduce((sum, plan) => sum + minSims[plan]!, 0)
    conflicts.push({
      reason: "too-few-sims",
      message: `Plans that must hold ${required} SIMs are permitted to only ${found.simCount}`,
      plans: wanting.plans.toSorted((a, b) => a - b).map((plan) => planIds[plan]!),
      ...found,
      required,
      available: found.simCount,
    })
  }
  return conflicts
}

interface Group {
  /** Value in the column; 0 if there is no column. */
  readonly comm: number
  readonly size: number
  readonly permitted: Uint8Array
}

function groupsOf(problem: Problem, tariff: Tariff, column: ArrayLike<number> | null): readonly Group[] {
  const count = problem.sims.usage.length
  if (column === null) return [{ comm: 0, size: count, permitted: new Uint8Array(tariff.planCount).fill(1) }]
  const sizes = new Float64Array(tariff.permitted.length)
  for (let i = 0; i < count; i++) sizes[column[i]!]!++
  return tariff.permitted.map((permitted, comm) => ({ comm, size: sizes[comm]!, permitted }))
}

interface Cut {
  /** Positions of groups. */
  readonly groups: readonly number[]
  readonly plans: readonly number[]
}

/** Sends every group's SIMs to plans under their caps. Returns the groups and plans that stand in the way, or `null`. */
function saturate(groups: readonly Group[], cap: (plan: number) => number, planCount: number): Cut | null {
  const flow = groups.map(() => new Float64Array(planCount))
  const load = new Float64Array(planCount)
  for (let g = 0; g < groups.length; g++) {
    let left = groups[g]!.size
    while (left > 0) {
      const path = freePlan(groups, flow, load, cap, planCount, g)
      if (path.end < 0) return { groups: path.groups, plans: path.plans }
      let amount = Math.min(left, cap(path.end) - load[path.end]!)
      for (let plan = path.end; path.via[plan]! >= 0; plan = path.from[plan]!) {
        amount = Math.min(amount, flow[path.via[plan]!]![path.from[plan]!]!)
      }
      load[path.end]! += amount
      let plan = path.end
      for (; path.via[plan]! >= 0; plan = path.from[plan]!) {
        flow[path.via[plan]!]![plan]! += amount
        flow[path.via[plan]!]![path.from[plan]!]! -= amount
      }
      flow[g]![plan]! += amount
      left -= amount
    }
  }
  return null
}

/** Breadth-first from a group to a plan with room, through groups that could move from one plan to another. */
function freePlan(
  groups: readonly Group[],
  flow: readonly Float64Array[],
  load: Float64Array,
  cap: (plan: number) => number,
  planCount: number,
  start: number,
): { end: number; from: Int32Array; via: Int32Array; groups: number[]; plans: number[] } {
  const from = new Int32Array(planCount).fill(-1)
  // Group that would move into the plan; -1 for the starting group itself, -2 for plans not reached.
  const via = new Int32Array(planCount).fill(-2)
  const reached: number[] = []
  const visited = new Set([start])
  for (let plan = 0; plan < planCount; plan++) {
    if (groups[start]!.permitted[plan] === 0) continue
    via[plan] = -1
    reached.push(plan)
  }
  for (let at = 0; at < reached.length; at++) {
    const plan = reached[at]!
    if (load[plan]! < cap(plan)) return { end: plan, from, via, groups: [...visited], plans: reached }
    for (let g = 0; g < groups.length; g++) {
      if (!(flow[g]![plan]! > 0) || visited.has(g)) continue
      visited.add(g)
      for (let other = 0; other < planCount; other++) {
        if (groups[g]!.permitted[other] === 0 || via[other] !== -2) continue
        via[other] = g
        from[other] = plan
        reached.push(other)
      }
    }
  }
  return { end: -1, from, via, groups: [...visited], plans: reached }
}

/** The same with sides exchanged: plans ask for their minimum, groups are the caps. */
function starve(groups: readonly Group[], minSims: Float64Array, planCount: number): Cut | null {
  const asking: Group[] = Array.from({ length: planCount }, (_, plan) => ({
    comm: plan,
    size: minSims[plan]!,
    permitted: Uint8Array.from(groups, (group) => group.permitted[plan]!),
  }))
  const cut = saturate(asking, (g) => groups[g]!.size, groups.length)
  return cut === null ? null : { groups: cut.plans, plans: cut.groups.filter((plan) => minSims[plan]! > 0) }
}
