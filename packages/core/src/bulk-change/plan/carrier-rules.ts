import { forbiddenBy, rememberedDays } from "../../ports/mod.ts"
import { findRecentRatePlanChanges } from "../process/pace.ts"
import { type DevicePlanner, isRefusal, type PlanContext, type PlannedChange } from "./planner.ts"

/**
 * Says in the plan where the carrier's rules about changes of rate plans speak against one. A warning and no refusal: who
 * asks may know more, and the carrier has the last word.
 */
export async function warnOfCarrierRules<W>(context: PlanContext, plan: DevicePlanner<W>): Promise<DevicePlanner<W>> {
  const { core, capabilities, tenantId, serviceProviderId } = context
  const rules = capabilities.ratePlanChangeRules ?? []
  if (rules.length === 0) return plan
  const now = core.runtime.clock.now()
  const since = now - rememberedDays(rules) * 86_400_000
  const changedAt = await findRecentRatePlanChanges(core, { tenantId, serviceProviderId, since })
  return async (devices) => {
    const planned = await plan(devices)
    return planned.map((one, index) => {
      const device = devices[index]?.device
      if (!device || isRefusal(one) || !changesRatePlan(one)) return one
      const why = forbiddenBy(rules, device, changedAt.get(device.carrierDeviceId) ?? [], now)
      if (why === undefined) return one
      return { ...one, sideEffects: [...one.sideEffects, `The carrier may refuse it: ${why}`] }
    })
  }
}

function changesRatePlan({ steps }: PlannedChange): boolean {
  return steps.some(({ change }) => change.changeType === "CarrierRatePlanChange" && change.ratePlan !== null)
}
