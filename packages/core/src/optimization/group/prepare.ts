import { daysIn } from "../../domain/mod.ts"
import { CoreError } from "../../errors/mod.ts"
import { getBillingPeriod } from "../../inventory/mod.ts"
import type { JobContext, JobRequest, JobResult } from "../../jobs/mod.ts"
import { RUN_SEQUENCES, SOLVE_OPTIMIZATION, type SessionPayload } from "../job-types.ts"
import { byAuthentication } from "../load/by-authentication.ts"
import { m2mFleet, mobilityFleet } from "../load/carrier-fleet.ts"
import { storeCohorts } from "../load/cohort-statements.ts"
import { copySims } from "../load/copy-sims.ts"
import { customerFleet } from "../load/customer-fleet.ts"
import { countChunks, discardChunks } from "../load/sim-statements.ts"
import { raiseProgress } from "../session/progress.ts"
import { findSession } from "../session/read-session.ts"
import { tellPlanLimits, tellProgress, tellShortfall } from "../session/session-events.ts"
import {
  advanceProgress,
  claimSession,
  guardPreparation,
  type SessionKey,
  type SessionRow,
  markPrepared,
} from "../session/statements.ts"
import type { OptimizationSettings } from "../settings.ts"
import { asGuard, openSession } from "../start/start-session.ts"
import type { Cohort, Placement } from "./joint-problems.ts"
import { marketProblems } from "./market-problems.ts"
import { type PlannedGroup, planSequences } from "./plan-sequences.ts"
import { storeProblems } from "./problem-statements.ts"
import { storeGroups } from "./sequence-statements.ts"

/** Chunks of SIMs that one unit removes. */
const DISCARDED_AT_ONCE = 20

/** Opens the session, copies its SIMs as they are now, and splits them into problems and queue items. */
export async function prepareOptimization(
  payload: SessionPayload,
  context: JobContext,
  settings: OptimizationSettings,
): Promise<JobResult> {
  const { tenantId, jobId } = context
  const key: SessionKey = { tenantId, id: payload.sessionId }
  await asGuard(
    context.unit("optimization.open-session", [
      ...(await openSession(context, tenantId, payload)),
      claimSession(key, jobId, payload.syncRunId),
    ]),
  )
  const session = await findSession(context, tenantId, key.id)
  // Another delivery of the same request prepares it, or did; two at once would discard each other's SIMs.
  if (session?.status !== "CommGroupSetup" || session.preparedBy !== jobId) return {}

  // Sessions that finalize opens were not told of before.
  if (session.progress < 0) await raiseProgress(key, 0, await tellProgress(context, session, 0), context)
  if (payload.syncRunId !== null) await raiseProgress(key, 25, await tellProgress(context, session, 25), context)

  // A session that waited for its sync keeps its own period, whatever the sync's was.
  const period = await getBillingPeriod(context, tenantId, session.billingPeriodId)
  const fleet = await fleetOf(session)(context, tenantId, session, period)
  await discardEarlierAttempt(key, context)
  const cohorts = await copySims(key, fleet, context)
  const { problems, placements, groupCount, dropped } = marketProblems(cohorts, fleet.markets(), daysIn(period))
  const countIn = (problem: number, eligibility?: number) =>
    sumCounts(cohorts, placements, (at) => at.problem === problem && at.eligibility === (eligibility ?? at.eligibility))
  const deviceCounts = problems.map((_, problem) => countIn(problem))
  const deviceCount = deviceCounts.reduce((sum, count) => sum + count, 0)
  if (deviceCount === 0) {
    throw new CoreError("optimization.nothing_to_optimize", nothingToOptimize(cohorts.length, placements))
  }
  const expectedDeviceCount = cohorts.reduce((sum, cohort) => sum + (cohort.isBillable ? cohort.deviceCount : 0), 0)
  await raiseProgress(key, 30, await tellProgress(context, { ...session, deviceCount }, 30), context)

  const groups = problems.flatMap((definition, problem) =>
    planSequences(
      definition,
      problem,
      definition.groups.map((_, eligibility) => countIn(problem, eligibility)),
      settings,
    ),
  )
  const told = { ...session, deviceCount }
  return {
    statements: [
      guardPreparation(key, jobId),
      ...storeGroups(key, groups, { by: session.request.requestedBy, at: context.runtime.clock.now() }),
      ...advanceProgress(key, 40),
      ...storeProblems(key, problems, deviceCounts),
      ...storeCohorts(
        key,
        cohorts.map((cohort, at) => ({ ...cohort, ...placements[at]! })),
      ),
      markPrepared(key, { expectedDeviceCount, deviceCount, groupCount, problemCount: problems.length, dropped }),
    ],
    next: [
      ...(await tellPlanLimits(context, told, groups, settings.ratePlanLimit)),
      ...(await tellShortfall(context, told, expectedDeviceCount, deviceCount)),
      ...(await tellProgress(context, told, 40)),
      ...workOf(payload, tenantId, groups, problems.length, settings),
    ],
  }
}

/** Where the SIMs of a session come from. */
function fleetOf({ request }: SessionRow): typeof m2mFleet {
  if (request.customerId !== null) return customerFleet
  return byAuthentication(request.portalType === "Mobility" ? mobilityFleet : m2mFleet)
}

/** The jobs of a session: sequences in messages of some queue items each, and each problem once its sequences are known. */
function workOf(
  payload: SessionPayload,
  tenantId: string,
  groups: readonly PlannedGroup[],
  problemCount: number,
  settings: OptimizationSettings,
): readonly JobRequest[] {
  const { queueItemsPerMessage } = settings
  const messages = groups.flatMap(({ sequences, problem }, group) =>
    Array.from({ length: Math.ceil(sequences.length / queueItemsPerMessage) }, (_, at) => {
      const first = at * queueItemsPerMessage
      const count = Math.min(queueItemsPerMessage, sequences.length - first)
      return { problem, group, first, count, id: `${payload.sessionId}.sequences.${group}.${first}` }
    }),
  )
  return [
    ...messages.map(({ group, first, count, id }) => ({
      type: RUN_SEQUENCES as JobRequest["type"],
      tenantId,
      id,
      payload: { ...payload, group, first, count },
    })),
    ...Array.from({ length: problemCount }, (_, position) => ({
      type: SOLVE_OPTIMIZATION as JobRequest["type"],
      tenantId,
      id: `${payload.sessionId}.solve.${position}`,
      payload: { ...payload, position },
      after: messages.filter(({ problem }) => problem === position).map(({ id }) => id),
    })),
  ]
}

function sumCounts(
  cohorts: readonly Cohort[],
  placements: readonly Placement[],
  isIn: (placement: Placement) => boolean,
): number {
  return cohorts.reduce((sum, { deviceCount }, at) => sum + (isIn(placements[at]!) ? deviceCount : 0), 0)
}

async function discardEarlierAttempt(key: SessionKey, context: JobContext): Promise<void> {
  for (;;) {
    const [left] = await context.store.rows<{ count: number }>(countChunks(key))
    if (!left?.count) return
    await context.unit("optimization.discard-sims", [
      guardPreparation(key, context.jobId),
      discardChunks(key, DISCARDED_AT_ONCE),
    ])
  }
}

function nothingToOptimize(cohortCount: number, placements: readonly Placement[]): string {
  if (cohortCount === 0) return "Cannot optimize: the provider has no devices"
  if (placements.every(({ exclusion }) => exclusion === "rate_plan_unpriced"))
    return "Cannot optimize: no rate plan of the provider has all its prices"
  return "Cannot optimize: no billable device has a priced rate plan and a communication plan that permits one"
}
