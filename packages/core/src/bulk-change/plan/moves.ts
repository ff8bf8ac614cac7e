import { CoreError } from "../../errors/mod.ts"
import { listRatePlans } from "../../inventory/mod.ts"
import { NO_CHANGE, staleRefusalOf } from "./refusals.ts"
import { oneStep, type Planner } from "./planner.ts"

/** A device's move from one rate plan to another, as somebody computed it. */
export interface WishedMove {
  readonly fromRatePlan: string
  readonly toRatePlan: string
  /** Micro-units for the billing period; negative where the move costs. */
  readonly saving: number
}

/** Rate plan changes that say from where, and what they save. */
export const MOVES_PLANNER: Planner<WishedMove> = {
  changeType: "CarrierRatePlanChange",
  async open({ core, tenantId, serviceProviderId }) {
    const known = new Set((await listRatePlans(core, tenantId, serviceProviderId)).map(({ name }) => name))
    return async (devices) =>
      devices.map(({ wish: { fromRatePlan, toRatePlan, saving }, device }) => {
        checkSaving(saving)
        const from = { ratePlan: fromRatePlan }
        if (fromRatePlan === toRatePlan) return NO_CHANGE
        if (!known.has(toRatePlan)) {
          return { code: "rate_plan_unknown", text: `The account has no rate plan "${toRatePlan}"` }
        }
        const stale = staleRefusalOf(from, { ratePlan: device?.carrierRatePlan ?? null })
        if (stale) return stale
        const to = (ratePlan: string) =>
          ({ changeType: "CarrierRatePlanChange", ratePlan, communicationPlan: null }) as const
        return oneStep(
          { via: "carrier", change: to(toRatePlan), undo: to(fromRatePlan) },
          { from, to: { ratePlan: toRatePlan }, saving },
        )
      })
  },
}

function checkSaving(saving: number): void {
  if (Number.isSafeInteger(saving)) return
  throw new CoreError("input.invalid", `Cannot plan: a saving must be whole micro-units, got ${saving}`, {
    field: "saving",
  })
}
