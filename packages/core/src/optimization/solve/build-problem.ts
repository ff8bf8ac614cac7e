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
  const members = membersOf(group, cohorts, sims)
  const own = columnsThatMatter(
    { cycleDays, plans: terms.plans },
    { usage: pick(sims.usage, members), sms: pick(sims.sms, members), days: pick(sims.days, members) },
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

/** Positions of a group's SIMs. Written as loops, as `pick`: for large fleets `from` with a function takes ten times as long. */
function membersOf(group: number, cohorts: readonly StoredCohort[], { cohort }: LoadedSims): Int32Array {
  const members = new Int32Array(cohort.length)
  const isMember = cohorts.map(({ eligibility }) => eligibility === group)
  let count = 0
  for (let sim = 0; sim < cohort.length; sim++) if (isMember[cohort[sim]!]) members[count++] = sim
  return members.slice(0, count)
}

function pick(column: ArrayLike<number>, members: Int32Array): Float64Array {
  const picked = new Float64Array(members.length)
  for (let at = 0; at < members.length; at++) picked[at] = column[members[at]!]!
  return picked
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
