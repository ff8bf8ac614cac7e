import type { CommPlan, Pool, Problem, RatePlan } from "@altaworx/optimizer"
import type { CommunicationPlan } from "../../domain/mod.ts"
import type { UsableRatePlans } from "../load/usable-rate-plans.ts"
import type { ExclusionReason } from "../session/session.ts"

/** SIMs that are alike before usage is looked at. */
export interface Cohort {
  readonly communicationPlan: string | null
  readonly ratePlan: string | null
  readonly isBillable: boolean
  readonly deviceCount: number
}

/** Communication plans that permit the same rate plans, in whatever order they list them. */
export interface CommunicationPlanGroup {
  readonly communicationPlans: readonly string[]
  readonly ratePlans: readonly string[]
}

/** Groups that share pools, with the optimizer's problem document but for its SIMs. */
export interface ProblemDefinition extends Omit<Problem, "sims"> {
  readonly groups: readonly CommunicationPlanGroup[]
  /** Which of the provider's integration authentications its SIMs are seen through, where it holds several. */
  readonly integrationAuthenticationId?: string
  readonly plans: readonly RatePlan[]
  readonly pools: readonly Pool[]
  /** One for each group, in their order; then one for each rate plan on which SIMs stay that its pool is billed with. */
  readonly commPlans: readonly CommPlan[]
  /** Part of a plan's monthly price that is the rate charge, by its id; nothing where it is left out. */
  readonly rateCharges?: Readonly<Record<string, number>>
}

/** Where a cohort's SIMs are priced, and whether they may move. */
export interface Placement {
  readonly problem: number | null
  /** Position in the problem's `commPlans`. */
  readonly eligibility: number | null
  readonly exclusion: ExclusionReason | null
}

export interface JointProblems {
  readonly problems: readonly ProblemDefinition[]
  /** One for each cohort, in their order. */
  readonly placements: readonly Placement[]
  readonly groupCount: number
}

/**
 * Groups communication plans by what they permit, and joins groups that share a pool: a carrier bills a pool once,
 * whoever uses it, so only the joined problem has the right optimum.
 *
 * SIMs that may not move but use a pool of a problem are part of it, with their own plan as the only permitted one.
 */
export function jointProblems(
  cohorts: readonly Cohort[],
  communicationPlans: readonly Pick<CommunicationPlan, "name" | "permittedRatePlans">[],
  usable: UsableRatePlans,
  cycleDays: number,
): JointProblems {
  const groups = groupByPermittedPlans(cohorts, communicationPlans, usable)
  const groupOf = new Map(
    [...groups].flatMap(([key, group]) => group.communicationPlans.map((name) => [name, key] as const)),
  )
  const exclusions = cohorts.map((cohort) => exclusionOf(cohort, communicationPlans, groupOf, usable))
  const poolOf = (ratePlan: string | null) => usable.plans.get(ratePlan ?? "")?.pool ?? null

  const component = components()
  for (const [key, group] of groups) {
    component.join(key, key)
    for (const plan of group.ratePlans) if (poolOf(plan) !== null) component.join(key, poolNode(poolOf(plan)))
  }
  // A SIM that leaves a pool changes what the others in it pay, so its group belongs to that pool as well.
  cohorts.forEach(({ communicationPlan, ratePlan }, at) => {
    if (exclusions[at] === null && poolOf(ratePlan) !== null) {
      component.join(groupOf.get(communicationPlan ?? "") as string, poolNode(poolOf(ratePlan)))
    }
  })

  const keys = [...groups.keys()]
  const roots = [...new Set(keys.map((key) => component.of(key)))]
  const problemOf = (node: string) => roots.indexOf(component.of(node))
  const staying = (problem: number) => [
    ...new Set(
      cohorts
        .filter((cohort, at) => staysInPool(exclusions[at]) && poolNode(poolOf(cohort.ratePlan)) !== "")
        .filter(({ ratePlan }) => problemOf(poolNode(poolOf(ratePlan))) === problem)
        .map(({ ratePlan }) => ratePlan as string),
    ),
  ]

  const drafts = roots.map((root, problem) => ({
    keys: keys.filter((key) => component.of(key) === root),
    staying: staying(problem).toSorted(),
  }))
  const placements = cohorts.map((cohort, at): Placement => {
    const exclusion = exclusions[at] ?? null
    if (exclusion === null) {
      const key = groupOf.get(cohort.communicationPlan ?? "") as string
      const problem = problemOf(key)
      return { problem, eligibility: drafts[problem]?.keys.indexOf(key) ?? null, exclusion }
    }
    const pool = poolNode(poolOf(cohort.ratePlan))
    const problem = staysInPool(exclusion) && pool !== "" ? problemOf(pool) : -1
    const draft = drafts[problem]
    if (draft === undefined) return { problem: null, eligibility: null, exclusion }
    return { problem, eligibility: draft.keys.length + draft.staying.indexOf(cohort.ratePlan as string), exclusion }
  })

  const problems = drafts.map((draft, problem) => {
    const own = draft.keys.map((key) => groups.get(key) as CommunicationPlanGroup)
    const current = cohorts.filter((_, at) => placements[at]?.problem === problem).map(({ ratePlan }) => ratePlan ?? "")
    const names = [...new Set([...own.flatMap(({ ratePlans }) => ratePlans), ...current])].toSorted()
    const plans = names.map((name) => usable.plans.get(name) as RatePlan)
    const pools = [...new Set(plans.map(({ pool }) => pool).filter((pool) => typeof pool === "string"))].toSorted()
    return {
      version: 1,
      cycleDays,
      groups: own,
      plans,
      pools: pools.map((pool) => usable.pools.get(pool) as Pool),
      commPlans: [
        ...own.map(({ ratePlans }, at) => ({ id: `group ${at + 1}`, plans: ratePlans })),
        ...draft.staying.map((name) => ({ id: `stays on ${name}`, plans: [name] })),
      ],
      rateCharges: Object.fromEntries(
        names.map((name) => [name, usable.rateCharges.get(name) ?? 0] as const).filter(([, charge]) => charge > 0),
      ),
    } as const
  })
  return { problems, placements, groupCount: groups.size }
}

/** Groups that have SIMs, in the order of their first communication plan, by the plans they permit. */
function groupByPermittedPlans(
  cohorts: readonly Cohort[],
  communicationPlans: readonly Pick<CommunicationPlan, "name" | "permittedRatePlans">[],
  usable: UsableRatePlans,
): ReadonlyMap<string, CommunicationPlanGroup> {
  const inUse = new Set(
    cohorts.filter((cohort) => ownExclusion(cohort, usable) === null).map((c) => c.communicationPlan),
  )
  const groups = new Map<string, CommunicationPlanGroup>()
  for (const { name, permittedRatePlans } of communicationPlans.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const ratePlans = [...new Set(permittedRatePlans)].filter((plan) => usable.plans.has(plan)).toSorted()
    if (ratePlans.length === 0 || !inUse.has(name)) continue
    const key = `group:${JSON.stringify(ratePlans)}`
    const communicationPlansSoFar = groups.get(key)?.communicationPlans ?? []
    groups.set(key, { communicationPlans: [...communicationPlansSoFar, name], ratePlans })
  }
  return groups
}

/** What rules a cohort out whatever its communication plan permits. */
function ownExclusion({ isBillable, ratePlan }: Cohort, usable: UsableRatePlans): ExclusionReason | null {
  if (!isBillable) return "not_billable"
  if (ratePlan === null) return "no_rate_plan"
  return usable.plans.has(ratePlan) ? null : "rate_plan_unpriced"
}

function exclusionOf(
  cohort: Cohort,
  communicationPlans: readonly Pick<CommunicationPlan, "name" | "permittedRatePlans">[],
  groupOf: ReadonlyMap<string, string>,
  usable: UsableRatePlans,
): ExclusionReason | null {
  const own = ownExclusion(cohort, usable)
  if (own !== null) return own
  if (cohort.communicationPlan === null) return "no_communication_plan"
  if (groupOf.has(cohort.communicationPlan)) return null
  const plan = communicationPlans.find(({ name }) => name === cohort.communicationPlan)
  return plan === undefined || plan.permittedRatePlans.length === 0
    ? "no_permitted_rate_plans"
    : "permitted_rate_plans_unpriced"
}

/** Whether SIMs that may not move are billed, and so count in the pool of their plan. */
function staysInPool(exclusion: ExclusionReason | null | undefined): boolean {
  return (
    exclusion === "no_communication_plan" ||
    exclusion === "no_permitted_rate_plans" ||
    exclusion === "permitted_rate_plans_unpriced"
  )
}

function poolNode(pool: string | null): string {
  return pool === null ? "" : `pool:${pool}`
}

/** Sets of nodes that were joined, each named by the node joined first. */
function components(): { join(a: string, b: string): void; of(node: string): string } {
  const parent = new Map<string, string>()
  const of = (node: string): string => {
    const up = parent.get(node)
    if (up === undefined || up === node) return node
    const root = of(up)
    parent.set(node, root)
    return root
  }
  return {
    of,
    join(a, b) {
      parent.set(of(b), of(a))
    },
  }
}
