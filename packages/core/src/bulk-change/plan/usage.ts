import { findDeviceUsage, listCommunicationPlans, listRatePlans, type StoredRatePlan } from "../../inventory/mod.ts"
import type { PlanContext } from "./planner.ts"

/** What the plans of an account cost, and which of them a device may be on. */
export interface PlanCatalogue {
  readonly ratePlans: ReadonlyMap<string, StoredRatePlan>
  /** By communication plan; an empty list is not known. */
  readonly permitted: ReadonlyMap<string, readonly string[]>
}

export async function openCatalogue(context: PlanContext): Promise<PlanCatalogue> {
  const { core, tenantId, serviceProviderId } = context
  const ratePlans = await listRatePlans(core, tenantId, serviceProviderId)
  const communicationPlans = await listCommunicationPlans(core, tenantId, serviceProviderId)
  return {
    ratePlans: new Map(ratePlans.map((plan) => [plan.name, plan])),
    permitted: new Map(communicationPlans.map(({ name, permittedRatePlans }) => [name, permittedRatePlans])),
  }
}

/** The recurring charge of a rate plan, micro-units for the billing period; `null` where it is not known. */
export function chargeOf({ ratePlans }: PlanCatalogue, ratePlan: string | null): number | null {
  return ratePlan === null ? 0 : (ratePlans.get(ratePlan)?.monthly ?? null)
}

/** What devices used in the billing period of today, by the carrier's identifier. */
export async function currentUsage(
  { core, tenantId, serviceProviderId }: PlanContext,
  carrierDeviceIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await findDeviceUsage(core, { tenantId, serviceProviderId, carrierDeviceIds })
  return new Map(rows.map(({ carrierDeviceId, currentBytes }) => [carrierDeviceId, currentBytes]))
}
