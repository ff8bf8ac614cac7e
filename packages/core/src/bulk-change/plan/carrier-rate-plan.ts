import type { Device } from "../../domain/mod.ts"
import { NO_CHANGE, type Refusal } from "./refusals.ts"
import { oneStep, type PlannedChange, type Planner, unsupported, viaOf } from "./planner.ts"
import { chargeOf, openCatalogue, type PlanCatalogue } from "./usage.ts"

/** Carrier plans that are asked for; what is `null` stays. */
export interface WishedPlans {
  readonly ratePlan: string | null
  readonly communicationPlan: string | null
}

/** Changes of the carrier's rate plan and communication plan, together in one call. */
export const CARRIER_PLAN_PLANNER: Planner<WishedPlans> = {
  changeType: "CarrierRatePlanChange",
  async open(context) {
    const catalogue = await openCatalogue(context)
    const canDo = viaOf("CarrierRatePlanChange", context) === "carrier"
    return async (devices) =>
      devices.map(({ wish, device }) =>
        canDo ? planPlans(catalogue, wish, device as Device) : unsupported("CarrierRatePlanChange", context),
      )
  },
}

function planPlans(catalogue: PlanCatalogue, wish: WishedPlans, device: Device): PlannedChange | Refusal {
  const ratePlan = wish.ratePlan === device.carrierRatePlan ? null : wish.ratePlan
  const communicationPlan = wish.communicationPlan === device.communicationPlan ? null : wish.communicationPlan
  if (ratePlan === null && communicationPlan === null) return NO_CHANGE
  if (ratePlan !== null && !catalogue.ratePlans.has(ratePlan)) {
    return { code: "rate_plan_unknown", text: `The account has no rate plan "${ratePlan}"` }
  }
  if (communicationPlan !== null && !catalogue.permitted.has(communicationPlan)) {
    return { code: "rate_plan_unknown", text: `The account has no communication plan "${communicationPlan}"` }
  }
  const target = {
    ratePlan: ratePlan ?? device.carrierRatePlan,
    communicationPlan: communicationPlan ?? device.communicationPlan,
  }
  const permitted = catalogue.permitted.get(target.communicationPlan ?? "") ?? []
  const isPermitted = permitted.length === 0 || target.ratePlan === null || permitted.includes(target.ratePlan)
  const before = { ratePlan: device.carrierRatePlan, communicationPlan: device.communicationPlan }
  const only = <T>(values: { readonly ratePlan: T; readonly communicationPlan: T }) => ({
    ...(ratePlan !== null && { ratePlan: values.ratePlan }),
    ...(communicationPlan !== null && { communicationPlan: values.communicationPlan }),
  })
  const canGoBack =
    (ratePlan === null || before.ratePlan !== null) && (communicationPlan === null || before.communicationPlan !== null)
  const changeType = "CarrierRatePlanChange"
  const undo = { changeType, ratePlan: null, communicationPlan: null, ...only(before) } as const
  const [costBefore, costAfter] = [chargeOf(catalogue, before.ratePlan), chargeOf(catalogue, target.ratePlan)]
  return oneStep(
    { via: "carrier", change: { changeType, ratePlan, communicationPlan }, undo: canGoBack ? undo : null },
    {
      from: only(before),
      to: only(target),
      saving: costBefore === null || costAfter === null ? null : costBefore - costAfter,
      sideEffects: isPermitted
        ? []
        : [`Rate plan "${target.ratePlan}" is not among those of communication plan "${target.communicationPlan}"`],
    },
  )
}
