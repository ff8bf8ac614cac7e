import type { Market } from "../load/fleet.ts"
import type { DroppedRatePlan } from "../load/usable-rate-plans.ts"
import {
  type Cohort,
  type JointProblems,
  jointProblems,
  type Placement,
  type ProblemDefinition,
} from "./joint-problems.ts"

/** Splits each market into its problems, and numbers them through. */
export function marketProblems(
  cohorts: readonly (Cohort & { readonly market: string })[],
  markets: readonly Market[],
  cycleDays: number,
): JointProblems & { readonly dropped: readonly DroppedRatePlan[] } {
  const problems: ProblemDefinition[] = []
  const placements: Placement[] = cohorts.map(() => ({ problem: null, eligibility: null, exclusion: null }))
  const dropped = new Map<string, DroppedRatePlan>()
  let groupCount = 0
  for (const { name, usable, communicationPlans, integrationAuthenticationId: account } of markets) {
    const members = [...cohorts.keys()].filter((at) => cohorts[at]?.market === name)
    for (const one of usable.dropped) dropped.set(JSON.stringify(one), one)
    const own = members.map((at) => cohorts[at] as Cohort)
    const split = jointProblems(own, communicationPlans, usable, cycleDays)
    members.forEach((at, k) => {
      const placement = split.placements[k] as Placement
      const problem = placement.problem === null ? null : placement.problem + problems.length
      placements[at] = { ...placement, problem }
    })
    problems.push(
      ...split.problems.map((problem) => ({
        ...problem,
        ...(account !== undefined && { integrationAuthenticationId: account }),
      })),
    )
    groupCount += split.groupCount
  }
  return { problems, placements, groupCount, dropped: [...dropped.values()] }
}
