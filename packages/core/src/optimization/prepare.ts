import { daysIn, type DeviceStatus } from "../domain/mod.ts"
import { CoreError } from "../errors/mod.ts"
import { eachDeviceWithUsage, getBillingPeriod, listCommunicationPlans, listRatePlans } from "../inventory/mod.ts"
import type { JobContext, JobResult } from "../jobs/mod.ts"
import { SOLVE_OPTIMIZATION, type SessionPayload } from "./job-types.ts"
import { type Cohort, jointProblems } from "./joint-problems.ts"
import { findSession } from "./read-session.ts"
import { asGuard, openSession } from "./start-session.ts"
import {
  advanceSession,
  countSims,
  discardSims,
  insertSims,
  type LoadedSim,
  type SessionKey,
  storePreparation,
} from "./statements.ts"
import { usableRatePlans } from "./usable-rate-plans.ts"

const PAGE_SIZE = 2_000

// Carriers charge for SIMs in service and for those put on hold; not before activation, nor after deactivation.
const BILLABLE: ReadonlySet<DeviceStatus> = new Set<DeviceStatus>(["active", "suspended"])

/** Opens the session, copies its SIMs as they are now, and splits them into problems. */
export async function prepareOptimization(payload: SessionPayload, context: JobContext): Promise<JobResult> {
  const { tenantId } = context
  const { serviceProviderId, billingPeriodId } = payload
  const key: SessionKey = { tenantId, id: payload.sessionId }
  await asGuard(
    context.unit("optimization.open-session", [
      openSession(context, tenantId, payload),
      advanceSession(key, "NotStarted", "CommGroupSetup"),
    ]),
  )
  const session = await findSession(context, tenantId, key.id)
  if (session?.status !== "CommGroupSetup") return {}

  const period = await getBillingPeriod(context, tenantId, billingPeriodId)
  const ratePlans = await listRatePlans(context, tenantId, serviceProviderId)
  const communicationPlans = await listCommunicationPlans(context, tenantId, serviceProviderId)
  await discardEarlierAttempt(key, context)
  const cohorts = await copySims(key, payload, context)

  const usable = usableRatePlans(ratePlans)
  const { problems, placements, groupCount } = jointProblems(cohorts, communicationPlans, usable, daysIn(period))
  const deviceCounts = problems.map((_, problem) =>
    cohorts.reduce((sum, cohort, at) => sum + (placements[at]?.problem === problem ? cohort.deviceCount : 0), 0),
  )
  const deviceCount = deviceCounts.reduce((sum, count) => sum + count, 0)
  if (deviceCount === 0) {
    throw new CoreError("optimization.nothing_to_optimize", nothingToOptimize(cohorts.length, usable.plans.size))
  }
  return {
    statements: storePreparation(key, {
      deviceCount,
      groupCount,
      dropped: usable.dropped,
      problems,
      deviceCounts,
      cohorts: cohorts.map((cohort, at) => ({ ...cohort, ...placements[at]! })),
    }),
    next: problems.map((_, position) => ({ type: SOLVE_OPTIMIZATION, tenantId, payload: { ...payload, position } })),
  }
}

async function discardEarlierAttempt(key: SessionKey, context: JobContext): Promise<void> {
  for (;;) {
    const [left] = await context.store.rows<{ count: number }>(countSims(key))
    if (!left?.count) return
    await context.unit("optimization.discard-sims", [discardSims(key, PAGE_SIZE)])
  }
}

/**
 * Copies the SIMs with their usage into the session, so that all that follows sees one and the same fleet whatever is
 * synced or changed meanwhile.
 */
async function copySims(key: SessionKey, payload: SessionPayload, context: JobContext): Promise<readonly Cohort[]> {
  const cohorts: (Cohort & { deviceCount: number })[] = []
  const known = new Map<string, number>()
  const pages = eachDeviceWithUsage(context, {
    tenantId: key.tenantId,
    serviceProviderId: payload.serviceProviderId,
    billingPeriodId: payload.billingPeriodId,
    limit: PAGE_SIZE,
  })
  for await (const page of pages) {
    context.signal.throwIfAborted()
    const sims = page.map((device): LoadedSim => {
      const communicationPlan = device.communicationPlan || null
      const ratePlan = device.carrierRatePlan || null
      const isBillable = BILLABLE.has(device.status)
      const name = JSON.stringify([communicationPlan, ratePlan, isBillable])
      let at = known.get(name)
      if (at === undefined) {
        at = cohorts.push({ communicationPlan, ratePlan, isBillable, deviceCount: 0 }) - 1
        known.set(name, at)
      }
      cohorts[at]!.deviceCount++
      return [at, device.carrierDeviceId, device.bytes, device.smsCount]
    })
    await context.unit("optimization.copy-sims", [insertSims(key, sims)])
  }
  return cohorts
}

function nothingToOptimize(cohortCount: number, usablePlanCount: number): string {
  if (cohortCount === 0) return "Cannot optimize: the provider has no devices"
  if (usablePlanCount === 0) return "Cannot optimize: no rate plan of the provider has all its prices"
  return "Cannot optimize: no billable device has a priced rate plan and a communication plan that permits one"
}
