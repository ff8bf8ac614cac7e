import type { Platform } from "../../store/mod.ts"
import type { StoredCohort } from "../load/cohort-statements.ts"
import { eachChunk, eachPage, loadSims } from "../load/load-sims.ts"
import type { OptimizationProblem } from "../session/read-session.ts"
import type { SessionKey } from "../session/statements.ts"
import { jointProblem } from "../solve/build-problem.ts"
import type { ProblemInUse } from "../solve/solve-problem.ts"

/** A solved problem of a session with all its SIMs, and where the session puts them. */
export interface LoadedAnswer {
  readonly problem: ProblemInUse
  readonly assignment: Int32Array
}

/** @param cohorts All of the session. */
export async function loadAnswer(
  core: Platform,
  key: SessionKey,
  { definition, position }: OptimizationProblem,
  cohorts: readonly StoredCohort[],
  signal?: AbortSignal,
): Promise<LoadedAnswer> {
  const own = cohorts.filter(({ problem }) => problem === position)
  const problem = jointProblem(definition, own, await loadSims(core, key, own, signal))
  const positions = new Map(definition.plans.map(({ id }, at) => [id, at]))
  const assignment = Int32Array.from(problem.sims.currentPlan)
  let at = 0
  for await (const { page } of eachPage(core, key, own)) {
    for (const { toRatePlan } of page) {
      if (toRatePlan !== null) assignment[at] = positions.get(toRatePlan) ?? -1
      at++
    }
  }
  return { problem, assignment }
}

/** What the carrier calls the SIMs of a problem, in their order. */
export async function carrierDeviceIdsOf(
  core: Platform,
  key: SessionKey,
  problem: number,
  cohorts: readonly StoredCohort[],
): Promise<readonly string[]> {
  const ids: string[] = []
  const own = cohorts.filter((cohort) => cohort.problem === problem)
  for await (const { sims } of eachChunk(core, key, own)) for (const id of sims.carrierDeviceIds) ids.push(id)
  return ids
}
