import { daysIn, type DeviceStatus, JASPER_FAMILY } from "../../domain/mod.ts"
import {
  type DeviceWithUsage,
  eachDeviceWithUsage,
  listCommunicationPlans,
  listOptimizationGroups,
  listRatePlans,
  type StoredBillingPeriod,
} from "../../inventory/mod.ts"
import { listServiceProviders } from "../../providers/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { SessionRow } from "../session/statements.ts"
import { billedDays, type Fleet, type FleetSim, projectUsage } from "./fleet.ts"
import { usableRatePlans } from "./usable-rate-plans.ts"

const PAGE_SIZE = 2_000

// Carriers charge for SIMs in service and for those put on hold; not before activation, nor after deactivation.
const BILLABLE: ReadonlySet<DeviceStatus> = new Set<DeviceStatus>(["active", "suspended"])

/** M2M lines of one provider on the carrier's rate plans: communication plans say which. One market. */
export async function m2mFleet(
  core: Platform,
  tenantId: string,
  session: SessionRow,
  period: StoredBillingPeriod,
): Promise<Fleet> {
  const { serviceProviderId, request } = session
  const usesProration = await prorates(core, tenantId, serviceProviderId)
  const cycleDays = daysIn(period)
  const usable = usableRatePlans(await listRatePlans(core, tenantId, serviceProviderId), request.chargeType)
  const communicationPlans = await listCommunicationPlans(core, tenantId, serviceProviderId)
  return {
    markets: () => [{ name: "", usable, communicationPlans }],
    async *sims() {
      for await (const page of eachBilledDevice(core, tenantId, session, period)) {
        yield page.map(({ device, ...sim }) => ({
          ...sim,
          market: "",
          portalType: "M2M" as const,
          communicationPlan: device.communicationPlan || null,
          ratePlan: device.carrierRatePlan || null,
          days: usesProration ? billedDays(device.activatedAt, period, cycleDays) : cycleDays,
        }))
      }
    },
  }
}

/**
 * Mobility lines of one provider. Each optimization group is a market: its plans that pool share one pool, and a line
 * stays within the plans of its own plan's type. Nothing is prorated.
 */
export async function mobilityFleet(
  core: Platform,
  tenantId: string,
  session: SessionRow,
  period: StoredBillingPeriod,
): Promise<Fleet> {
  const { serviceProviderId, request } = session
  const ratePlans = await listRatePlans(core, tenantId, serviceProviderId)
  const groups = await listOptimizationGroups(core, tenantId, serviceProviderId)
  const typeOf = new Map(ratePlans.map(({ name, planType }) => [name, planType]))
  const className = (type: string | null | undefined) => `type ${type ?? "none"}`
  return {
    markets: () =>
      [{ name: "", ratePlans: [] }, ...groups].map((group) => ({
        name: group.name,
        usable: usableRatePlans(
          ratePlans.map((plan) => ({ ...plan, pool: plan.pool === null ? null : group.name })),
          request.chargeType,
        ),
        communicationPlans: [...new Set(group.ratePlans.map((name) => typeOf.get(name)))].map((type) => ({
          name: className(type),
          permittedRatePlans: group.ratePlans.filter((name) => typeOf.get(name) === type),
        })),
      })),
    async *sims() {
      const known = new Set(groups.map(({ name }) => name))
      for await (const page of eachBilledDevice(core, tenantId, session, period)) {
        yield page.map(({ device, ...sim }) => {
          const group = known.has(device.optimizationGroup ?? "") ? device.optimizationGroup : null
          const ratePlan = device.carrierRatePlan || null
          return {
            ...sim,
            market: group ?? "",
            portalType: "Mobility" as const,
            communicationPlan: group === null ? null : className(typeOf.get(ratePlan ?? "")),
            ratePlan,
            days: daysIn(period),
          }
        })
      }
    },
  }
}

/** Listed devices of a provider with what of them does not depend on the kind of line. */
export async function* eachBilledDevice(
  core: Platform,
  tenantId: string,
  session: Pick<SessionRow, "serviceProviderId" | "billingPeriodId" | "request">,
  period: StoredBillingPeriod,
): AsyncGenerator<
  readonly (Pick<
    FleetSim,
    | "serviceProviderId"
    | "carrierDeviceId"
    | "isBillable"
    | "usageBytes"
    | "projectedBytes"
    | "lowBytes"
    | "highBytes"
    | "smsCount"
  > & { readonly device: DeviceWithUsage })[],
  void
> {
  const { serviceProviderId, billingPeriodId, request } = session
  const now = core.runtime.clock.now()
  // Usage that did not change was still read: a device's own row says when it changed.
  const usageAt = (changedAt: number | null) => changedAt && Math.max(changedAt, period.usageReadAt ?? 0)
  const scope = { tenantId, serviceProviderId, billingPeriodId, limit: PAGE_SIZE }
  for await (const page of eachDeviceWithUsage(core, scope)) {
    yield page.map((device) => {
      const isActive = device.status !== "deactivated" && device.status !== "retired"
      return {
        device,
        serviceProviderId,
        carrierDeviceId: device.carrierDeviceId,
        isBillable: BILLABLE.has(device.status),
        usageBytes: device.bytes,
        ...projectUsage(
          { bytes: device.bytes, usageAt: usageAt(device.usageAt), isActive },
          period,
          request.projection,
          now,
        ),
        smsCount: device.smsCount,
      }
    })
  }
}

/** Only Control Center accounts prorate, and only where their settings say so. */
async function prorates(core: Platform, tenantId: string, serviceProviderId: string): Promise<boolean> {
  const provider = (await listServiceProviders(core, tenantId)).find(({ id }) => id === serviceProviderId)
  return provider !== undefined && provider.usesProration && JASPER_FAMILY.includes(provider.integrationType)
}
