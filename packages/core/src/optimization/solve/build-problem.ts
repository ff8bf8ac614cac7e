import type { Problem } from "@altaworx/optimizer"
import type { ProblemDefinition } from "../group/joint-problems.ts"
import { groupTerms } from "../group/plan-sequences.ts"
import type { StoredCohort } from "../load/cohort-statements.ts"
import type { LoadedSims } from "../load/load-sims.ts"
import type { ProblemInUse } from "./solve-problem.ts"

/** A problem with all its SIMs. */
export function jointProblem(
  definition: ProblemDefinition,
  cohorts: readonly StoredCohort[],
  sims: LoadedSims,
): ProblemInUse {
  const { version, cycleDays, plans, pools, commPlans } = definition
  const positions = new Map(plans.map(({ id }, at) => [id, at]))
  const eligibility = cohorts.map((cohort) => cohort.eligibility ?? 0)
  const current = cohorts.map(({ ratePlan }) => positions.get(ratePlan ?? "") ?? -1)
  return {
    ...(version !== undefined && { version }),
    cycleDays,
    plans,
    pools,
    commPlans,
    sims: {
      ...columnsThatMatter({ cycleDays, plans }, sims),
      commPlan: sims.cohort.map((at) => eligibility[at] as number),
      currentPlan: sims.cohort.map((at) => current[at] as number),
    },
  }
}

/** One group of a problem alone, as the sequences strategy looks at it. `members` are positions of its SIMs in `sims`. */
export function groupProblem(
  definition: ProblemDefinition,
  group: number,
  cohorts: readonly StoredCohort[],
  sims: LoadedSims,
): { readonly problem: Problem; readonly members: Int32Array } {
  const { cycleDays, groups } = definition
  const terms = groupTerms(definition, group)
  const names = groups[group]?.communicationPlans ?? []
  const members = Int32Array.from(
    [...sims.cohort.keys()].filter((at) => cohorts[sims.cohort[at] as number]?.eligibility === group),
  )
  const pick = (column: ArrayLike<number>) => Float64Array.from(members, (at) => column[at] as number)
  const own = columnsThatMatter(
    { cycleDays, plans: terms.plans },
    { usage: pick(sims.usage), sms: pick(sims.sms), days: pick(sims.days) },
  )
  const commPlanOf = cohorts.map(({ communicationPlan }) => Math.max(0, names.indexOf(communicationPlan ?? "")))
  return {
    members,
    problem: {
      version: 1,
      cycleDays,
      ...terms,
      commPlans: names.map((id) => ({ id, plans: terms.plans.map((plan) => plan.id) })),
      sims: { ...own, commPlan: members.map((at) => commPlanOf[sims.cohort[at] as number] as number) },
    },
  }
}

/** SMS and days split the fleet into more classes of alike SIMs, so they are left out where they change nothing. */
function columnsThatMatter(
  { cycleDays, plans }: Pick<Problem, "cycleDays" | "plans">,
  { usage, sms, days }: Pick<Problem["sims"], "usage"> & { sms: ArrayLike<number>; days: ArrayLike<number> },
): Pick<Problem["sims"], "usage" | "sms" | "days"> {
  const chargesSms = plans.some(({ smsCost }) => (smsCost ?? 0) > 0)
  const prorates = Array.prototype.some.call(days, (active: number) => active !== cycleDays)
  return { usage, ...(chargesSms && { sms }), ...(prorates && { days }) }
}
