import type { Problem } from "../problem/problem.ts"
import type { Conflict } from "../problem/result.ts"
import type { Tariff } from "../charge/tariff.ts"

const MOST_SIMS_NAMED = 1000

/**
 * Finds out why a problem has no assignment; empty if it has one.
 *
 * Whether every SIM finds a place under `maxSims`, and whether every `minSims` can be met, are two flow problems between
 * communication plans and rate plans. If each has a solution, so have both together.
 */
export function findConflicts({ sims, commPlans }: Problem, tariff: Tariff): readonly Conflict[] {
  const { planIds, minSims, maxSims, planCount } = tariff
  const column = commPlans == null ? null : sims.commPlan
  // SIMs of one communication plan are a group; without a column all are one.
  const permitted = column == null ? [new Uint8Array(planCount).fill(1)] : tariff.permitted
  const sizes = new Float64Array(permitted.length)
  if (column == null) sizes[0] = sims.usage.length
  else for (let sim = 0; sim < sims.usage.length; sim++) sizes[column[sim]!]!++

  const conflicts: Conflict[] = []
  const sumOf = (values: Float64Array, places: readonly number[]): number =>
    places.reduce((sum, place) => sum + values[place]!, 0)
  const add = (reason: Conflict["reason"], groups: readonly number[], plans: readonly number[]): void => {
    const members = new Set(groups)
    const named: number[] = []
    for (let sim = 0; sim < sims.usage.length && named.length < MOST_SIMS_NAMED; sim++)
      if (members.has(column?.[sim] ?? 0)) named.push(sim)
    const simCount = sumOf(sizes, groups)
    const [least, most] = [sumOf(minSims, plans), sumOf(maxSims, plans)]
    const ids = plans.toSorted((a, b) => a - b).map((plan) => planIds[plan]!)
    const [message, required, available] = {
      "no-permitted-plan": [`${simCount} SIMs may use no plan at all`, simCount, 0] as const,
      "too-few-places": [`${simCount} SIMs may use only plans that hold ${most} at most`, simCount, most] as const,
      "too-few-sims": [
        `Plans that must hold ${least} SIMs are permitted to only ${simCount}`,
        least,
        simCount,
      ] as const,
      "min-above-max": [`Plan ${ids[0]} must hold at least ${least} and at most ${most} SIMs`, least, most] as const,
    }[reason]
    conflicts.push({ reason, message, plans: ids, sims: named, simCount, required, available })
  }

  planIds.forEach((_, plan) => {
    if (minSims[plan]! > maxSims[plan]!) add("min-above-max", [], [plan])
  })
  const stranded = [...permitted.keys()].filter((group) => sizes[group]! > 0 && !permitted[group]!.includes(1))
  if (stranded.length > 0) add("no-permitted-plan", stranded, [])
  if (conflicts.length > 0) return conflicts

  const crowded = findCut(sizes, maxSims, (group, plan) => permitted[group]![plan] === 1)
  if (crowded !== null) add("too-few-places", crowded.rows, crowded.columns)
  // The same with sides exchanged: plans ask for their minimum, groups are what there is.
  const wanting = findCut(minSims, sizes, (plan, group) => permitted[group]![plan] === 1)
  if (wanting !== null) add("too-few-sims", wanting.columns, wanting.rows)
  return conflicts
}

interface Cut {
  readonly rows: readonly number[]
  readonly columns: readonly number[]
}

/** Sends what each row has to columns under their caps, by shortest ways. Returns what stands in the way, or `null`. */
function findCut(
  supply: Float64Array,
  cap: Float64Array,
  isOpen: (row: number, column: number) => boolean,
): Cut | null {
  const flow = Array.from(supply, () => new Float64Array(cap.length))
  const room = cap.slice()
  for (let start = 0; start < supply.length; start++) {
    for (let left = supply[start]!; left > 0; ) {
      const rows = [start]
      const columns: number[] = []
      // Row that reaches a column, and column from which a row could take what it has there elsewhere.
      const via = new Map<number, number>()
      const from = new Map<number, number>()
      let end = -1
      for (let at = 0; at < rows.length && end < 0; at++) {
        const row = rows[at]!
        for (let column = 0; column < cap.length && end < 0; column++) {
          if (via.has(column) || !isOpen(row, column)) continue
          via.set(column, row)
          columns.push(column)
          if (room[column]! > 0) end = column
          flow.forEach((sent, other) => {
            if (!(sent[column]! > 0) || other === start || from.has(other)) return
            from.set(other, column)
            rows.push(other)
          })
        }
      }
      if (end < 0) return { rows, columns }
      const way: [row: number, column: number, before: number | undefined][] = []
      for (let column: number | undefined = end; column !== undefined; column = from.get(via.get(column)!))
        way.push([via.get(column)!, column, from.get(via.get(column)!)])
      const amount = way.reduce(
        (least, [row, , before]) => (before === undefined ? least : Math.min(least, flow[row]![before]!)),
        Math.min(left, room[end]!),
      )
      room[end]! -= amount
      left -= amount
      for (const [row, column, before] of way) {
        flow[row]![column]! += amount
        if (before !== undefined) flow[row]![before]! -= amount
      }
    }
  }
  return null
}
