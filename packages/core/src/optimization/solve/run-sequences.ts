import { sequences } from "@altaworx/optimizer"
import type { JobContext, JobResult } from "../../jobs/mod.ts"
import { closeQueueItems, openQueueItems } from "../group/sequence-statements.ts"
import { FINISH_OPTIMIZATION, FINISH_PRIORITY, type SequencesPayload } from "../job-types.ts"
import { selectCohorts } from "../load/cohort-statements.ts"
import { loadSims } from "../load/load-sims.ts"
import { raiseProgress } from "../session/progress.ts"
import { findSession, listGroups, listProblems } from "../session/read-session.ts"
import { tellProgress } from "../session/session-events.ts"
import { guardState, type SessionKey } from "../session/statements.ts"
import { groupProblem } from "./build-problem.ts"

/** Fills some sequences of one group, and stores what the cheapest of them costs. */
export async function runSequences(payload: SequencesPayload, context: JobContext): Promise<JobResult> {
  const { tenantId, signal } = context
  const { group: position, first, count, ...rest } = payload
  const key: SessionKey = { tenantId, id: payload.sessionId }
  const session = await findSession(context, tenantId, key.id)
  const items = await context.store.rows<{ position: number; sequence: string }>(
    openQueueItems(key, { group: position, first, count }),
  )
  // Delivered twice, or the session ended because another job failed.
  if (session?.status !== "RunningPermutations" || items.length === 0) return {}
  if (session.progress < 50) await raiseProgress(key, 50, await tellProgress(context, session, 50), context)

  const group = (await listGroups(context, tenantId, key.id))[position]!
  const { definition } = (await listProblems(context, tenantId, key.id))[group.problem]!
  const cohorts = (await context.store.read((db) => selectCohorts(db, key))).filter(
    ({ problem, eligibility }) => problem === group.problem && eligibility === group.eligibility,
  )
  const sims = await loadSims(context, key, cohorts, signal)
  const { problem } = groupProblem(definition, group.eligibility, cohorts, sims)
  const { groups, cost } = sequences(problem, { planLimit: Number.POSITIVE_INFINITY, offset: first, batchSize: count })
  const sequence = JSON.stringify(groups[0]?.sequence ?? [])
  const best = cost === null || !items.some((item) => item.sequence === sequence) ? undefined : { sequence, cost }
  const range = { group: position, first, count }
  return {
    statements: [
      guardState(key, "RunningPermutations"),
      closeQueueItems(key, range, best, context.runtime.clock.now()),
    ],
    next: [
      {
        type: FINISH_OPTIMIZATION as never,
        tenantId,
        id: `${context.jobId}.finish`,
        payload: rest,
        priority: FINISH_PRIORITY,
      },
    ],
  }
}
