import type { Assignment, Problem } from "../problem/problem.ts"
import { type Sorted, sortKeys } from "./sort-order.ts"
import { type Tariff, tariffOf } from "../charge/tariff.ts"

/**
 * A problem laid out for computation: SIMs in classes, each class sorted by usage.
 *
 * SIMs of one class differ only in usage: they share active days, communication plan, SMS charges and, where
 * moving costs something, the current plan. A `place` is a position in this order.
 */
export interface Fleet {
  readonly tariff: Tariff
  readonly simCount: number
  readonly classCount: number
  /** First place of each class, and one past the last: `classCount + 1` entries. */
  readonly classStart: Int32Array
  readonly classDays: Float64Array
  /** Position of the communication plan, -1 where all plans are permitted. */
  readonly classComm: Int32Array
  /** Current plan, -1 where it does not matter. */
  readonly classCurrent: Int32Array
  readonly classSms: Float64Array
  /** SIM at each place. */
  readonly order: Int32Array
  /** Usage at each place, KB. */
  readonly usage: Float64Array
  /** Sum of usage before each place, KB: `simCount + 1` entries. */
  readonly usageBefore: Float64Array
}

/** Lays out a checked problem. */
export function fleetOf(problem: Problem, tariff: Tariff = tariffOf(problem)): Fleet {
  const { usage } = problem.sims
  const simCount = usage.length
  const classes = classify(problem, tariff)
  const { order, keys, classStart } = splitByClass(sortKeys(usage), classes.of, classes.count)
  const usageBefore = new Float64Array(simCount + 1)
  for (let place = 0; place < simCount; place++) usageBefore[place + 1] = usageBefore[place]! + keys[place]!
  return {
    tariff,
    simCount,
    classCount: classes.count,
    classStart,
    ...classes.traits,
    order,
    usage: keys,
    usageBefore,
  }
}

/** An assignment by place as one by SIM. */
export function inSimOrder(fleet: Fleet, plans: Int32Array): Int32Array {
  const assignment = new Int32Array(fleet.simCount)
  for (let place = 0; place < fleet.simCount; place++) assignment[fleet.order[place]!] = plans[place]!
  return assignment
}

/** An assignment by SIM as one by place. */
export function inPlaceOrder(fleet: Fleet, assignment: Assignment): Int32Array {
  const plans = new Int32Array(fleet.simCount)
  for (let place = 0; place < fleet.simCount; place++) plans[place] = assignment[fleet.order[place]!]!
  return plans
}

interface Classes {
  readonly count: number
  /** Class of each SIM; `null` when there is only one. */
  readonly of: Int32Array | null
  readonly traits: Pick<Fleet, "classDays" | "classComm" | "classCurrent" | "classSms">
}

function classify(problem: Problem, tariff: Tariff): Classes {
  const { sims } = problem
  const days = sims.days ?? undefined
  const comm = problem.commPlans == null ? undefined : (sims.commPlan ?? undefined)
  const current = tariff.changeCost > 0 ? (sims.currentPlan ?? undefined) : undefined
  const sms = smsMatters(tariff) ? (sims.sms ?? undefined) : undefined
  const first: number[] = []
  const simCount = sims.usage.length
  const of = days || comm || current || sms ? new Int32Array(simCount) : null
  if (of === null) {
    if (simCount > 0) first.push(0)
  } else {
    const smsFloor = freeSms(tariff)
    const known = new Map<number | string, number>()
    const commBase = tariff.permitted.length + 1
    const planBase = tariff.planCount + 1
    let lastKey: number | string = -1
    let lastClass = -1
    for (let i = 0; i < simCount; i++) {
      const text = sms === undefined ? 0 : Math.max(sms[i]!, smsFloor)
      const small = ((days?.[i] ?? 0) * commBase + (comm?.[i] ?? -1) + 1) * planBase + (current?.[i] ?? -1) + 1
      const wide = small * 65536 + text
      const key = text < 65536 && wide <= Number.MAX_SAFE_INTEGER ? wide : `${small}/${text}`
      if (key !== lastKey) {
        lastKey = key
        const found = known.get(key)
        if (found === undefined) {
          known.set(key, (lastClass = first.length))
          first.push(i)
        } else {
          lastClass = found
        }
      }
      of[i] = lastClass
    }
  }
  return {
    count: first.length,
    of: first.length > 1 ? of : null,
    traits: {
      classDays: Float64Array.from(first, (i) => days?.[i] ?? tariff.cycleDays),
      classComm: Int32Array.from(first, (i) => comm?.[i] ?? -1),
      classCurrent: Int32Array.from(first, (i) => current?.[i] ?? -1),
      classSms: Float64Array.from(first, (i) => sms?.[i] ?? 0),
    },
  }
}

/** False when SMS cost the same on every plan up to a constant that is zero. */
function smsMatters(tariff: Tariff): boolean {
  return tariff.smsCost.some((cost) => cost > 0)
}

/** Up to this count SMS cost nothing on any plan, so SIMs below it share a class. */
function freeSms(tariff: Tariff): number {
  let least = Infinity
  for (let plan = 0; plan < tariff.planCount; plan++) {
    if (tariff.smsCost[plan]! > 0) least = Math.min(least, tariff.smsIncluded[plan]!)
  }
  return least
}

function splitByClass(sorted: Sorted, classOf: Int32Array | null, count: number) {
  const simCount = sorted.order.length
  const classStart = new Int32Array(count + 1)
  if (classOf === null) {
    if (count > 0) classStart[1] = simCount
    return { ...sorted, classStart }
  }
  for (let i = 0; i < simCount; i++) classStart[classOf[i]! + 1]!++
  for (let c = 0; c < count; c++) classStart[c + 1]! += classStart[c]!
  const next = classStart.slice(0, count)
  const order = new Int32Array(simCount)
  const keys = new Float64Array(simCount)
  for (let k = 0; k < simCount; k++) {
    const sim = sorted.order[k]!
    const place = next[classOf[sim]!]!++
    order[place] = sim
    keys[place] = sorted.keys[k]!
  }
  return { order, keys, classStart }
}
