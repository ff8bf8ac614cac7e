import { CoreError } from "../../errors/mod.ts"
import type { ChangeType } from "../../ports/mod.ts"
import { ARCHIVAL_PLANNER, CUSTOMER_PLAN_PLANNER, CUSTOMER_PLANNER } from "../plan/assignment.ts"
import { CARRIER_PLAN_PLANNER } from "../plan/carrier-rate-plan.ts"
import { USERNAME_PLANNER } from "../plan/edit-username.ts"
import { ACTIVATION_PLANNER, SERVICE_LINE_PLANNER, SWAP_PLANNER } from "../plan/passed-on.ts"
import type { Planner } from "../plan/planner.ts"
import { STATUS_PLANNER } from "../plan/status-update.ts"
import { detailsOf, type ParsedRequest } from "./request.ts"

/** What a request wishes for its devices, and who plans that. */
export interface Wishes {
  readonly planner: Planner<unknown>
  /** By the device's place in the request. */
  readonly wishes: (index: number) => unknown
  readonly effectiveDate: string | null | undefined
}

const MEGABYTE = 1_048_576

const PLANNERS = [
  STATUS_PLANNER,
  CARRIER_PLAN_PLANNER,
  CUSTOMER_PLAN_PLANNER,
  CUSTOMER_PLANNER,
  ARCHIVAL_PLANNER,
  ACTIVATION_PLANNER,
  SERVICE_LINE_PLANNER,
  SWAP_PLANNER,
  USERNAME_PLANNER,
] as readonly Planner<unknown>[]

/** Who plans changes of a type. */
export function plannerOf(changeType: ChangeType): Planner<unknown> {
  return PLANNERS.find((planner) => planner.changeType === changeType) as Planner<unknown>
}

/**
 * @param count Of the devices, where it is known.
 * @throws {CoreError} `input.invalid` where the part of the request that its type needs is missing.
 */
export function wishesOf(
  changeType: ChangeType,
  request: ParsedRequest,
  isAutomated: boolean,
  count: number | undefined,
): Wishes {
  return BY_TYPE[changeType](request, isAutomated, count)
}

const each = <W>(planner: Planner<W>, wishes: (index: number) => W, effectiveDate?: string | null): Wishes => ({
  // Planner and wishes belong together; from here on nobody needs to know of what type they are.
  planner: planner as Planner<unknown>,
  wishes,
  effectiveDate,
})

const same = <W>(planner: Planner<W>, wish: W, effectiveDate?: string | null): Wishes =>
  each(planner, () => wish, effectiveDate)

function part<T>(value: T | null | undefined, field: string): T {
  if (value != null) return value
  throw new CoreError("input.invalid", `Cannot take the bulk change: it needs ${field}`, { field })
}

/** An empty text says as little as none. */
const given = (text: string | null | undefined): string | null => (text == null || text === "" ? null : text)

const BY_TYPE: Readonly<
  Record<ChangeType, (request: ParsedRequest, isAutomated: boolean, count: number | undefined) => Wishes>
> = {
  StatusUpdate(request, isAutomated) {
    const { updatestatus, request: more, effectivedate } = part(request.statusupdate, "statusUpdate")
    const details = detailsOf(more)
    const hasDetails = Object.keys(details).length > 0
    const wish = { status: updatestatus, keepsRatePlan: isAutomated, ...(hasDetails && { details }) }
    return same(STATUS_PLANNER, wish, effectivedate)
  },
  CarrierRatePlanChange(request) {
    const update = part(request.carrierrateplanupdate, "carrierRatePlanUpdate")
    const wish = { ratePlan: given(update.carrierrateplan), communicationPlan: given(update.commplan) }
    if (wish.ratePlan === null && wish.communicationPlan === null) part(null, "carrierRatePlanUpdate.carrierRatePlan")
    return same(CARRIER_PLAN_PLANNER, wish, update.effectivedate)
  },
  CustomerRatePlanChange(request) {
    const update = part(request.customerrateplanupdate, "customerRatePlanUpdate")
    const megabytes = update.customerdataallocationmb ?? null
    const wish = {
      customerRatePlanId: given(update.customerrateplanid),
      customerRatePoolId: given(update.customerpoolid ?? update.customerrateplanpoolid),
      dataAllocationBytes: megabytes === null ? null : Math.round(megabytes * MEGABYTE),
    }
    return same(CUSTOMER_PLAN_PLANNER, wish, update.effectivedate)
  },
  CustomerAssignment(request) {
    const update = request.customerassignment
    const wish = {
      customerId: given(update?.customerid ?? request.customerid),
      siteId: given(update?.siteid ?? request.siteid),
    }
    return same(CUSTOMER_PLANNER, wish, update?.effectivedate)
  },
  Archival(request) {
    return same(ARCHIVAL_PLANNER, { overridesValidation: request.overridevalidation ?? false })
  },
  ActivateNewService(request) {
    const { carrierrateplan, commplan, imei, details } = part(request.activation, "activation")
    const wish = { ratePlan: carrierrateplan, communicationPlan: given(commplan), imei: given(imei) }
    return same(ACTIVATION_PLANNER, { ...wish, ...(details && { details: detailsOf(details) }) })
  },
  CreateRevService(request) {
    return same(SERVICE_LINE_PLANNER, { details: detailsOf(part(request.revservice, "revService")) })
  },
  ChangeIccidImei(request, _isAutomated, count) {
    const { newiccids, newimeis } = part(request.identifierchange, "identifierChange")
    // Both lists hold: one of new SIMs says nothing against one of new equipment.
    for (const [field, list] of [
      ["newICCIDs", newiccids],
      ["newIMEIs", newimeis],
    ] as const) {
      if (list && count !== undefined && list.length !== count) {
        throw new CoreError(
          "input.invalid",
          "Cannot take the bulk change: there must be one new number for each device",
          {
            field: `identifierChange.${field}`,
          },
        )
      }
    }
    return each(SWAP_PLANNER, (index) => ({ iccid: given(newiccids?.[index]), imei: given(newimeis?.[index]) }))
  },
  EditUsername(request) {
    const asked = part(request.username, "username")
    const fields = Object.entries(asked).flatMap(([name, value]) => (value == null ? [] : [[fieldNamed(name), value]]))
    return same(USERNAME_PLANNER, Object.fromEntries(fields) as Record<string, string>)
  },
}

/** The documents' names of fields; any other is the carrier's own. */
function fieldNamed(name: string): string {
  const low = name.toLowerCase()
  if (low === "contactname" || low === "username") return "username"
  const costCenter = /^costcenter([1-3])$/.exec(low)
  return costCenter ? `costCenter${costCenter[1]}` : name
}
