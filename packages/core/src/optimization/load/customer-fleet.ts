import { daysIn, MOBILITY_INTEGRATIONS } from "../../domain/mod.ts"
import {
  type CustomerRatePlan,
  type DeviceAssignment,
  eachDeviceAssignment,
  ensureBillingPeriod,
  findDeviceAssignments,
  listCustomerRatePlans,
  type StoredBillingPeriod,
  type StoredRatePlan,
} from "../../inventory/mod.ts"
import { billingScheduleOf, listServiceProviders, type ServiceProvider } from "../../providers/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { SessionRow } from "../session/statements.ts"
import { eachBilledDevice } from "./carrier-fleet.ts"
import type { Fleet, FleetSim, Market } from "./fleet.ts"
import { type DroppedRatePlan, usableRatePlans } from "./usable-rate-plans.ts"

/** Lines outside any pool. */
const NO_POOL = ""

/**
 * A customer's lines on what the tenant sells. A pool is a market, with the lines of other customers in it, which stay;
 * lines without a pool are one more. A line moves between plans that optimization may change, of those in its pool or,
 * outside of pools, of all that the tenant sells at all the providers in question; plans that pool and plans that do not
 * are kept apart. All other lines are priced where they are. Nothing is prorated.
 */
export async function customerFleet(
  core: Platform,
  tenantId: string,
  session: SessionRow,
  period: StoredBillingPeriod,
): Promise<Fleet> {
  const { customerId, serviceProviderIds, billInAdvance } = session.request
  const providers = (await listServiceProviders(core, tenantId)).filter(
    ({ id }) => serviceProviderIds.length === 0 || serviceProviderIds.includes(id),
  )
  const plans = await listCustomerRatePlans(core, tenantId)
  const planOf = new Map(plans.map((plan) => [plan.id, plan]))
  const isSold = ({ serviceProviderIds: at }: CustomerRatePlan) =>
    at.length === 0 || providers.every(({ id }) => at.includes(id))
  /** Which plans are in use in each market. */
  const codes = new Map<string, Set<string>>([[NO_POOL, new Set()]])

  const toSim = (sim: Omit<FleetSim, "market" | "communicationPlan" | "ratePlan">, own: DeviceAssignment): FleetSim => {
    const plan = planOf.get(own.customerRatePlanId ?? "")
    const market = own.customerRatePoolId ?? NO_POOL
    const inUse = codes.get(market) ?? new Set()
    codes.set(market, inUse)
    if (plan) inUse.add(plan.code)
    const mayMove = plan?.autoChangeRatePlan === true && isSold(plan) && own.customerId === customerId
    return {
      ...sim,
      market,
      ratePlan: plan?.code ?? null,
      communicationPlan: plan === undefined ? null : mayMove ? classOf(plan) : staysOn(plan.code),
    }
  }

  return {
    async *sims() {
      const pools = await poolsOf(core, tenantId, providers, customerId ?? "")
      for (const provider of providers) {
        const portalType = MOBILITY_INTEGRATIONS.includes(provider.integrationType) ? "Mobility" : "M2M"
        const usagePeriod = await usagePeriodOf(core, tenantId, provider, session, period)
        const source = { ...session, serviceProviderId: provider.id, billingPeriodId: usagePeriod.id }
        for await (const page of eachBilledDevice(core, tenantId, source, usagePeriod)) {
          const carrierDeviceIds = page.map(({ carrierDeviceId }) => carrierDeviceId)
          const scope = { tenantId, serviceProviderId: provider.id, carrierDeviceIds }
          const found = await findDeviceAssignments(core, scope)
          const assignments = new Map(found.map((assignment) => [assignment.carrierDeviceId, assignment]))
          yield page.flatMap(({ device: _, ...sim }) => {
            const own = assignments.get(sim.carrierDeviceId)
            if (!own || own.archivedAt !== null) return []
            const isMine = own.customerId === customerId || pools.has(own.customerRatePoolId ?? "")
            return isMine ? [toSim({ ...sim, portalType, days: daysIn(period) }, own)] : []
          })
        }
      }
    },
    markets: () =>
      [...codes].map(([name, inUse]): Market => {
        const priced = plans.filter(({ code }) => name === NO_POOL || inUse.has(code))
        const usable = usableRatePlans(
          priced.map((plan) => toRatePlan(plan, name, billInAdvance)),
          session.request.chargeType,
        )
        const targets = priced.filter((plan) => plan.autoChangeRatePlan && isSold(plan))
        const unsold = priced
          .filter((plan) => plan.autoChangeRatePlan && !isSold(plan))
          .map(({ code }): DroppedRatePlan => ({ ratePlan: code, reason: "not_sold_everywhere" }))
        return {
          name,
          usable: { ...usable, dropped: [...usable.dropped, ...unsold] },
          communicationPlans: [
            ...[...new Set(targets.map(classOf))].map((group) => ({
              name: group,
              permittedRatePlans: targets.filter((plan) => classOf(plan) === group).map(({ code }) => code),
            })),
            // Lines that are only priced: their own plan is all that they may be on.
            ...[...inUse].map((code) => ({ name: staysOn(code), permittedRatePlans: [code] })),
          ],
        }
      }),
  }
}

const classOf = ({ allowsSimPooling }: CustomerRatePlan): string =>
  allowsSimPooling ? "plans that pool" : "plans that do not pool"
const staysOn = (code: string): string => `stays on ${code}`

/** Pools that the customer has lines in. */
async function poolsOf(
  core: Platform,
  tenantId: string,
  providers: readonly ServiceProvider[],
  customerId: string,
): Promise<ReadonlySet<string>> {
  const pools = new Set<string>()
  const here = new Set(providers.map(({ id }) => id))
  for await (const page of eachDeviceAssignment(core, { tenantId, by: "customerId", id: customerId })) {
    for (const { customerRatePoolId, serviceProviderId, archivedAt } of page) {
      if (customerRatePoolId !== null && here.has(serviceProviderId) && archivedAt === null)
        pools.add(customerRatePoolId)
    }
  }
  return pools
}

/** Usage is kept, and carried on, by the provider's own periods: the one that holds the last instant of ours that has come. */
async function usagePeriodOf(
  core: Platform,
  tenantId: string,
  provider: ServiceProvider,
  session: SessionRow,
  period: StoredBillingPeriod,
): Promise<StoredBillingPeriod> {
  const { id: serviceProviderId } = provider
  if (serviceProviderId === session.serviceProviderId) return period
  const at = Math.min(core.runtime.clock.now(), period.endsAt - 1)
  return ensureBillingPeriod(core, { tenantId, serviceProviderId, schedule: billingScheduleOf(provider), at })
}

/**
 * What the tenant sells in the form of a carrier's plan. Started units of overage are charged whole. Billed in advance, the
 * monthly amounts were paid with the period before, and SMS are not charged: what is left is overage.
 */
function toRatePlan(plan: CustomerRatePlan, market: string, billInAdvance: boolean): StoredRatePlan {
  const isPaid = billInAdvance && plan.billInAdvance
  return {
    id: plan.id,
    serviceProviderId: "",
    name: plan.code,
    monthly: isPaid ? 0 : plan.baseRate + plan.rateCharge,
    rateCharge: isPaid ? 0 : plan.rateCharge,
    planType: null,
    includedBytes: plan.includedBytes,
    pool: market !== NO_POOL && plan.allowsSimPooling ? market : null,
    overageCost: plan.overageCost,
    overageBlockBytes: plan.overageBlockBytes,
    overageRounding: "block",
    smsIncluded: 0,
    smsCost: isPaid ? 0 : plan.smsCost,
    version: 1,
  }
}
