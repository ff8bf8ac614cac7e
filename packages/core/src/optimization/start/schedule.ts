import { MOBILITY_INTEGRATIONS } from "../../domain/mod.ts"
import { ensureBillingPeriod } from "../../inventory/mod.ts"
import type { JobContext, JobRequest, JobResult, JobSchedule } from "../../jobs/mod.ts"
import { billingScheduleOf, listServiceProviders } from "../../providers/mod.ts"
import { RECEIVE_OPTIMIZATION, type ReceivePayload, SCHEDULE_OPTIMIZATIONS } from "../job-types.ts"
import { isScheduled, localDate } from "./billing-clock.ts"

/**
 * The schedule by which a tenant's optimizations start by themselves, for `enqueueScheduledJobs`: on the last eight days of
 * each billing period, once a day, from the provider's `optimizationStartHour` in its time zone on.
 *
 * @param cron How often to look. @default every quarter of an hour
 */
export function optimizationSchedule(tenantId: string, cron = "*/15 * * * *"): JobSchedule {
  const type = SCHEDULE_OPTIMIZATIONS as JobRequest["type"]
  return { name: "optimization", cron, job: { type, tenantId, payload: {} } }
}

/** Asks for a session of each provider that is due: once a day, however often it is looked. */
export async function scheduleOptimizations(_: Record<string, never>, context: JobContext): Promise<JobResult> {
  const { tenantId, runtime } = context
  const now = runtime.clock.now()
  const next: JobRequest[] = []
  for (const provider of await listServiceProviders(context, tenantId)) {
    const scope = { tenantId, serviceProviderId: provider.id }
    const schedule = billingScheduleOf(provider)
    if (provider.optimizationStartHour === null) continue
    const period = await ensureBillingPeriod(context, { ...scope, schedule, at: now })
    if (!isScheduled(period, provider.optimizationStartHour, now)) continue
    const id = `schedule/${provider.id}/${localDate(now, period.timeZone)}`
    const payload: ReceivePayload = {
      requestId: id,
      serviceProviderId: provider.id,
      billingPeriodId: period.id,
      hasSynced: false,
      lastSyncDate: null,
      optimizationSessionId: null,
      request: {
        portalType: MOBILITY_INTEGRATIONS.includes(provider.integrationType) ? "Mobility" : "M2M",
        chargeType: "RateChargeAndOverage",
        projection: "legacy",
        customerId: null,
        serviceProviderIds: [provider.id],
        customerBillingPeriodId: null,
        billInAdvance: false,
        requestedBy: "schedule",
      },
    }
    next.push({ type: RECEIVE_OPTIMIZATION as JobRequest["type"], tenantId, id, payload })
  }
  return { next }
}
