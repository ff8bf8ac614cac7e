import { type BillingPeriod, daysIn, type DeviceStatus, JASPER_FAMILY } from "../domain/mod.ts"
import { eachDeviceWithUsage, listCommunicationPlans, listRatePlans } from "../inventory/mod.ts"
import { listServiceProviders } from "../providers/mod.ts"
import type { Platform } from "../store/mod.ts"
import { billedDays, type Fleet, projectedUsage } from "./fleet.ts"
import type { SessionRow } from "./statements.ts"
import { usableRatePlans } from "./usable-rate-plans.ts"

const PAGE_SIZE = 2_000

// Carriers charge for SIMs in service and for those put on hold; not before activation, nor after deactivation.
export const BILLABLE: ReadonlySet<DeviceStatus> = new Set<DeviceStatus>(["active", "suspended"])

/** M2M lines of one provider on the carrier's rate plans: communication plans say which. */
export async function m2mFleet(
  core: Platform,
  tenantId: string,
  session: SessionRow,
  period: BillingPeriod,
): Promise<Fleet> {
  const { serviceProviderId, request } = session
  const usesProration = await prorates(core, tenantId, serviceProviderId)
  const cycleDays = daysIn(period)
  return {
    usable: usableRatePlans(await listRatePlans(core, tenantId, serviceProviderId), request.chargeType),
    communicationPlans: await listCommunicationPlans(core, tenantId, serviceProviderId),
    async *sims() {
      const now = core.runtime.clock.now()
      const scope = { tenantId, serviceProviderId, billingPeriodId: session.billingPeriodId, limit: PAGE_SIZE }
      for await (const page of eachDeviceWithUsage(core, scope)) {
        yield page.map((device) => ({
          serviceProviderId,
          portalType: "M2M" as const,
          carrierDeviceId: device.carrierDeviceId,
          communicationPlan: device.communicationPlan || null,
          ratePlan: device.carrierRatePlan || null,
          isBillable: BILLABLE.has(device.status),
          usageBytes: device.bytes,
          projectedBytes: projectedUsage({ ...device, isActive: true }, period, request.projection, now),
          smsCount: device.smsCount,
          days: usesProration ? billedDays(device.activatedAt, period, cycleDays) : cycleDays,
        }))
      }
    },
  }
}

/** Only Control Center accounts prorate, and only where their settings say so. */
async function prorates(core: Platform, tenantId: string, serviceProviderId: string): Promise<boolean> {
  const provider = (await listServiceProviders(core, tenantId)).find(({ id }) => id === serviceProviderId)
  return provider !== undefined && provider.usesProration && JASPER_FAMILY.includes(provider.integrationType)
}
